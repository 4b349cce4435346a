"""The timeline: two streams of RTP packets to two channels of G.711 on one clock.

A packet's place inside its segment is its RTP timestamp alone, so jitter, reordering and duplicates change
nothing; a segment is anchored at the smallest delay of all its packets. A clock that runs off is brought back
one sample at a time, where two packets meet. What was not received is silence and is listed as a gap; the end
is that of the recording, so that packets lost at the end do not shorten it.
Units: samples at 8 kHz, nanoseconds on the monotonic clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from pbx.core.audio import Encoding
from pbx.recording import g711
from pbx.recording.decode import FORMAT, as_g711, read_formats, read_noise
from pbx.recording.gaps import Causes, Gap, MasterClock, Run, add_run, explain, no_causes, ordered, share_out
from pbx.recording.journal import End, Head, Item, Note, Packet
from pbx.recording.segments import NS_PER_SAMPLE, Audio, Segment, StreamSegments
from pbx.recording.skew import Skew, agree
from pbx.recording.spans import Span, merge, subtract

RATE = 8000
MAX_SAMPLES = 26 * 3600 * RATE  # a call of a day and its slack


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderClock:
    """Of one segment of a channel, which begins with sample `start`; 0 ppm = left as it came.

    `codecs` of its packets, sorted, with their RTP clock in Hz; `began_ns` = its first arrival.
    """

    channel: int
    start: int
    codecs: tuple[Encoding, ...]
    clock_rate: int
    began_ns: int = field(compare=False)  # jitter may make it later than `start`
    skew: Skew | None
    corrected_ppm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Two channels of equal length in one encoding, their gaps in order, and their senders' clocks."""

    encoding: Encoding
    channels: tuple[bytearray, bytearray]
    gaps: tuple[Gap, ...]
    clocks: tuple[SenderClock, ...] = ()

    @property
    def n_samples(self) -> int:
        return len(self.channels[0])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A segment in G.711 and where it lies."""

    segment: Segment
    skew: Skew | None
    ppm: float  # that it is corrected by
    base: int  # sample of timestamp 0
    came: Segment  # as it came

    @classmethod
    def of(cls, segment: Segment, skew: Skew | None, ppm: float, origin_ns: int) -> "_Placed":
        base = round((segment.delays.anchor_ns(ppm) - origin_ns) / NS_PER_SAMPLE)
        return cls(as_g711(segment), skew, ppm, base, segment)

    def start(self, at: int) -> int:
        return self.base + at + round(at * self.ppm / 1e6)

    def clock(self, channel: int) -> SenderClock:
        packets = self.segment.packets.values()
        first = min((audio.at for audio in packets if isinstance(audio, Audio)), default=0)
        encodings = {audio.encoding for audio in self.came.packets.values() if isinstance(audio, Audio)}
        return SenderClock(
            channel=channel,
            start=self.start(first),
            codecs=tuple(sorted(encodings)),
            clock_rate=self.came.clock_rate,
            began_ns=self.came.began_ns,
            skew=self.skew,
            corrected_ppm=self.ppm,
        )


@dataclass(slots=True)
class _Journal:
    """Its items by kind; `ended_ns` = when it was closed, 0 = nobody did."""

    streams: tuple[StreamSegments, StreamSegments] = field(
        default_factory=lambda: (StreamSegments(), StreamSegments(is_ours=True))
    )
    notes: list[Note] = field(default_factory=list)
    leg: str = ""
    ended_ns: int = 0


@dataclass(slots=True)
class _Channel:
    samples: bytearray
    covered: list[Span]
    causes: Causes


def align(items: Iterable[Item], origin_ns: int) -> Timeline:
    """Return the timeline of a journal's items; sample 0 is monotonic `origin_ns`."""
    heard = _sorted(items)
    voices = _placed(heard.streams, origin_ns)
    encoding = _encoding(voices)
    first, second = (_render(segments, encoding) for segments in voices)
    ended = MasterClock(origin_ns, MAX_SAMPLES).sample(heard.ended_ns)
    n_samples = max(len(first.samples), len(second.samples), ended)
    gaps: list[Gap] = []
    for index, channel in enumerate((first, second)):
        missing = n_samples - len(channel.samples)
        channel.samples += bytes([g711.SILENCE[encoding]]) * missing
        absent = subtract([(0, n_samples)], channel.covered)
        by_order = ordered(heard.notes, heard.leg, index, MasterClock(origin_ns, n_samples))
        gaps += explain(index + 1, absent, by_order, channel.causes)
    channels = first.samples, second.samples
    clocks = [placed.clock(channel) for channel, segments in enumerate(voices, 1) for placed in segments]
    return Timeline(encoding=encoding, channels=channels, gaps=tuple(gaps), clocks=tuple(clocks))


def _sorted(items: Iterable[Item]) -> _Journal:
    journal = _Journal()
    for item in items:
        match item:
            case Head():
                journal.leg = item.leg
            case Packet(stream=0 | 1):
                journal.streams[item.stream].add(item)
            case Note():
                journal.notes.append(item)
                if item.kind == FORMAT:
                    for stream in journal.streams:
                        stream.know(read_formats(item.details), read_noise(item.details))
            case End():
                journal.ended_ns = item.at_ns
            case _:
                pass
    return journal


def _placed(streams: Sequence[StreamSegments], origin_ns: int) -> list[list["_Placed"]]:
    """Each stream's segments where they belong; only together do they tell whose clocks are one."""
    skews = [[segment.delays.skew() for segment in stream.segments] for stream in streams]
    corrections = iter(agree(list(chain.from_iterable(skews))))
    return [
        [
            _Placed.of(segment, skew, next(corrections), origin_ns)
            for segment, skew in zip(stream.segments, own, strict=True)
        ]
        for stream, own in zip(streams, skews, strict=True)
    ]


def _encoding(voices: Sequence[Sequence[_Placed]]) -> Encoding:
    """The law of the party's first packet decides, so that what it said is kept bit for bit."""
    for segments in voices:
        for placed in segments:
            for audio in placed.segment.packets.values():
                if isinstance(audio, Audio):
                    return audio.encoding
    return "PCMU"


def _render(segments: Iterable[_Placed], encoding: Encoding) -> _Channel:
    channel = _Channel(bytearray(), [], no_causes())
    for placed in segments:
        _place(channel, placed, encoding)
    channel.covered = merge(channel.covered)
    return channel


def _place(channel: _Channel, placed: _Placed, encoding: Encoding) -> None:
    expected: int | None = None  # sequence after the last packet seen
    end, frame = 0, 0
    last = b""  # sample before `end`
    runs: list[Run] = []  # what used up the numbers since the last audio
    packets = placed.segment.packets
    for sequence in sorted(packets):
        audio = packets[sequence]
        if expected is not None:
            add_run(runs, "loss", sequence - expected)
        expected = sequence + 1
        if not isinstance(audio, Audio):
            add_run(runs, audio, 1)
            continue
        start = placed.start(audio.at)
        octets = g711.translate(audio.payload, audio.encoding, encoding)
        if runs and frame and start > end:
            share_out(channel.causes, (end, start), runs, frame)
        elif placed.ppm and start == end + 1:  # a sample that a slow clock owes is the one before it
            start, octets = end, last + octets
        _write(channel, start, octets, encoding)
        runs = [] if octets else [("hold", 1)]
        end, last, frame = start + len(octets), octets[-1:] or last, len(octets) or frame or 1


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
