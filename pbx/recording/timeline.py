"""The timeline: two streams of RTP packets to two channels of G.711 on one clock.

A packet's place inside its segment is its RTP timestamp alone, so jitter, reordering and duplicates change
nothing; a segment is anchored at the smallest delay of its first two seconds. What was not received is
silence and is listed as a gap. Units: samples at 8 kHz, nanoseconds on the monotonic clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pbx.core.audio import Encoding
from pbx.recording import g711
from pbx.recording.decode import FORMAT, as_g711, read_formats
from pbx.recording.journal import Head, Item, Note, Packet
from pbx.recording.segments import NS_PER_SAMPLE, Segment, StreamSegments
from pbx.recording.spans import Span, intersect, merge, subtract

RATE = 8000
MAX_SAMPLES = 26 * 3600 * RATE  # a call of a day and its slack

GapCause = Literal["loss", "gate", "secure", "silence"]
MOVED = "recording.moved"  # the media worker's note: channel 1 is the voice of another leg from now on
# The media worker's notes that switch a leg's voice off: kind -> cause, detail, its value while silent.
_SWITCHES: Mapping[str, tuple[GapCause, str, str]] = {
    "gate": ("gate", "open", "false"),
    "secure": ("secure", "on", "true"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Samples of one channel (1 or 2) without received audio; they are silence."""

    channel: int
    start: int
    length: int
    cause: GapCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Two channels of equal length in one encoding, and their gaps in order."""

    encoding: Encoding
    channels: tuple[bytearray, bytearray]
    gaps: tuple[Gap, ...]

    @property
    def n_samples(self) -> int:
        return len(self.channels[0])


@dataclass(frozen=True, slots=True)
class _Clock:
    """From monotonic nanoseconds to samples, kept inside the timeline."""

    origin_ns: int
    n_samples: int

    def sample(self, at_ns: int) -> int:
        return min(max(0, round((at_ns - self.origin_ns) / NS_PER_SAMPLE)), self.n_samples)


@dataclass(slots=True)
class _Channel:
    samples: bytearray
    covered: list[Span]
    lost: list[Span]


def align(items: Iterable[Item], origin_ns: int) -> Timeline:
    """Return the timeline of a journal's items; sample 0 is monotonic `origin_ns`."""
    streams = (StreamSegments(), StreamSegments())
    notes: list[Note] = []
    leg = ""
    for item in items:
        match item:
            case Head():
                leg = item.leg
            case Packet(stream=0 | 1):
                streams[item.stream].add(item)
            case Note():
                notes.append(item)
                if item.kind == FORMAT:
                    for stream in streams:
                        stream.know(read_formats(item.details))
            case _:
                pass
    voices = tuple([as_g711(segment) for segment in stream.segments] for stream in streams)
    encoding = _encoding(voices)
    first, second = (_render(segments, origin_ns, encoding) for segments in voices)
    n_samples = max(len(first.samples), len(second.samples))
    gaps: list[Gap] = []
    for index, channel in enumerate((first, second)):
        missing = n_samples - len(channel.samples)
        channel.samples += bytes([g711.SILENCE[encoding]]) * missing
        gaps += _gaps(index, channel, _ordered(notes, leg, index, _Clock(origin_ns, n_samples)))
    return Timeline(encoding=encoding, channels=(first.samples, second.samples), gaps=tuple(gaps))


def _encoding(voices: Sequence[Sequence[Segment]]) -> Encoding:
    """The law of the party's first packet decides, so that what it said is kept bit for bit."""
    for segments in voices:
        for segment in segments:
            for audio in segment.packets.values():
                if audio is not None:
                    return audio.encoding
    return "PCMU"


def _render(segments: Iterable[Segment], origin_ns: int, encoding: Encoding) -> _Channel:
    channel = _Channel(bytearray(), [], [])
    for segment in segments:
        base = round((segment.anchor_ns - origin_ns) / NS_PER_SAMPLE)
        _place(channel, segment, base, encoding)
    channel.covered = merge(channel.covered)
    return channel


def _place(channel: _Channel, segment: Segment, base: int, encoding: Encoding) -> None:
    expected: int | None = None  # sequence after the last packet seen
    end = 0
    whole = True  # no packet is missing since the last audio
    for sequence in sorted(segment.packets):
        whole = whole and expected in (None, sequence)
        audio = segment.packets[sequence]
        first, expected = expected is None, sequence + 1
        if audio is None:
            continue
        start = base + audio.at
        if not first and not whole and start > end:
            channel.lost.append((end, start))
        _write(channel, start, g711.translate(audio.payload, audio.encoding, encoding), encoding)
        end, whole = start + len(audio.payload), True


def _write(channel: _Channel, start: int, octets: bytes, encoding: Encoding) -> None:
    octets = octets[max(0, -start) : max(0, MAX_SAMPLES - start)]
    start = max(0, start)
    if not octets:
        return
    missing = start - len(channel.samples)
    if missing > 0:
        channel.samples += bytes([g711.SILENCE[encoding]]) * missing
    end = start + len(octets)
    channel.samples[start:end] = octets
    if channel.covered and channel.covered[-1][1] == start:
        channel.covered[-1] = (channel.covered[-1][0], end)
    else:
        channel.covered.append((start, end))


def _ordered(notes: Iterable[Note], leg: str, channel: int, clock: "_Clock") -> dict[GapCause, list[Span]]:
    """Stretches in which a voice was off by order, by cause; an open one lasts to the end.

    Channel 0 is the voice of the leg that is recorded, channel 1 that of its peers.
    """
    spans: dict[GapCause, list[Span]] = {"gate": [], "secure": []}
    began: dict[GapCause, int] = {}
    for note in notes:
        if note.kind == MOVED:
            leg = note.details.get("leg", leg)
            for cause, start in began.items():  # what holds for the new parties is noted next
                spans[cause].append((start, clock.sample(note.at_ns)))
            began.clear()
            continue
        own = note.details.get("leg", leg) == leg
        if note.kind not in _SWITCHES or own is not (channel == 0):
            continue
        cause, detail, silent = _SWITCHES[note.kind]
        if note.details.get(detail) == silent:
            began.setdefault(cause, clock.sample(note.at_ns))
        elif cause in began:
            spans[cause].append((began.pop(cause), clock.sample(note.at_ns)))
    for cause, start in began.items():
        spans[cause].append((start, clock.n_samples))
    return spans


def _gaps(index: int, channel: _Channel, ordered: dict[GapCause, list[Span]]) -> list[Gap]:
    absent = subtract([(0, len(channel.samples))], channel.covered)
    secure = intersect(absent, ordered["secure"])
    gate = subtract(intersect(absent, ordered["gate"]), secure)
    missing = subtract(absent, secure + gate)
    lost = intersect(missing, channel.lost)
    by_cause: tuple[tuple[GapCause, list[Span]], ...] = (
        ("secure", secure),
        ("gate", gate),
        ("loss", lost),
        ("silence", subtract(missing, lost)),
    )
    gaps = [
        Gap(channel=index + 1, start=start, length=end - start, cause=cause)
        for cause, spans in by_cause
        for start, end in spans
    ]
    return sorted(gaps, key=lambda gap: gap.start)
