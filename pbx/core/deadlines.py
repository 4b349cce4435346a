"""A heap of named deadlines: what a machine with many timers, or a runner with many machines, needs."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

SLACK = 64  # dead entries that are not worth a cleaning

KeyT = TypeVar("KeyT", bound=Hashable)


class DeadlineHeap(Generic[KeyT]):
    """Due times by key; setting a key again moves it, `None` removes it. O(log n), lazily cleaned.

    A dead entry keeps its key alive; there are never many more of them than live ones.
    """

    __slots__ = ("_due", "_heap", "_serial")

    def __init__(self) -> None:
        self._due: dict[KeyT, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, KeyT]] = []
        self._serial = 0

    def set(self, key: KeyT, due: float | None) -> None:
        """Make `key` due at monotonic second `due`, or never."""
        if due is None:
            self._due.pop(key, None)
            return
        if key in self._due and self._due[key][0] == due:
            return
        self._serial += 1
        if len(self._heap) > SLACK + 2 * len(self._due):
            self._heap = [entry for entry in self._heap if self._is_live(entry)]
            heapq.heapify(self._heap)
        self._due[key] = (due, self._serial)
        heapq.heappush(self._heap, (due, self._serial, key))

    @property
    def deadline(self) -> float | None:
        """The earliest due time."""
        while self._heap and not self._is_live(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> list[KeyT]:
        """Remove and return the keys that are due, earliest first."""
        keys: list[KeyT] = []
        while self._heap and (self._heap[0][0] <= now or not self._is_live(self._heap[0])):
            entry = heapq.heappop(self._heap)
            if self._is_live(entry):
                del self._due[entry[2]]
                keys.append(entry[2])
        return keys

    def __contains__(self, key: KeyT) -> bool:
        return key in self._due

    def __len__(self) -> int:
        return len(self._due)

    def _is_live(self, entry: tuple[float, int, KeyT]) -> bool:
        return self._due.get(entry[2]) == (entry[0], entry[1])
