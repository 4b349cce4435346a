"""The timeline: streams of RTP packets to as many channels on one clock, two or more.

A packet's place inside its segment is its RTP timestamp alone, so jitter, reordering and duplicates change
nothing; a segment is anchored at the smallest delay of all its packets. A clock that runs off is brought back
one sample at a time, where two packets meet. What was not received is silence and is listed as a gap; the end
is that of the recording, so that packets lost at the end do not shorten it.
"Samples" are units of 1/8000 s, each of which is two samples of a wide-band master; times are nanoseconds on
the monotonic clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from pbx.core.audio import MAX_CHANNELS, Encoding
from pbx.recording import own_channels
from pbx.recording.breaks import Breaks
from pbx.recording.decode import FORMAT, measure, read_formats, read_noise
from pbx.recording.gaps import Gap, MasterClock, explain, ordered
from pbx.recording.journal import End, Head, Item, Note, Packet
from pbx.recording.own_channels import FIRST, TAKEN, Turn, number_of
from pbx.recording.packet_columns import N_SKIPPED, Ints
from pbx.recording.parts import HeldItems, Payloads, Source
from pbx.recording.placing import Coverage, Laid, Laying
from pbx.recording.rendering import Voice
from pbx.recording.segments import NS_PER_SAMPLE, Coding, Segment, StreamSegments
from pbx.recording.skew import Skew, agree
from pbx.recording.spans import Span, merge, subtract
from pbx.recording.speech import is_wide

RATE = 8000
MAX_SAMPLES = 26 * 3600 * RATE  # a call of a day and its slack
SILENT = Voice((), HeldItems(()))
_AT_ONCE = 1 << 16  # packets
_FAR = np.iinfo(np.int64).max


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
    """Channels of equal length in one encoding of FORMS, their gaps in order, and their senders' clocks.

    The samples themselves are made window by window; without voices they are silence. `turns` = who had
    which of the channels behind the first two.
    """

    encoding: Encoding
    n_samples: int
    gaps: tuple[Gap, ...]
    clocks: tuple[SenderClock, ...] = ()
    turns: tuple[Turn, ...] = ()
    voices: tuple[Voice, ...] = field(default=(SILENT, SILENT), compare=False, repr=False)

    @property
    def n_channels(self) -> int:
        return len(self.voices)

    def windows(self) -> Iterator[tuple[bytearray, ...]]:
        """Yield all channels from the beginning, a minute at a time."""
        return zip(*self._voiced(), strict=True)

    @property
    def channels(self) -> tuple[bytes, ...]:
        """All channels in memory; for short recordings."""
        return tuple(b"".join(voice) for voice in self._voiced())

    def _voiced(self) -> list[Iterator[bytearray]]:
        return [voice.windows(self.encoding, self.n_samples) for voice in self.voices]


@dataclass(slots=True)
class _Journal:
    """Its items by kind; `ended_ns` = when it was closed, 0 = nobody did.

    `sits` = the stream of each party that has one of its own now.
    """

    streams: list[StreamSegments] = field(
        default_factory=lambda: [StreamSegments(), StreamSegments(is_ours=True)]
    )
    sits: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    breaks: Breaks = field(default_factory=Breaks)
    leg: str | None = None
    ended_ns: int = 0

    def take(self, place: int, item: Item) -> None:
        match item:
            case Packet(stream=number) if number < len(self.streams):
                self.streams[number].add(item, place)
                self.breaks.packet(number, item.arrival_ns)
            case Packet(stream=number) if number < MAX_CHANNELS:
                self._open(number)
                self.streams[number].add(item, place)
                self.breaks.packet(number, item.arrival_ns)
            case Note():
                self.notes.append(item)
                self.breaks.note(item)
                self._read(item)
            case End():
                self.ended_ns = item.at_ns
                self.breaks.ended(item.at_ns)
            case Head() if self.leg is None:  # that of the first part
                self.leg = item.leg
            case _:
                pass

    def _read(self, note: Note) -> None:
        channel, leg = number_of(note), note.details.get("leg", "")
        if channel is not None:
            self.sits = {one: number for one, number in self.sits.items() if number != channel - 1}
        if channel is not None and note.kind == TAKEN:
            self._open(channel - 1)
            self.streams[channel - 1].renew()
            self.sits[leg] = channel - 1
        elif note.kind == FORMAT:
            numbers = (self.sits[leg],) if leg in self.sits else range(FIRST - 1)
            for number in numbers:
                self.streams[number].know(read_formats(note.details), read_noise(note.details))

    def _open(self, number: int) -> None:
        while len(self.streams) <= number:
            self.streams.append(StreamSegments())


@dataclass(slots=True)
class _Channel:
    """One stream laid out: its segments, where they sound, whose clocks they had."""

    coverage: Coverage = field(default_factory=lambda: Coverage(MAX_SAMPLES))
    segments: list[tuple[Coding, Laid]] = field(default_factory=list)
    clocks: list[SenderClock] = field(default_factory=list)
    law: Encoding | None = None  # of the first packet of audio

    def lay(self, number: int, segment: Segment, clock: "_Clock", payloads: Payloads) -> None:
        """Add a segment of channel `number`; its columns are used up."""
        packets = segment.packets.ordered()
        n_samples = measure(packets, segment.coding, payloads)
        is_audio = packets.kind >= N_SKIPPED
        if self.law is None and is_audio.any():
            self.law = segment.first_law
        starts = clock.samples(packets.at, segment.clock_rate)
        first = int(starts.min(initial=_FAR, where=is_audio)) if is_audio.any() else clock.base
        laid = Laying(packets, n_samples, starts).lay(self.coverage, stretches=clock.ppm != 0.0)
        self.segments.append((segment.coding, laid))
        self.clocks.append(clock.of(segment, number, first))


@dataclass(frozen=True, slots=True)
class _Clock:
    """What a segment is corrected by, and the sample of its timestamp 0."""

    skew: Skew | None
    ppm: float
    base: int

    def samples(self, at: Ints, clock_rate: int) -> Ints:
        """Turn media times into samples of the master where they stand: a day has no room for a copy."""
        for first in range(0, len(at), _AT_ONCE):
            here = at[first : first + _AT_ONCE]
            if clock_rate != RATE:
                here[:] = np.rint(here * RATE / clock_rate)
            here += self.base + np.rint(here * self.ppm / 1e6).astype(np.int64)
        return at

    def of(self, segment: Segment, channel: int, start: int) -> SenderClock:
        return SenderClock(
            channel=channel,
            start=start,
            codecs=tuple(sorted(segment.encodings)),
            clock_rate=segment.clock_rate,
            began_ns=segment.began_ns,
            skew=self.skew,
            corrected_ppm=self.ppm,
        )


def align(items: Sequence[Item], origin_ns: int) -> Timeline:
    """Return the timeline of items in memory; sample 0 is monotonic `origin_ns`."""
    return align_journal(HeldItems(items), origin_ns)


def align_journal(journal: Source, origin_ns: int) -> Timeline:
    """Return the timeline of a journal, which has to stay open until the last window was made."""
    heard = _Journal()
    for place, item in journal.items():
        heard.take(place, item)
    channels = _laid(heard.streams, origin_ns, journal)
    ended = MasterClock(origin_ns, MAX_SAMPLES).sample(heard.ended_ns)
    covered = [merge(channel.coverage.covered) for channel in channels]
    n_samples = max(ended, *(spans[-1][1] for spans in covered if spans), 0)
    clock = MasterClock(origin_ns, n_samples)
    return Timeline(
        encoding=_encoding(channels),
        n_samples=n_samples,
        gaps=tuple(_gaps(heard, channels, covered, clock)),
        clocks=tuple(clock for channel in channels for clock in channel.clocks),
        turns=tuple(own_channels.turns(heard.notes, clock)),
        voices=tuple(Voice(channel.segments, journal) for channel in channels),
    )


def _encoding(channels: Sequence[_Channel]) -> Encoding:
    """One packet of a wide-band codec makes it wide; else the law of the party's first packet is kept."""
    if any(is_wide(coding) and len(laid.start) for channel in channels for coding, laid in channel.segments):
        return "L16"
    return next((channel.law for channel in channels if channel.law is not None), "PCMU")


def _laid(streams: Sequence[StreamSegments], origin_ns: int, payloads: Payloads) -> list[_Channel]:
    """Each stream's segments where they belong; only together do they tell whose clocks are one."""
    skews = [[segment.delays.skew() for segment in stream.segments] for stream in streams]
    corrections = iter(agree(list(chain.from_iterable(skews))))
    channels = [_Channel() for _ in streams]
    for number, (stream, own) in enumerate(zip(streams, skews, strict=True)):
        for skew in own:
            segment, ppm = stream.segments.pop(0), next(corrections)
            base = round((segment.delays.anchor_ns(ppm) - origin_ns) / NS_PER_SAMPLE)
            channels[number].lay(number + 1, segment, _Clock(skew, ppm, base), payloads)
    return channels


def _gaps(
    heard: _Journal, channels: Sequence[_Channel], covered: Sequence[list[Span]], clock: MasterClock
) -> Iterator[Gap]:
    for index, channel in enumerate(channels):
        absent = subtract([(0, clock.n_samples)], covered[index])
        number = index + 1
        if number < FIRST:
            by_order = ordered(heard.notes, heard.leg or "", index, clock)
        else:
            by_order = own_channels.ordered(heard.notes, number, clock)
        for cause, spans in heard.breaks.of(index, absent, clock).items():
            by_order[cause] = spans
        yield from explain(number, absent, by_order, channel.coverage.causes)
