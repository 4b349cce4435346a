"""Which UDP port the next leg gets: even numbers, in turn, with a rest after use. RFC 3550 §11."""

from collections import deque
from collections.abc import Iterator

REST_S = 10.0  # late packets of the previous call must not reach the next one


class NoPorts(ValueError):
    """A range without an even port and its odd neighbour."""


def pairs(first: int, last: int) -> range:
    """Return the even ports of a range whose odd neighbour, the place of RTCP, is in it too."""
    return range(first + first % 2, last, 2)


def shares(first: int, last: int, n_workers: int) -> tuple[tuple[int, int], ...]:
    """Divide a range into one of whole pairs for each worker, both ends included; NoPorts when it is short.

    The first ones get what is left over. Ranges of their own keep a port at rest from its neighbours too.
    """
    found = pairs(first, last)
    if len(found) < n_workers:
        raise NoPorts(f"{len(found)} pairs of ports for {n_workers} workers")
    least, more = divmod(len(found), n_workers)
    ends = [least * worker + min(worker, more) for worker in range(n_workers + 1)]
    return tuple((found[begin], found[end - 1] + 1) for begin, end in zip(ends, ends[1:], strict=False))


class PortPool:
    """Hands out even ports from `first` to `last`, beginning at a place the caller drew at random."""

    __slots__ = ("_free", "_resting")

    def __init__(self, first: int, last: int, start: int) -> None:
        """NoPorts when no pair fits."""
        ports = list(pairs(first, last))
        if not ports:
            raise NoPorts("a port range without an even port and its odd neighbour")
        turn = start % len(ports)
        self._free: deque[int] = deque(ports[turn:] + ports[:turn])
        self._resting: deque[tuple[float, int]] = deque()

    def take(self, now: float) -> Iterator[int]:
        """Yield free ports to try; the last one yielded is taken, the others go back to the end."""
        while self._resting and self._resting[0][0] <= now:
            self._free.append(self._resting.popleft()[1])
        for _ in range(len(self._free)):
            port = self._free.popleft()
            yield port
            # Only reached when the caller asks for another one: this port is in use by somebody else.
            self._free.append(port)

    def release(self, port: int, now: float) -> None:
        """Let a port rest before it is used again."""
        self._resting.append((now + REST_S, port))
