"""What counts as one source of connections."""

import pytest

from pbx.core.address import Address, Remote
from pbx.sip.io.connection import Deadlines, StreamConnection
from pbx.sip.io.table import ConnectionTable, Limits, peer_of, source_of
from pbx.sip.io.tcp import StreamFraming
from pbx.sip.io.transports import SipTransports


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


LIMITS = Limits(connections=20, per_source=5)


def opened(table: ConnectionTable, host: str, times: int, *, inbound: bool = True) -> int:
    """How many of so many new connections of a host are taken."""
    owner = SipTransports(Address("127.0.0.1", 0), lambda event: None)
    taken = 0
    for _ in range(times):
        remote = Remote("tcp", host, 5060, len(table) + 1)
        connection = StreamConnection(owner, remote, StreamFraming(), inbound=inbound, deadlines=Deadlines())
        taken += table.add(connection)
    return taken


@pytest.mark.requirement("S-17")
async def test_strangers_have_a_limit_each_and_together_and_leave_room_for_neighbours() -> None:
    table = ConnectionTable(LIMITS, lambda host: host == "192.0.2.9")
    assert [opened(table, f"198.51.100.{n}", 9) for n in range(4)] == [5, 5, 5, 3]
    assert opened(table, "198.51.100.99", 1) == 0
    assert opened(table, "203.0.113.1", 1, inbound=False) == 1
    assert opened(table, "192.0.2.9", 9) == 1
    assert len(table) == LIMITS.connections


async def test_an_edge_has_as_many_as_there_are() -> None:
    table = ConnectionTable(LIMITS, lambda host: True)
    assert opened(table, "192.0.2.9", 99) == LIMITS.connections
