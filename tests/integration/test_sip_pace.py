"""A peer that sends too fast over a stream is made to wait, and loses nothing."""

import asyncio

import pytest

from pbx.core.address import Transport
from pbx.sip.defence.buckets import Rate
from pbx.sip.events import PacketReceived, TransportFailed
from pbx.sip.io.connection import TURN
from pbx.sip.io.transports import TransportOptions
from tests.integration.sip_node import Node
from tests.integration.test_sip_transports import OPTIONS

N_SENT = 60
RATE = Rate(per_s=200, burst=20)
pytestmark = pytest.mark.requirement("S-15")


def numbered(n: int) -> bytes:
    return OPTIONS.replace("CSeq: 1 ", f"CSeq: {n + 1} ").encode()


async def numbers(node: Node, n_messages: int) -> list[int]:
    """The CSeq numbers of what arrives."""
    found: list[int] = []
    while len(found) < n_messages:
        packet = await asyncio.wait_for(node.inputs.get(), 5)
        if isinstance(packet, PacketReceived):
            found.append(int(packet.octets.partition(b"CSeq: ")[2].split()[0]))
    return found


async def connect(node: Node, transport: Transport) -> asyncio.StreamWriter:
    address = node.address(transport)
    _, writer = await asyncio.open_connection(address.host, address.port)
    return writer


async def test_a_burst_waits_and_arrives_whole_and_in_order() -> None:
    node = Node(options=TransportOptions(pace_of=lambda host: RATE))
    await node.start()
    writer, loop = await connect(node, "tcp"), asyncio.get_running_loop()
    began = loop.time()
    writer.write(b"".join(map(numbered, range(N_SENT))))
    assert await numbers(node, N_SENT) == list(range(1, N_SENT + 1))
    assert loop.time() - began >= 0.9 * (N_SENT - RATE.burst) / RATE.per_s
    writer.write(numbered(N_SENT))  # and it is read from again
    assert await numbers(node, 1) == [N_SENT + 1]
    writer.close()
    await node.transports.close()


async def test_others_have_their_turn_between() -> None:
    """Without a limit too: one connection does not keep the loop for all that it has to say."""
    node = Node()
    await node.start()
    busy, other = await connect(node, "tcp"), await connect(node, "tcp")
    busy.write(b"".join(map(numbered, range(5 * TURN))))
    other.write(numbered(9000))
    arrived = await numbers(node, 5 * TURN + 1)
    assert arrived.index(9001) <= 2 * TURN
    for writer in (busy, other):
        writer.close()
    await node.transports.close()


async def test_who_leaves_while_he_waits_is_gone() -> None:
    node = Node(options=TransportOptions(pace_of=lambda host: Rate(per_s=5, burst=1)))
    await node.start()
    writer = await connect(node, "tcp")
    writer.write(b"".join(map(numbered, range(9))))
    assert await numbers(node, 1) == [1]
    writer.transport.abort()
    async with asyncio.timeout(5):
        while not isinstance(await node.inputs.get(), TransportFailed):
            pass
    assert node.transports.n_connections == 0
    await node.transports.close()
