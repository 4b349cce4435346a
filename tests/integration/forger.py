"""Somebody who sends in the name of a party: his packets have its address and port, and his own SSRC."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.media_parties import Party


@contextmanager
def forger(victim: Party) -> Iterator[Party]:
    """What is sent to the victim's address the victim gets, and not he.

    The kernel lets two sockets have one address; one that is connected elsewhere gets nothing of what comes.
    """
    victim.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one = Party(0xEEEE)
    one.socket.close()
    one.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.socket.setblocking(False)
    one.socket.bind(victim.socket.getsockname())
    one.socket.connect(("127.0.0.1", 9))
    one.port, one.to, one.seq = victim.port, victim.to, 100
    yield one
    one.socket.close()
