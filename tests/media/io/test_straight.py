"""The straight line in Python and in C: taps, and what is read of a socket.

tests/integration/test_media_relay.py holds both against the general way.
"""

from types import ModuleType

import pytest

from pbx.core.errors import StorageError
from pbx.media.io import _straight, straight
from pbx.media.io.rtp_socket import AGAIN, NOTHING
from pbx.media.io.straight import HEARD, MAX_DRAIN, SENT, Octets

in_both = pytest.mark.parametrize("leaf", [straight, _straight], ids=["python", "c"])


def test_there_are_two() -> None:
    """Without the leaf in C (`make .venv/.runtime` makes it) the tests below would try Python twice."""
    assert _straight.Straight is not straight.Straight


class Kept:
    """A recording, as far as its packets go."""

    def __init__(self, full: bool = False) -> None:
        self.packets: list[tuple[int, bytes]] = []
        self.times: list[int] = []
        self.failures: list[str] = []
        self._full = full

    def keep(self, number: int, arrival_ns: int, rtp: Octets) -> None:
        if self._full:
            raise StorageError("disk full", retryable=False)
        self.packets.append((number, bytes(rtp)))
        self.times.append(arrival_ns)

    def fail(self, reason: str) -> None:
        self.failures.append(reason)


@in_both
class TestTaps:
    def test_what_is_heard_has_the_number_of_its_stream(self, leaf: ModuleType) -> None:
        own, other, taps = Kept(), Kept(), leaf.Taps()
        taps.keepers, taps._sent = ((own, HEARD), (other, 3)), ((own, SENT),)
        taps.packet(HEARD, b"heard")
        taps.packet(SENT, memoryview(b"sent"))
        assert own.packets == [(HEARD, b"heard"), (SENT, b"sent")]
        assert other.packets == [(3, b"heard")]
        assert own.times == sorted(own.times)

    def test_one_that_cannot_be_written_does_not_keep_the_others_from_it(self, leaf: ModuleType) -> None:
        full, other, taps = Kept(full=True), Kept(), leaf.Taps()
        taps.keepers = ((full, HEARD), (other, 2))
        taps.packet(HEARD, b"heard")
        assert (full.failures, other.packets) == (["disk full"], [(2, b"heard")])


class Queue:
    """A socket with so many packets in it; `error` comes instead of the first."""

    checked, takes, fd = False, None, -1

    def __init__(self, *sizes: int, error: Exception | None = None) -> None:
        self.sizes, self._error = list(sizes), error

    def receive(self) -> int:
        if self._error is not None:
            raise self._error
        return self.sizes.pop(0) if self.sizes else NOTHING


@in_both
class TestReading:
    def leg(self, leaf: ModuleType, socket: Queue) -> straight.Straight:
        class Leg(leaf.Straight):  # type: ignore[name-defined,misc] # either of the two
            """Tells what it takes."""

            def _take(self, n_bytes: int, now: float) -> None:
                self.taken.append(n_bytes)

            def _fail(self, error: Exception) -> None:
                self.failed.append(error)

        leg: straight.Straight = Leg(0.0)
        leg.taken, leg.failed, leg.socket = [], [], socket  # type: ignore[attr-defined]
        return leg

    def test_all_that_waits_is_taken(self, leaf: ModuleType) -> None:
        leg = self.leg(leaf, Queue(172, AGAIN, 0, 60))
        leg.on_readable(1.0)
        assert leg.taken == [172, 0, 60]  # type: ignore[attr-defined]

    def test_a_flood_leaves_room_for_others(self, leaf: ModuleType) -> None:
        socket = Queue(*[172] * (MAX_DRAIN + 5))
        self.leg(leaf, socket).on_readable(1.0)
        assert len(socket.sizes) == 5

    def test_an_error_is_the_legs_end(self, leaf: ModuleType) -> None:
        leg = self.leg(leaf, Queue(172, error=ValueError("a bug")))
        leg.on_readable(1.0)
        assert [str(error) for error in leg.failed] == ["a bug"]  # type: ignore[attr-defined]
