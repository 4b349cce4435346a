"""The one epoll set of all RTP sockets."""

import asyncio
import socket
from collections.abc import Iterator
from functools import partial

import pytest

from pbx.media.io.arrivals import GATHER_S, MAX_READY, Arrivals

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    made = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(3)]
    yield made
    for pair in made:
        for end in pair:
            end.close()


class Watched:
    """Reads each socket when it is served and remembers (its number, octets, time)."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.arrivals = Arrivals()
        self.served: asyncio.Queue[tuple[int, bytes, float]] = asyncio.Queue()
        self._ends = [ours for ours, _ in pairs]

    def watch(self, number: int) -> None:
        self.arrivals.add(self._ends[number].fileno(), lambda now: self.take(number, now))

    def take(self, number: int, now: float) -> None:
        self.served.put_nowait((number, self._ends[number].recv(10), now))

    def forget(self, number: int) -> None:
        self.arrivals.remove(self._ends[number].fileno())

    async def next(self) -> tuple[int, bytes, float]:
        return await asyncio.wait_for(self.served.get(), 5)


async def test_all_that_wait_share_a_wake_up(pairs: list[Pair]) -> None:
    watched = Watched(pairs)
    for number, (_, theirs) in enumerate(pairs):
        watched.watch(number)
        theirs.send(b"%d" % number)
    seen = [await watched.next() for _ in pairs]
    assert sorted(number for number, _, _ in seen) == [0, 1, 2]
    assert all(octets == b"%d" % number for number, octets, _ in seen)
    assert len({now for _, _, now in seen}) == 1


async def test_what_is_not_taken_is_served_again(pairs: list[Pair]) -> None:
    watched = Watched(pairs)
    watched.watch(0)
    pairs[0][1].send(b"a")
    pairs[0][1].send(b"b")
    assert [(await watched.next())[1] for _ in range(2)] == [b"a", b"b"]


async def test_a_socket_removed_by_another_one_of_the_round_is_not_served(pairs: list[Pair]) -> None:
    watched, ended = Watched(pairs), asyncio.Event()
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))

    def end_other(number: int, _now: float) -> None:
        pairs[number][0].recv(10)
        watched.forget(1 - number)
        ended.set()

    for number in (0, 1):
        ours, theirs = pairs[number]
        watched.arrivals.add(ours.fileno(), partial(end_other, number))
        theirs.send(b"x")
    await asyncio.wait_for(ended.wait(), 5)
    assert failures == []  # a second call would be a KeyError


async def test_an_empty_set_can_be_filled_again(pairs: list[Pair]) -> None:
    watched = Watched(pairs)
    watched.watch(0)
    watched.forget(0)
    watched.watch(1)
    pairs[0][1].send(b"x")
    pairs[1][1].send(b"y")
    assert (await watched.next())[:2] == (1, b"y")
    assert watched.served.empty()


async def test_when_wake_ups_are_many_packets_wait_for_each_other(pairs: list[Pair]) -> None:
    watched = Watched(pairs)
    watched.watch(0)
    loop = asyncio.get_running_loop()
    due = loop.time() + 5
    while not watched.arrivals.gathers:  # one packet at a time is one wake-up each
        assert loop.time() < due
        pairs[0][1].send(b"x")
        await watched.next()
    times = []
    for _ in range(20):
        pairs[0][1].send(b"x")
        times.append((await watched.next())[2])
    # A beat may come late and the next one in time, but there are no more of them than milliseconds.
    assert times[-1] - times[0] > 17 * GATHER_S
    while watched.arrivals.gathers:  # and when they are few again, nobody waits
        assert loop.time() < due
        await asyncio.sleep(0)
    pairs[0][1].send(b"y")
    assert (await watched.next())[1] == b"y"


async def test_the_last_socket_may_go_while_packets_are_gathered(pairs: list[Pair]) -> None:
    watched = Watched(pairs)
    watched.watch(0)
    while not watched.arrivals.gathers:
        pairs[0][1].send(b"x")
        await watched.next()
    watched.forget(0)
    assert not watched.arrivals.gathers
    watched.watch(1)
    pairs[1][1].send(b"z")
    assert (await watched.next())[1] == b"z"


async def test_who_leaves_sockets_behind_is_behind() -> None:
    """The 65th socket waits for another look; as long as every look is full, so long do packets wait."""
    made = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(MAX_READY + 1)]
    watched = Watched(made)
    seen: asyncio.Queue[float] = asyncio.Queue()
    for ours, theirs in made:
        watched.arrivals.add(ours.fileno(), lambda now: seen.put_nowait(watched.arrivals.behind_s(now)))
        theirs.send(b"x")  # nobody takes it
    assert await asyncio.wait_for(seen.get(), 5) == 0.0
    while await asyncio.wait_for(seen.get(), 5) < 0.02:
        pass
    watched.forget(0)
    watched.forget(1)
    while await asyncio.wait_for(seen.get(), 5):  # 63 are left, and each look sees them all
        pass
    assert watched.arrivals.behind_s(1e9) == 0.0
    for number in range(2, len(made)):
        watched.forget(number)
    for pair in made:
        for end in pair:
            end.close()
