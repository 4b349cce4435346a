"""Why samples of a channel are absent: nobody there, by order, on hold, for a key, noise, lost, or silence.

Sequence numbers tell: those that were used up by packets without speech are in the journal as bare headers,
those that are in no packet at all were lost on the way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pbx.recording.journal import Note
from pbx.recording.segments import NS_PER_SAMPLE
from pbx.recording.spans import Span, intersect, merge, subtract

GapCause = Literal[
    "loss",
    "gate",
    "secure",
    "pause",
    "absent",
    "silence",
    "hold",
    "event",
    "noise",
    "undecodable",
    "worker_lost",
    "worker_drained",
]
MOVED = "recording.moved"  # the media worker's note: channel 1 is the voice of another leg from now on
ROOM_JOINED, ROOM_LEFT, ROOM_GONE = "room.joined", "room.left", "room.gone"  # its notes of a room
CONTINUES = "recording.continues"  # the finaliser's note: another media worker's journal begins
BOTH = ""  # whose voice a pause silences
_PARTED = ("bridge", "unbridge", ROOM_JOINED, ROOM_LEFT)  # others are heard: their switches are noted next
# The media worker's notes that switch a leg's voice off: kind -> cause, detail, its value while silent.
SWITCHES: Mapping[str, tuple[GapCause, str, str]] = {
    "gate": ("gate", "open", "false"),
    "secure": ("secure", "on", "true"),
    "pause": ("pause", "on", "true"),
}
ORDERS: tuple[GapCause, ...] = ("absent", "pause", "secure", "gate")  # the first that holds is named
BREAKS: tuple[GapCause, ...] = ("worker_lost", "worker_drained")
_UNSAID: tuple[GapCause, ...] = ("loss", "hold", "event", "noise", "undecodable")
Causes = dict[GapCause, list[Span]]
Run = tuple[GapCause, int]  # why, and how many sequence numbers in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Samples of one channel, counted from 1, without received audio; they are silence."""

    channel: int
    start: int
    length: int
    cause: GapCause


@dataclass(frozen=True, slots=True)
class MasterClock:
    """From monotonic nanoseconds to samples, kept inside the timeline."""

    origin_ns: int
    n_samples: int

    def sample(self, at_ns: int) -> int:
        return min(max(0, round((at_ns - self.origin_ns) / NS_PER_SAMPLE)), self.n_samples)


def no_causes() -> Causes:
    """Return an empty list for each cause that sequence numbers tell."""
    return {cause: [] for cause in _UNSAID}


def add_run(runs: list[Run], cause: GapCause, count: int) -> None:
    """Count sequence numbers behind those of the runs before."""
    if runs and runs[-1][0] == cause:
        runs[-1] = (cause, runs[-1][1] + count)
    elif count:
        runs.append((cause, count))


def share_out(causes: Causes, gap: Span, runs: Sequence[Run], frame: int) -> None:
    """Give the stretch between two packets of audio to what used up the numbers between them.

    Each number has an equal share. Beside other packets, a lost one lasts `frame` samples at most: a sender
    that suppresses silence uses few numbers for long stretches.
    """
    total, passed = sum(count for _, count in runs), 0
    start, end = gap
    for cause, count in runs:
        first = start + (end - start) * passed // total
        passed += count
        behind = start + (end - start) * passed // total
        if cause == "loss" and len(runs) > 1:
            behind = min(behind, first + count * frame)
        _append(causes[cause], (first, behind))


def _append(spans: list[Span], span: Span) -> None:
    """A hold of hours is one stretch, not one for each packet."""
    if spans and spans[-1][1] == span[0]:
        span = (spans.pop()[0], span[1])
    spans.append(span)


def ordered(notes: Iterable[Note], leg: str, channel: int, clock: MasterClock) -> Causes:
    """Stretches in which a voice was off by order, by cause; an open one lasts to the end.

    Channel 0 is the voice of the leg that is recorded, channel 1 that of its peers.
    """
    spans: Causes = {cause: [] for cause in ORDERS}
    began: dict[tuple[GapCause, str], int] = {}  # by cause and by whose voice it is

    def end(keys: Iterable[tuple[GapCause, str]], note: Note) -> None:
        for key in list(keys):
            start = began.pop(key)
            spans[key[0]].append((start, max(start, clock.sample(note.at_ns))))

    for note in notes:
        whose = note.details.get("leg", leg)
        if note.kind in (MOVED, CONTINUES):
            leg = whose
            end(began, note)  # what holds for the new parties, or at the next worker, is noted next
        elif note.kind in _PARTED and channel == 1:
            end([key for key in began if key[1] not in (leg, BOTH)], note)
        elif note.kind == ROOM_GONE:
            end([key for key in began if key[1] == whose], note)
        elif note.kind in SWITCHES:
            is_of_both = note.kind == "pause"
            if (whose == leg) is not (channel == 0) and not is_of_both:
                continue
            cause, detail, silent = SWITCHES[note.kind]
            key = (cause, BOTH if is_of_both else whose)
            if note.details.get(detail) == silent:
                began.setdefault(key, clock.sample(note.at_ns))
            elif key in began:
                end([key], note)
    for (cause, _), start in began.items():
        spans[cause].append((start, clock.n_samples))
    return {cause: merge(found) for cause, found in spans.items()}


def explain(channel: int, absent: list[Span], by_order: Causes, causes: Causes) -> list[Gap]:
    """Return every absent sample of a channel once, in order, under the first cause that holds.

    An order and the packets it withholds do not begin at the same sample, so numbers that are missing across
    its edge are missing by the order.
    """
    lost = merge(causes["loss"])
    gaps: list[Gap] = []
    for cause in (*ORDERS, *BREAKS, *_UNSAID):
        own = by_order.get(cause, [])
        spans = causes[cause] if cause in causes else own + _touching(lost, own)
        taken = intersect(absent, spans)
        absent = subtract(absent, taken)
        gaps += _named(channel, taken, cause)
    gaps += _named(channel, absent, "silence")
    return sorted(gaps, key=lambda gap: gap.start)


def _touching(spans: list[Span], others: list[Span]) -> list[Span]:
    """Return those of `spans` that share a sample with one of `others`; all are sorted and apart."""
    others, out, first = merge(others), [], 0
    for start, end in spans:
        while first < len(others) and others[first][1] <= start:
            first += 1
        if first < len(others) and others[first][0] < end:
            out.append((start, end))
    return out


def _named(channel: int, spans: Iterable[Span], cause: GapCause) -> list[Gap]:
    return [Gap(channel=channel, start=start, length=end - start, cause=cause) for start, end in spans]
