"""The samples of one channel, window by window: what its segments lay there, later ones above earlier ones.

A window costs the memory of its own packets, whatever the recording's length. Units: samples at 8 kHz.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording import g711
from pbx.recording.decode import Speech
from pbx.recording.packet_columns import KINDS
from pbx.recording.parts import Payloads
from pbx.recording.placing import Laid
from pbx.recording.segments import G711, Coding

WINDOW = 1 << 19  # samples: a minute


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """The segments of one channel in the order in which they began."""

    segments: Sequence[tuple[Coding, Laid]]
    payloads: Payloads

    def windows(self, encoding: Encoding, n_samples: int) -> Iterator[bytearray]:
        """Yield the channel from its beginning; StorageError when the journal cannot be read again."""
        pens = [_pen(coding, laid, self.payloads, encoding) for coding, laid in self.segments]
        silence = bytes([g711.SILENCE[encoding]])
        for start in range(0, n_samples, WINDOW):
            paper = _Paper(start, bytearray(silence * min(WINDOW, n_samples - start)))
            for pen in pens:
                pen.write(paper)
            yield paper.samples


@dataclass(frozen=True, slots=True)
class _Paper:
    """One window, which begins at sample `start`."""

    start: int
    samples: bytearray

    @property
    def end(self) -> int:
        return self.start + len(self.samples)

    def put(self, at: int, octets: bytes) -> None:
        """Write what lies inside."""
        first = at - self.start
        if first < 0:
            octets, first = octets[-first:], 0
        octets = octets[: len(self.samples) - first] if first < len(self.samples) else b""
        self.samples[first : first + len(octets)] = octets


class _Pen:
    """Writes a segment of G.711, whose packets need no others."""

    def __init__(self, laid: Laid, payloads: Payloads, encoding: Encoding) -> None:
        self._laid, self._payloads = laid, payloads
        self._tables = [g711.table(kind, encoding) for kind in KINDS]

    def write(self, paper: _Paper) -> None:
        for group in self._laid.within(paper.start, paper.end):
            self._write(paper, group)

    def _write(self, paper: _Paper, group: slice) -> None:
        laid = self._laid
        here = slice(max(0, group.start - 1), group.stop)  # with the one whose last sample may be owed
        payloads = self._payloads.cut(laid.place[here].tolist(), laid.length[here].tolist())
        n_before = group.start - here.start
        last = b""
        columns = (laid.start[here].tolist(), laid.owed[here].tolist(), laid.kind[here].tolist(), payloads)
        for number, (at, owes, kind, payload) in enumerate(zip(*columns, strict=True)):
            table = self._tables[kind]
            octets = payload if table is None else payload.translate(table)
            if number >= n_before:
                if owes:
                    paper.put(at - 1, last)
                paper.put(at, octets)
            last = octets[-1:] or last


class _DecodingPen:
    """Writes a segment of another codec: every packet is decoded once, in its order."""

    def __init__(self, coding: Coding, laid: Laid, payloads: Payloads, encoding: Encoding) -> None:
        self._coding, self._laid, self._payloads = coding, laid, payloads
        self._speech = Speech(coding, encoding)
        self._next = 0
        self._last = b""
        self._ready: list[tuple[int, bytes]] = []  # that are not behind us yet

    def write(self, paper: _Paper) -> None:
        for group in self._laid.within(paper.start, paper.end):
            self._decode(group.stop)
        for at, octets in self._ready:
            paper.put(at, octets)
        self._ready = [(at, octets) for at, octets in self._ready if at + len(octets) > paper.end]

    def _decode(self, end: int) -> None:
        laid, here = self._laid, slice(self._next, end)
        payloads = self._payloads.cut(laid.place[here].tolist(), laid.length[here].tolist())
        columns = (laid.start[here].tolist(), laid.n[here].tolist(), laid.owed[here].tolist(), payloads)
        for at, n, owes, payload in zip(*columns, strict=True):
            octets = self._said(payload)[:n]
            self._ready.append((at - 1, self._last + octets) if owes else (at, octets))
            self._last = octets[-1:] or self._last
        self._next = max(self._next, end)

    def _said(self, payload: bytes) -> bytes:
        try:
            return self._speech.octets(payload, self._coding[0])
        except ParseError:  # it was measured before, so this is a decoder with moods
            return b""


def _pen(coding: Coding, laid: Laid, payloads: Payloads, encoding: Encoding) -> _Pen | _DecodingPen:
    if coding in G711:
        return _Pen(laid, payloads, encoding)
    return _DecodingPen(coding, laid, payloads, encoding)
