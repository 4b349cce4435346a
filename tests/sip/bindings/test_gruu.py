"""GRUUs without a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import SeededIds
from pbx.sip.bindings.gruu import Gruus, GruuTarget
from pbx.sip.uri import parse_uri

GRUUS = Gruus(b"k" * 32, SeededIds("gruu"))
DOMAIN = "example.com"


def resolve(text: str, domain: str = DOMAIN) -> GruuTarget | None:
    return GRUUS.resolve(parse_uri(text), domain)


@pytest.mark.rfc("5627", "3.1.1")
@pytest.mark.parametrize("instance", ["urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "urn:x:a;b=%41?"])
def test_a_public_gruu_carries_the_instance(instance: str) -> None:
    gruu = GRUUS.public("1001", DOMAIN, instance)
    assert resolve(gruu) == GruuTarget(user="1001", instance=instance)


@pytest.mark.rfc("5627", "3.1.2")
@given(st.text("0123456789abcdefghij", min_size=1, max_size=64))
def test_temporary_gruus_are_unlinkable_and_lead_home(user: str) -> None:
    device = GRUUS.device("urn:x:1", "call-id")
    one, other = GRUUS.temporary(user, DOMAIN, device), GRUUS.temporary(user, DOMAIN, device)
    assert one[:20] != other[:20]
    assert resolve(one) == resolve(other) == GruuTarget(user=user, device=device)
    assert resolve(one, "other.com") is None


@pytest.mark.parametrize(
    "user", ["tgruu.", "tgruu.a", "tgruu.!!!", "tgruu." + "a" * 64, "tgruu." + "a" * 257, "bob"]
)
def test_what_we_did_not_make_is_nobody(user: str) -> None:
    assert resolve(f"sip:{user}@{DOMAIN};gr") is None
    assert resolve(f"sip:{user}@{DOMAIN}") is None


def test_another_key_and_another_registration_are_strangers() -> None:
    gruu = GRUUS.temporary("1001", DOMAIN, GRUUS.device("urn:x:1", "one"))
    assert Gruus(b"other" * 8, SeededIds("x")).resolve(parse_uri(gruu), DOMAIN) is None
    assert GRUUS.device("urn:x:1", "one") != GRUUS.device("urn:x:1", "two")
