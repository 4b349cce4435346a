"""What counts as one source of connections."""

import pytest

from pbx.core.address import Remote
from pbx.sip.io.table import peer_of, source_of


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::2", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_subscriber_of_ipv6_is_one_source(host: str, source: str) -> None:
    assert source_of(host) == source


def test_a_connection_serves_one_transport_and_one_proven_name() -> None:
    tls = Remote("tls", "192.0.2.1", 5061, name="a.example")
    assert peer_of(tls) != peer_of(Remote("tcp", "192.0.2.1", 5061))
    assert peer_of(tls) != peer_of(Remote("tls", "192.0.2.1", 5061, name="b.example"))
    assert peer_of(tls) == peer_of(Remote("tls", "192.0.2.1", 5061, 7, name="a.example"))
