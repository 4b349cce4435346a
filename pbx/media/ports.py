"""Which UDP port the next leg gets: even numbers, in turn, with a rest after use. RFC 3550 §11."""

from collections import deque
from collections.abc import Iterator

REST_S = 10.0  # late packets of the previous call must not reach the next one


class PortPool:
    """Hands out even ports from `first` to `last`, beginning at a place the caller drew at random."""

    __slots__ = ("_free", "_resting")

    def __init__(self, first: int, last: int, start: int) -> None:
        ports = [port for port in range(first, last + 1) if port % 2 == 0]
        if not ports:
            raise ValueError("a port range without an even port")
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
