"""Where a NAT may show a party."""

import pytest

from pbx.media.nat import may_be_seen_at

SEEN = ("203.0.113.9", 61000)


@pytest.mark.parametrize(
    ("advertised", "may"),
    [
        ("10.0.0.1", True),
        ("172.15.255.255", False),
        ("172.16.0.0", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.1.7", True),
        ("100.63.255.255", False),
        ("100.64.0.0", True),
        ("100.127.255.255", True),
        ("100.128.0.0", False),
        ("fd00::1", True),
        ("2001:db8::1", False),
        ("198.51.100.1", False),
        ("127.0.0.1", False),
        ("203.0.113.9", True),
        ("phone.example", False),
    ],
)
def test_who_may_be_elsewhere(advertised: str, may: bool) -> None:
    assert may_be_seen_at((advertised, 4000), SEEN) == may
