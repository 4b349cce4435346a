"""Names as the keys of a telephone spell them."""

import pytest

from pbx.ivr.name_search import By, Person, beginnings, keys_of, search

ALICE = Person(extension="1001", name="Alice Smith")
BOB = Person(extension="1002", name="Bob Smyth")
VAN = Person(extension="1003", name="Anna van Dyck")
JUERGEN = Person(extension="1004", name="Jürgen Straßer")
RECEPTION = Person(extension="1000", name="Reception")
ALL = (RECEPTION, VAN, BOB, ALICE, JUERGEN)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Alice", "25423"),
        ("pqrs wxyz", "77779999"),
        ("Jürgen Straßer", "5874367872773 7".replace(" ", "")),
        ("O'Brien-Łuk", "627436585"),
        ("北京", ""),
        ("42", ""),
    ],
)
def test_the_keys_of_a_name(name: str, keys: str) -> None:
    assert keys_of(name) == keys


@pytest.mark.parametrize(
    ("name", "by", "begins"),
    [
        ("Anna van Dyck", "first_name", ("26628263925",)),
        ("Anna van Dyck", "last_name", ("8263925", "3925")),
        ("Anna van Dyck", "any_name", ("26628263925", "8263925", "3925")),
        ("Reception", "last_name", ("732378466",)),
        ("北 Li", "any_name", ("54", "54")),
    ],
)
def test_where_a_name_may_begin(name: str, by: By, begins: tuple[str, ...]) -> None:
    assert beginnings(name, by) == begins


@pytest.mark.requirement("CF-23")
@pytest.mark.parametrize(
    ("keys", "by", "found"),
    [
        ("76", "last_name", (ALICE, BOB)),
        ("76484", "last_name", (ALICE,)),
        ("764842", "last_name", ()),
        ("39", "last_name", (VAN,)),
        ("82", "last_name", (VAN,)),
        ("25", "last_name", ()),
        ("25", "first_name", (ALICE,)),
        ("2542376484", "first_name", (ALICE,)),
        ("7", "any_name", (ALICE, BOB, JUERGEN, RECEPTION)),
    ],
)
def test_who_is_found(keys: str, by: By, found: tuple[Person, ...]) -> None:
    assert search(ALL, keys, by) == found
