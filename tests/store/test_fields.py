"""Field encryption and tags."""

import pytest

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.store.fields import FieldCipher, Place, dob_tag, phone_tag, tag

CIPHER = FieldCipher(Secret(b"k" * 32))
PLACE = Place(tenant="acme", table="customers", column="name", row="r1")


def test_round_trip_and_fresh_nonce() -> None:
    sealed = CIPHER.seal("Zoë", PLACE)
    assert CIPHER.open(sealed, PLACE) == "Zoë"
    assert CIPHER.seal("Zoë", PLACE) != sealed
    assert "Zoë".encode() not in sealed


@pytest.mark.parametrize(
    "other",
    [
        Place(tenant="acme2", table="customers", column="name", row="r1"),
        Place(tenant="acme", table="calls", column="name", row="r1"),
        Place(tenant="acme", table="customers", column="phone", row="r1"),
        Place(tenant="acme", table="customers", column="name", row="r2"),
        Place(tenant="acme|9:customers", table="", column="name", row="r1"),
    ],
)
def test_a_field_cannot_be_moved(other: Place) -> None:
    with pytest.raises(StorageError):
        CIPHER.open(CIPHER.seal("Ann", PLACE), other)


def test_changed_octets_and_other_keys_are_refused() -> None:
    sealed = CIPHER.seal("Ann", PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(StorageError):
            CIPHER.open(bytes(changed), PLACE)
    for broken in (b"", b"\x01", sealed[:14]):
        with pytest.raises(StorageError):
            CIPHER.open(broken, PLACE)
    with pytest.raises(StorageError):
        FieldCipher(Secret(b"x" * 32)).open(sealed, PLACE)


def test_tags_differ_by_key_label_and_part() -> None:
    key, other = Secret(b"a" * 32), Secret(b"b" * 32)
    tags = [
        phone_tag(key, "acme", "+441632960100"),
        phone_tag(key, "other", "+441632960100"),
        phone_tag(other, "acme", "+441632960100"),
        tag(key, "x:v1", "acme", "+441632960100"),
    ]
    assert len(set(tags)) == 4
    assert {len(value) for value in tags} == {16}


@pytest.mark.requirement("V-09")
def test_same_birthday_has_another_tag_for_each_customer() -> None:
    key = Secret(b"a" * 32)
    assert dob_tag(key, "c1", Secret("19800203")) != dob_tag(key, "c2", Secret("19800203"))
