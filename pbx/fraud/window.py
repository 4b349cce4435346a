"""Sums over the last hour or day that forget what is older."""

from collections import deque
from decimal import Decimal

PARTS = 60  # of a window: what was added is forgotten up to a sixtieth later than it could be


class Window:
    """A sum of what was added within the last `length_s` seconds; never less, a part more at most."""

    __slots__ = ("_parts", "_sum", "length_s")

    def __init__(self, length_s: float) -> None:
        self.length_s = length_s
        self._parts: deque[tuple[int, Decimal]] = deque()
        self._sum = Decimal(0)

    def add(self, amount: Decimal, now: float) -> None:
        """Count an amount."""
        part = int(now * PARTS // self.length_s)
        if self._parts and self._parts[-1][0] >= part:
            part, amount_before = self._parts.pop()
            self._parts.append((part, amount_before + amount))
        else:
            self._parts.append((part, amount))
        self._sum += amount

    def sum(self, now: float) -> Decimal:
        """Return what was added within the window."""
        oldest = int(now * PARTS // self.length_s) - PARTS
        while self._parts and self._parts[0][0] < oldest:
            self._sum -= self._parts.popleft()[1]
        return self._sum

    def clear(self) -> None:
        """Forget everything."""
        self._parts.clear()
        self._sum = Decimal(0)
