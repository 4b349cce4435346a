"""Ring: what of one recording waits for its disk, bounded, and what has been given to it without an answer.

The media loop appends and closes; one thread at a time takes, and may add what it has seen itself. What was
taken stays until it is written: the next part of the journal begins with it when the disk has refused it or
does not answer.
"""

from typing import NamedTuple

from pbx.recording.journal import Note, item_octets

MAX_QUEUED = 2000  # ten seconds of two streams at 10 ms, and twenty at 20 ms: R-26
_EACH = MAX_QUEUED // 2  # for each further stream
_AT_ONCE = 2 * MAX_QUEUED  # items of one record: 6 MB of the longest packets


class Batch(NamedTuple):
    """Items for one record: `n_items` packets and notes, and the end if it is the `last`."""

    octets: bytes
    n_items: int
    last: bool


class Ring:
    """`n_written` packets and notes are on a disk; `n_dropped` did not fit in, and nobody was told yet."""

    __slots__ = (
        "_added",
        "_batch",
        "_end",
        "_items",
        "_max_queued",
        "_room",
        "is_closed",
        "n_dropped",
        "n_written",
    )

    def __init__(self) -> None:
        self._items: list[bytes] = []
        self._added: list[bytes] = []  # the thread's own, which the loop must not race for
        self._max_queued = self._room = MAX_QUEUED  # no room while more than an item is to be done
        self._end: bytes | None = None  # the last item, until it is written
        self.is_closed = False  # nothing more comes
        self._batch: Batch | None = None
        self.n_dropped = 0
        self.n_written = 0

    def __len__(self) -> int:
        return len(self._items)

    def widen(self, n_streams: int) -> None:
        """Have room for so many streams, for as long as two have it."""
        self._max_queued = max(self._max_queued, n_streams * _EACH)
        if self._room:
            self._make_room()

    def _make_room(self) -> None:
        """Items go straight in; the thread that clears may come at any moment."""
        self._room = self._max_queued
        if self.is_closed:
            self._room = 0

    def append(self, item: bytes, now_ns: int) -> None:
        """Keep an item; when it is full it is dropped, which a note says as soon as there is room."""
        items = self._items
        if len(items) < self._room:
            items.append(item)
        elif self.is_closed:
            return
        elif len(items) >= self._max_queued:
            self.n_dropped += 1
            self._room = 0
        else:
            items.append(_dropped(self.n_dropped, now_ns))
            self.n_dropped = 0
            self._make_room()
            items.append(item)

    def close(self, end: bytes, now_ns: int) -> None:
        """Nothing comes behind `end`, an End."""
        if self.n_dropped:  # the disk has not answered since
            self._items.append(_dropped(self.n_dropped, now_ns))
            self.n_dropped = 0
        self._end, self.is_closed, self._room = end, True, 0

    def add(self, item: bytes) -> None:
        """Keep an item of the thread that takes; it goes with what is taken next."""
        self._added.append(item)

    def take(self) -> Batch | None:
        """Return what has to be written next, the same until it is; None when there is nothing."""
        if self._batch is None:
            end = self._end  # read first: what was appended before it is there
            n_waiting = len(self._items)
            n_items = min(n_waiting, _AT_ONCE)
            items = self._items[:n_items]
            del self._items[:n_items]  # the loop may have appended meanwhile
            is_last = end is not None and n_items == n_waiting
            items += self._added
            n_items += len(self._added)
            self._added.clear()
            if end is not None and is_last:
                items.append(end)
            if items:
                self._batch = Batch(b"".join(items), n_items, is_last)
        return self._batch

    def written(self) -> None:
        """What was taken is on the disk."""
        if self._batch is not None:
            self.n_written += self._batch.n_items
            self._end = None if self._batch.last else self._end
            self._batch = None

    def clear(self) -> None:
        """Nothing of it will be written, and nothing more is kept."""
        self.is_closed, self._room = True, 0
        self._items.clear()
        self._batch = None


def _dropped(n_items: int, now_ns: int) -> bytes:
    return item_octets(Note("ring.dropped", {"items": str(n_items)}, now_ns))
