"""The journals of a recording as the finaliser reads them: part after part, twice over in bounded memory.

The first time every item comes with its place in the journal; later what lies at a place is opened again, so
that nobody needs to keep the sound of a long call. A part is a file of its own with its own key: the second
one begins where the spool of the first refused to go on, that of the next chapter where a worker was lost.
Places count through all parts of all chapters.
"""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pbx.core.errors import ParseError, StorageError
from pbx.core.secret import Secret
from pbx.recording.chapter_join import ChapterJoin
from pbx.recording.journal import (
    FIRST_CHAPTER,
    FIRST_PART,
    Damage,
    Item,
    JournalReader,
    Packet,
    RecordOpener,
)
from pbx.recording.octets import Octets

MAX_OPENED = 16 << 20  # octets of opened records that are kept: more than a minute of two voices needs


class Payloads(Protocol):
    """What packets carried, found again by their places."""

    def cut(self, places: Sequence[int], lengths: Sequence[int]) -> list[bytes]: ...


class Source(Payloads, Protocol):
    """A journal's items once with the places of their packets' RTP headers, and its payloads many times."""

    def items(self) -> Iterator[tuple[int, Item]]: ...


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one file, `offset` octets behind its beginning, and the key that opens them."""

    octets: Octets
    offset: int
    file_key: Secret[bytes]
    number: int = FIRST_PART
    chapter: int = FIRST_CHAPTER


class HeldItems:
    """Items in memory; for tests and short ones."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._octets = b"".join(item.rtp for item in items if isinstance(item, Packet))

    def items(self) -> Iterator[tuple[int, Item]]:
        at = 0
        for item in self._items:
            yield at, item
            at += len(item.rtp) if isinstance(item, Packet) else 0

    def cut(self, places: Sequence[int], lengths: Sequence[int]) -> list[bytes]:
        return [self._octets[at : at + n] for at, n in zip(places, lengths, strict=True)]


class JournalParts:
    """The parts of one recording; `damage` (the first one), `complete` and `over` are right after `items`.

    A damaged part costs what lies behind the damage in that part; the next one is read all the same.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._openers = [RecordOpener(part.file_key, part.number) for part in parts]
        self._bases: list[int] = []  # place of each part's first octet
        self._firsts: list[int] = []  # number of each part's first record, counted through all
        self._starts = array("q")  # place of each record
        self._opened: OrderedDict[int, bytes] = OrderedDict()  # by record, the last used behind
        self._n_opened = 0
        self._join = ChapterJoin()

    @property
    def damage(self) -> Damage | None:
        return self._join.damage

    @property
    def complete(self) -> bool:
        return self._join.is_complete

    @property
    def over(self) -> bool:
        """Whether the recording was stopped by order: no further chapter can come."""
        return self._join.is_over

    def items(self) -> Iterator[tuple[int, Item]]:
        """Yield every item that can be read; call it once."""
        base = 0
        for part in self._parts:
            self._bases.append(base)
            self._firsts.append(len(self._starts))
            reader = JournalReader(part.file_key, part.offset, part.number)
            self._join.begin(part.number, part.chapter)
            for record in reader.records(part.octets):
                self._starts.append(base + record.at)
                for at, read in record.items:
                    for item in self._join.take(read):
                        yield base + record.at + at, item
            self._join.end(reader.damage)
            base += part.octets.size

    def cut(self, places: Sequence[int], lengths: Sequence[int]) -> list[bytes]:
        """Return the octets at these places; StorageError when they cannot be read a second time."""
        out = []
        start, plain = 0, b""
        for place, length in zip(places, lengths, strict=True):
            if not start <= place < start + len(plain):
                start, plain = self._record(place)
            out.append(plain[place - start : place - start + length])
        return out

    def _record(self, place: int) -> tuple[int, bytes]:
        """Return the record over a place; its plaintext is shorter than its octets in the file."""
        number = bisect_right(self._starts, place) - 1
        if number in self._opened:
            self._opened.move_to_end(number)
        else:
            self._keep(number, self._open(number))
        return self._starts[number], self._opened[number]

    def _open(self, number: int) -> bytes:
        which = bisect_right(self._firsts, number) - 1
        at, sequence = self._starts[number] - self._bases[which], number - self._firsts[which]
        try:
            return self._openers[which].open(self._parts[which].octets, at, sequence)[0]
        except ParseError as error:
            raise StorageError(f"a journal that has changed: {error}", retryable=True) from None

    def _keep(self, number: int, plain: bytes) -> None:
        self._opened[number] = plain
        self._n_opened += len(plain)
        while self._n_opened > MAX_OPENED and len(self._opened) > 1:
            _, oldest = self._opened.popitem(last=False)
            self._n_opened -= len(oldest)
