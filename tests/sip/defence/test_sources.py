"""What the defence takes for one source."""

import pytest

from pbx.sip.defence.sources import masked, source_key


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("no:address", "no:address"),
    ],
)
def test_an_ipv6_host_cannot_hide_in_its_network(host: str, key: str) -> None:
    assert source_key(host) == key


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("", "unknown"),
    ],
)
def test_a_log_shows_the_neighbourhood(host: str, shown: str) -> None:
    assert masked(host) == shown
