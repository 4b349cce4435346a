"""The socket of a leg: who may be heard, and the shorter way while it is the party alone."""

import os
import select
import socket
from collections.abc import Iterator

import pytest

from pbx.media.io.rtp_socket import BUFFER, NOTHING, RtpSocket

HOST = "127.0.0.1"
PATIENCE_S = 5


@pytest.fixture
def ours() -> Iterator[RtpSocket]:
    one = RtpSocket(HOST, 0)
    yield one
    one.close()


@pytest.fixture
def party() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((HOST, 0))
        one.settimeout(PATIENCE_S)
        yield one


def place(of: RtpSocket) -> tuple[str, int]:
    with socket.socket(fileno=os.dup(of.fileno())) as one:
        host, port = one.getsockname()
        return host, port


def arrived(at: RtpSocket) -> None:
    assert select.select([at], [], [], PATIENCE_S)[0]


@pytest.mark.requirement("S-26")
def test_the_shorter_way_is_shut_until_nothing_foreign_can_be_in_the_queue(
    ours: RtpSocket, party: socket.socket
) -> None:
    assert ours.takes is None and ours.gives is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"foreign", place(ours))
    arrived(ours)
    ours.lock(party.getsockname())
    assert ours.gives is not None, "what we say goes to the party alone"
    assert ours.takes is None, "a stranger was there before"
    ours.receive()
    assert ours.source != party.getsockname() and ours.takes is None
    assert ours.receive() == NOTHING
    assert ours.takes is not None
    party.sendto(b"voice", place(ours))
    arrived(ours)
    assert (ours.takes(), BUFFER[:5]) == (5, b"voice")
    ours.gives(memoryview(b"answer"))
    assert party.recv(100) == b"answer"


@pytest.mark.requirement("S-26")
def test_the_shorter_way_is_shut_again_when_others_are_heard(ours: RtpSocket, party: socket.socket) -> None:
    ours.lock(party.getsockname())
    assert ours.receive() == NOTHING and ours.takes is not None
    ours.unlock(None)
    assert ours.gives is None
    assert ours.receive() == NOTHING and ours.takes is None
