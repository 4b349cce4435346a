"""Where the packets of one segment lie in the master, and why what lies between them is absent.

Vectors do the work of packets that follow each other; only where numbers are missing or used up by packets
without speech is each looked at. Units: samples of the master.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pbx.recording.gaps import Causes, GapCause, Run, add_run, no_causes, share_out
from pbx.recording.packet_columns import KINDS, N_SKIPPED, Ints, Octet, Ordered
from pbx.recording.spans import Span

_AT_ONCE = 1 << 16  # packets per vector: 22 minutes
_GROUP = 256  # packets whose place is looked up together
Flags = NDArray[np.bool_]
Lengths = NDArray[np.uint16] | NDArray[np.int32]
Indexes = NDArray[np.uint32]
Chosen = slice | Indexes


@dataclass(slots=True)
class Coverage:
    """Of one channel of at most `limit` samples: where there is sound, and why not elsewhere."""

    limit: int
    covered: list[Span] = field(default_factory=list)
    causes: Causes = field(default_factory=no_causes)

    def cover(self, starts: Ints, ends: Ints) -> None:
        """Add stretches in any order; those that meet become one."""
        starts, ends = np.maximum(starts, 0), np.minimum(ends, self.limit)
        inside = starts < ends
        starts, ends = starts[inside], ends[inside]
        if not len(starts):
            return
        order = np.argsort(starts, kind="stable")
        starts, reach = starts[order], np.maximum.accumulate(ends[order])
        breaks = np.flatnonzero(starts[1:] > reach[:-1])
        firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(starts) - 1)
        self.covered += zip(starts[firsts].tolist(), reach[lasts].tolist(), strict=True)


@dataclass(slots=True, eq=False)
class Laid:
    """The packets with sound of one segment, by sequence number.

    `owed` = the sample before `start` is missing by a slow clock alone: it is the last one of the packet
    before. `n` = samples, `place` and `length` = of the payload in the journal.
    """

    start: Ints
    n: Lengths
    owed: Flags
    place: Ints
    length: NDArray[np.uint16]
    kind: Octet
    lows: Ints
    highs: Ints

    def within(self, first: int, end: int) -> Iterator[slice]:
        """Yield the packets some of which may have samples in [first, end), in order."""
        for group in np.flatnonzero((self.lows < end) & (self.highs > first)).tolist():
            yield slice(group * _GROUP, (group + 1) * _GROUP)


@dataclass(frozen=True, slots=True)
class _Audio:
    """The audio packets of a segment, holds among them, and their numbers among all of its packets."""

    start: Ints
    n: Lengths
    index: Chosen

    def numbers(self, here: slice) -> slice | Indexes:
        return here if isinstance(self.index, slice) else self.index[here]

    def number(self, one: int) -> int:
        return one if isinstance(self.index, slice) else int(self.index[one])


class Laying:
    """Lays the packets of one segment."""

    def __init__(self, packets: Ordered, n_samples: Lengths, starts: Ints) -> None:
        """`n_samples` and `starts` of every packet; those of packets without speech mean nothing."""
        self._packets = packets
        index = _chosen(packets.kind >= N_SKIPPED)
        self._audio = _Audio(starts[index], n_samples[index], index)
        self._owed = np.zeros(len(self._audio.n), np.bool_)
        self._frame = 0  # samples of the packet before

    def lay(self, coverage: Coverage, *, stretches: bool) -> Laid:
        """Return where they lie; `stretches` = the sender's clock is corrected."""
        audio = self._audio
        for first in range(0, len(self._owed), _AT_ONCE):
            self._walk(first, coverage.causes, stretches=stretches)
            here = slice(first, first + _AT_ONCE)
            coverage.cover(audio.start[here] - self._owed[here], audio.start[here] + audio.n[here])
        return self._laid()

    def _walk(self, first: int, causes: Causes, *, stretches: bool) -> None:
        here = slice(max(1, first), first + _AT_ONCE)
        before = slice(here.start - 1, first + _AT_ONCE - 1)
        audio, sequence = self._audio, self._packets.sequence
        n_here = len(audio.n[here])
        ends = (audio.start[before] + audio.n[before])[:n_here]
        steps = sequence[audio.numbers(here)] - sequence[audio.numbers(before)][:n_here]
        follows = (steps == 1) & (audio.n[before][:n_here] > 0)
        if stretches:
            self._owed[here] = follows & (audio.start[here] == ends + 1)
        frames = self._frames(first)
        for offset in np.flatnonzero(~follows & (audio.start[here] > ends)).tolist():
            one = here.start + offset
            gap = (int(ends[offset]), int(audio.start[one]))
            share_out(causes, gap, self._runs(one), int(frames[one - 1 - before.start]))

    def _frames(self, first: int) -> Sequence[int]:
        """Samples of the last packet with sound, up to each packet that has one behind it here."""
        start = max(1, first) - 1
        here = slice(start, first + _AT_ONCE)
        lengths = self._audio.n[here] + self._owed[here]
        last = np.maximum.accumulate(np.where(lengths > 0, np.arange(len(lengths)), -1))
        frames = np.where(last >= 0, lengths[last], self._frame or 1)
        self._frame = int(frames[-1])
        found: list[int] = frames.tolist()
        return found

    def _runs(self, one: int) -> list[Run]:
        """What used up the numbers between an audio packet and the one before."""
        packets = self._packets
        runs: list[Run] = [] if self._audio.n[one - 1] else [("hold", 1)]
        first, end = self._audio.number(one - 1), self._audio.number(one)
        numbers, kinds = packets.sequence[first : end + 1].tolist(), packets.kind[first:end].tolist()
        for k in range(1, len(numbers)):
            add_run(runs, "loss", numbers[k] - numbers[k - 1] - 1)
            if k < len(kinds):
                add_run(runs, _skipped(kinds[k]), 1)
        return runs

    def _laid(self) -> Laid:
        audio, packets = self._audio, self._packets
        sounds = _chosen((audio.n > 0) | self._owed)
        start, n, owed = audio.start[sounds], audio.n[sounds], self._owed[sounds]
        groups = [slice(first, first + _GROUP) for first in range(0, len(start), _GROUP)]
        return Laid(
            start=start,
            n=n,
            owed=owed,
            place=packets.place[audio.index][sounds],
            length=packets.length[audio.index][sounds],
            kind=packets.kind[audio.index][sounds],
            lows=np.array([(start[group] - owed[group]).min() for group in groups], np.int64),
            highs=np.array([(start[group] + n[group]).max() for group in groups], np.int64),
        )


def _chosen(mask: Flags) -> Chosen:
    """Return which are to be taken; all of them without a copy, which a day has no room for."""
    return slice(None) if mask.all() else np.flatnonzero(mask).astype(np.uint32)


def _skipped(code: int) -> GapCause:
    kind = KINDS[code]
    assert kind == "event" or kind == "noise" or kind == "undecodable"
    return kind
