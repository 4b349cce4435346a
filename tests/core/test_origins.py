"""Where a party's audio may come from."""

import pytest

from pbx.core.origins import ANYWHERE, Hosts

pytestmark = pytest.mark.requirement("S-26")


def test_nothing_said_means_anywhere_and_at_once() -> None:
    assert "203.0.113.66" in Hosts(ANYWHERE.networks) and ANYWHERE.is_known


def test_addresses_and_networks_of_either_family_and_nobody_else() -> None:
    hosts = Hosts(("192.0.2.7", "198.51.100.0/24", "2001:db8::/32", ""))
    inside = ("192.0.2.7", "198.51.100.255", "2001:db8::1")
    outside = ("192.0.2.8", "198.51.101.0", "2001:db9::1", "::ffff:1.2.3.4", "no address", "")
    assert [one in hosts for one in (*inside, *outside)] == [True] * 3 + [False] * 6


def test_no_networks_hold_nobody() -> None:
    assert "192.0.2.7" not in Hosts(())
