"""The samples of one channel, window by window: what its segments lay there, later ones above earlier ones.

A window costs the memory of its own packets, whatever the recording's length. Places are units of 1/8000 s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pbx.core.audio import Encoding
from pbx.recording.form import FORMS, Form
from pbx.recording.parts import Payloads
from pbx.recording.placing import Laid
from pbx.recording.segments import Coding
from pbx.recording.speech import Speech, speech_of

WINDOW = 1 << 19  # units: a minute


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """The segments of one channel in the order in which they began."""

    segments: Sequence[tuple[Coding, Laid]]
    payloads: Payloads

    def windows(self, encoding: Encoding, n_units: int) -> Iterator[bytearray]:
        """Yield the channel from its beginning; StorageError when the journal cannot be read again."""
        heard = [(coding, laid) for coding, laid in self.segments if len(laid.start)]
        pens = [_Pen(speech_of(coding, encoding), laid, self.payloads) for coding, laid in heard]
        form = FORMS[encoding]
        for start in range(0, n_units, WINDOW):
            paper = _Paper(form, start, min(WINDOW, n_units - start))
            for pen in pens:
                pen.write(paper)
            yield paper.octets


class _Paper:
    """One window of units from `start` to before `end`."""

    __slots__ = ("_size", "end", "octets", "start")

    def __init__(self, form: Form, start: int, n_units: int) -> None:
        self.start, self.end = start, start + n_units
        self._size = form.size
        self.octets = bytearray(form.silence * (form.size // len(form.silence) * n_units))

    def put(self, at: int, octets: bytes) -> None:
        """Write what lies inside, from unit `at` on."""
        first = (at - self.start) * self._size
        if first < 0:
            octets, first = octets[-first:], 0
        octets = octets[: len(self.octets) - first] if first < len(self.octets) else b""
        self.octets[first : first + len(octets)] = octets


class _Pen:
    """Writes a segment: every packet is heard once and in its order, for a decoder must have it so."""

    def __init__(self, speech: Speech, laid: Laid, payloads: Payloads) -> None:
        self._speech, self._laid, self._payloads = speech, laid, payloads
        self._next = 0
        self._last = b""
        self._ready: list[tuple[int, bytes]] = []  # that are not behind us yet

    def write(self, paper: _Paper) -> None:
        for group in self._laid.within(paper.start, paper.end):
            self._hear(min(group.stop, len(self._laid.start)))
        for at, octets in self._ready:
            paper.put(at, octets)
        size = self._speech.form.size
        self._ready = [(at, octets) for at, octets in self._ready if at + len(octets) // size > paper.end]

    def _hear(self, end: int) -> None:
        """Take the packets up to before `end`."""
        if end <= self._next:
            return
        laid, here = self._laid, slice(self._next, end)
        more = slice(self._next, end + 1)  # with the one behind, whose samples are neighbours
        payloads = self._payloads.cut(laid.place[more].tolist(), laid.length[more].tolist())
        said = self._speech.say(payloads, laid, here)
        size = self._speech.form.size
        for at, owes, octets in zip(laid.start[here].tolist(), laid.owed[here].tolist(), said, strict=True):
            self._ready.append((at - 1, self._last + octets) if owes else (at, octets))
            self._last = octets[-size:] or self._last
        self._next = end
