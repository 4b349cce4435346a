"""The RTCP port: beside the RTP port, open to the host of the RTP party only."""

import socket
from collections.abc import Iterator

import pytest

from pbx.core.errors import ParseError
from pbx.media.io.rtcp_socket import MAX_FOREIGN, RtcpSocket
from pbx.media.rtcp import MAX_COMPOUND, parse


@pytest.fixture
def party() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
        yield one


@pytest.fixture
def rtcp() -> Iterator[RtcpSocket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = RtcpSocket("127.0.0.1", port - 1)
    yield ours
    ours.close()


def test_reports_go_both_ways(rtcp: RtcpSocket, party: socket.socket) -> None:
    assert rtcp.receive() is None
    assert not rtcp.send(b"early")
    rtcp.aim(party.getsockname())
    assert rtcp.send(b"report")
    octets, source = party.recvfrom(100)
    assert (octets, source) == (b"report", ("127.0.0.1", rtcp.port))
    party.sendto(b"answer", source)
    assert rtcp.receive() == b"answer"
    assert rtcp.receive() is None


@pytest.mark.requirement("S-29")
def test_other_hosts_are_not_heard(rtcp: RtcpSocket, party: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        party.sendto(b"before", ("127.0.0.1", rtcp.port))
        assert rtcp.receive() is None
        rtcp.aim(party.getsockname())
        stranger.sendto(b"forged", ("127.0.0.1", rtcp.port))
        party.sendto(b"real", ("127.0.0.1", rtcp.port))
        assert rtcp.receive() == b"real"
        assert rtcp.dropped_source == 2


@pytest.mark.requirement("S-29")
def test_a_flood_is_thrown_away_in_portions(rtcp: RtcpSocket, party: socket.socket) -> None:
    for _ in range(MAX_FOREIGN + 1):
        party.sendto(b"x", ("127.0.0.1", rtcp.port))
    assert rtcp.receive() is None
    assert rtcp.dropped_source == MAX_FOREIGN
    assert rtcp.receive() is None
    assert rtcp.dropped_source == MAX_FOREIGN + 1


def test_too_long_datagrams_cannot_be_read(rtcp: RtcpSocket, party: socket.socket) -> None:
    rtcp.aim(party.getsockname())
    head = bytes.fromhex("80c9000100000007")
    for n_bytes in (MAX_COMPOUND, MAX_COMPOUND + 4):
        filler = bytes.fromhex("80cc0000") * ((n_bytes - len(head)) // 4)
        party.sendto(head + filler, ("127.0.0.1", rtcp.port))
    exact, cut = rtcp.receive(), rtcp.receive()
    assert exact is not None and cut is not None
    assert len(parse(exact)) == 1
    with pytest.raises(ParseError):
        parse(cut)


def test_a_port_in_use_is_an_error(rtcp: RtcpSocket) -> None:
    with pytest.raises(OSError, match="in use"):
        RtcpSocket("127.0.0.1", rtcp.port - 1)
