"""The bad network itself: it does what its weather says, and no more."""

import asyncio
import socket
import statistics
import time
from functools import partial

import pytest

from tests.integration.impairment import (
    CALM,
    HELD_BACK_S,
    Fates,
    Network,
    Path,
    Way,
    Weather,
    network,
    port_pair,
)

N = 20_000
N_SENT = 400


def fates(weather: Weather, n: int = N) -> list[tuple[float, ...]]:
    source = Fates(weather, "seed")
    return [source.next() for _ in range(n)]


def runs(lost: list[bool]) -> list[int]:
    """Lengths of the runs of lost ones."""
    marks = "".join("x" if one else " " for one in lost)
    return [len(run) for run in marks.split()]


@pytest.mark.parametrize("loss", [0.0, 0.01, 0.05, 0.2])
@pytest.mark.parametrize("burst", [None, 1.5, 4.0])
def test_loss_is_as_often_and_as_long_as_said(loss: float, burst: float | None) -> None:
    lost = [not one for one in fates(Weather(loss=loss, burst=burst))]
    # Four standard deviations of a run of independent ones, longer runs being fewer.
    spread = 4 * (loss * (1 - loss) * (burst or 1) * 2 / N) ** 0.5
    assert sum(lost) / N == pytest.approx(loss, abs=spread)
    if loss:
        assert statistics.mean(runs(lost)) == pytest.approx(burst or 1 / (1 - loss), rel=0.15)


def test_delay_is_spread_evenly_over_the_jitter() -> None:
    delays = [one[0] for one in fates(Weather(delay_ms=30, jitter_ms=200))]
    assert min(delays) == pytest.approx(0.030, abs=0.002)
    assert max(delays) == pytest.approx(0.230, abs=0.002)
    assert statistics.mean(delays) == pytest.approx(0.130, abs=0.003)
    assert statistics.pstdev(delays) == pytest.approx(0.2 / 12**0.5, abs=0.002)


def test_reordered_ones_are_held_back_and_doubled_ones_come_twice() -> None:
    copies = fates(Weather(reorder=0.1, duplicate=0.05))
    assert sum(one[0] == HELD_BACK_S for one in copies) / N == pytest.approx(0.1, abs=0.01)
    assert sum(len(one) == 2 for one in copies) / N == pytest.approx(0.05, abs=0.007)
    assert set(map(len, copies)) == {1, 2}


def test_the_seed_decides() -> None:
    storm = Weather(loss=0.2, jitter_ms=50, reorder=0.1, duplicate=0.1)
    assert fates(storm, 500) == fates(storm, 500)
    other = Fates(storm, "other")
    assert fates(storm, 500) != [other.next() for _ in range(500)]


class Ends:
    """A party and a worker that only send and count, with their RTCP ports."""

    def __init__(self, net: Network, up: Weather, down: Weather) -> None:
        self.path: Path = net.path(up, down, seed="ends")
        self.party, self.worker = port_pair(), port_pair()
        self.path.join(self.party[0].getsockname(), self.worker[0].getsockname())

    def close(self) -> None:
        for one in (*self.party, *self.worker):
            one.close()


def has_left(way: Way, n: int) -> bool:
    return sum(len(one.left) for one in way.passages) >= n


def received(one: socket.socket) -> list[int]:
    found = []
    while True:
        try:
            found.append(int.from_bytes(one.recv(100)))
        except BlockingIOError:
            return found


async def test_a_calm_network_brings_everything_both_ways_in_order_and_at_once() -> None:
    with network() as net:
        ends = Ends(net, CALM, CALM)
        routes = (
            (ends.party[0], ends.path.near, ends.worker[0], ends.path.up),
            (ends.worker[0], ends.path.far, ends.party[0], ends.path.down),
            (ends.party[1], _beside(ends.path.near), ends.worker[1], ends.path.reports_up),
            (ends.worker[1], _beside(ends.path.far), ends.party[1], ends.path.reports_down),
        )
        for sender, to, receiver, way in routes:
            for n in range(100):
                sender.sendto(n.to_bytes(2), to)
            await net.until(partial(has_left, way, 100))
            assert received(receiver) == list(range(100))
            assert statistics.median(one.left[0] - one.came for one in way.passages) < 0.01
        ends.close()


async def test_a_storm_is_what_the_account_says() -> None:
    storm = Weather(loss=0.2, burst=2.0, delay_ms=20, jitter_ms=60, reorder=0.1, duplicate=0.1)
    with network() as net:
        ends = Ends(net, storm, CALM)
        began = time.monotonic()
        for n in range(N_SENT):
            ends.party[0].sendto(n.to_bytes(2), ends.path.near)
            await asyncio.sleep(max(began + n * 0.002 - time.monotonic(), 0))
        expected = fates_of(Fates(storm, "ends up"))
        await net.until(partial(has_left, ends.path.up, sum(map(len, expected))))
        passages, heard = ends.path.up.passages, received(ends.worker[0])
        ends.close()
    assert [one.lost for one in passages] == [not one for one in expected]
    assert sorted(heard) == sorted(n for n, one in enumerate(expected) for _ in one)
    assert heard != sorted(heard)
    late = [one.left[0] - one.came - fate[0] for one, fate in zip(passages, expected, strict=True) if fate]
    assert min(late) >= 0
    assert statistics.median(late) < 0.01


def fates_of(source: Fates) -> list[tuple[float, ...]]:
    return [source.next() for _ in range(N_SENT)]


def _beside(address: tuple[str, int]) -> tuple[str, int]:
    return address[0], address[1] + 1
