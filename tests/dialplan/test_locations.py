"""Where a telephone is: its network, then its extension, then what holds for all."""

from ipaddress import ip_network

import pytest

from pbx.dialplan.locations import NOWHERE, Location, Locations

pytestmark = pytest.mark.requirement("CF-42")


def place(name: str, country: str = "GB") -> Location:
    return Location(name=name, country=country, words=f"at {name}", place=f"emergency.yaml:{len(name)}")


SITES = Locations(
    by_name={name: place(name) for name in ("house", "east", "room")} | {"berlin": place("berlin", "DE")},
    networks=((ip_network("10.1.0.0/16"), "east"), (ip_network("10.1.2.0/24"), "room")),
    extensions={"1002": "berlin"},
    default="house",
)


@pytest.mark.parametrize(
    ("extension", "host", "where"),
    [
        ("1001", "", "house"),
        ("1001", "192.0.2.1", "house"),
        ("1002", "", "berlin"),
        ("1002", "10.1.9.9", "east"),  # the desk counts, not who has logged in there
        ("1002", "10.1.2.9", "room"),  # the narrowest network
        ("1001", "10.2.0.1", "house"),
        ("1001", "2001:db8::1", "house"),
        ("1001", "phone.example", "house"),
    ],
)
def test_where_a_telephone_is(extension: str, host: str, where: str) -> None:
    found = SITES.of(extension, host)
    assert found is not None and found.name == where


def test_whose_numbers_are_known() -> None:
    assert SITES.countries == {"GB", "DE"}


def test_nobody_has_said_it() -> None:
    assert NOWHERE.of("1001", "10.1.0.1") is None
    assert Locations(by_name={"house": place("house")}).of("1001") is None
