"""What a manifest says of where its sound comes from: codecs and clocks, loss, events, consents (R-28).

Each list has a limit, and what is beyond it is counted: a reader knows that there was more.
"""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any

import rfc8785

from pbx.recording.effects import ConsentMark
from pbx.recording.gaps import MOVED
from pbx.recording.journal import Head, Note
from pbx.recording.own_channels import FIRST, SEATED, Turn, number_of
from pbx.recording.skew import Skew
from pbx.recording.timeline import SenderClock, Timeline

MAX_SEGMENTS = 256  # a call of a day that is held or transferred every six minutes
MAX_EVENTS = 4096
MAX_EVENT_OCTETS = 256 << 10  # of all events: some 3,000 of the usual 80 octets, 256 of the longest
MAX_KINDS = 32  # of events that are left out; the program writes some twenty
MAX_KIND = 64  # characters of one
MAX_TURNS = 64  # of each channel behind the first two: whoever is muted and heard again has another one
MAX_PARTY = 64  # characters of a name
MAX_CONSENTS = 128  # one per party that was told something
OTHER_KINDS = "*"
_NS_PER_MS = 1_000_000
_DIGITS = 3  # of parts per million: one is a second in 31 years
Json = dict[str, Any]


def segments(head: Head, timeline: Timeline, notes: Sequence[Note]) -> Json:
    """Return of which codec and clock each stretch is, whose it is, and by how much it was stretched."""
    clocks = timeline.clocks
    whose = [_Whose(head, notes, channel) for channel in range(timeline.n_channels + 1)]
    return {
        "segments": [_segment(one, whose[one.channel].leg(one.began_ns)) for one in clocks[:MAX_SEGMENTS]],
        "segments_omitted": max(0, len(clocks) - MAX_SEGMENTS),
    }


class _Whose:
    """Whose stream a channel is, and since when it is another's."""

    def __init__(self, head: Head, notes: Sequence[Note], channel: int) -> None:
        is_own = channel >= FIRST
        moves = [note for note in notes if (number_of(note) == channel if is_own else note.kind == MOVED)]
        self._times = [note.at_ns for note in moves]
        first = "" if is_own else head.leg
        self._legs = [first, *(note.details.get("leg", "") for note in moves)]

    def leg(self, at_ns: int) -> str:
        return self._legs[bisect(self._times, at_ns)]


def own_channels(timeline: Timeline, notes: Sequence[Note]) -> list[Json]:
    """Return of each channel behind the first two who had it and when, in samples; `leg` = the first."""
    parties = {
        note.details.get("leg", ""): note.details.get("party", "") for note in notes if note.kind == SEATED
    }
    found = []
    for channel in range(FIRST, timeline.n_channels + 1):
        own = [turn for turn in timeline.turns if turn.channel == channel]
        told = [_turn(turn, parties.get(turn.leg, "")) for turn in own[:MAX_TURNS]]
        leg = own[0].leg if own else ""
        more = max(0, len(own) - MAX_TURNS)
        found.append({"n": channel, "leg": leg, "dir": "rx", "turns": told, "turns_omitted": more})
    return found


def _turn(turn: Turn, party: str) -> Json:
    said = {"leg": turn.leg, "at": turn.start, "len": turn.end - turn.start}
    return said | ({"party": party[:MAX_PARTY]} if party else {})


def loss(timeline: Timeline) -> list[Json]:
    """Return what was lost on the way of each channel, of gaps that are not listed too."""
    found = []
    for channel in range(1, timeline.n_channels + 1):
        lengths = [gap.length for gap in timeline.gaps if (gap.channel, gap.cause) == (channel, "loss")]
        found.append({"ch": channel, "gaps": len(lengths), "samples": sum(lengths)})
    return found


def events(notes: Sequence[Note], origin_ns: int) -> Json:
    """Return the first events, as many as there is room for, and of which kinds the others are."""
    told = [_event(note, origin_ns) for note in notes[:MAX_EVENTS]]
    sizes = accumulate(len(rfc8785.dumps(event)) + 1 for event in told)
    n_told = sum(1 for _ in takewhile(lambda size: size <= MAX_EVENT_OCTETS, sizes))
    left_out: dict[str, Json] = {}
    for note in notes[n_told:]:
        kind = note.kind[:MAX_KIND]
        kind = kind if kind in left_out or len(left_out) < MAX_KINDS - 1 else OTHER_KINDS
        at_ms = _at_ms(note, origin_ns)
        one = left_out.setdefault(kind, {"kind": kind, "n": 0, "from_ms": at_ms})
        one |= {"n": one["n"] + 1, "to_ms": at_ms}
    return {
        "events": told[:n_told],
        "events_omitted": len(notes) - n_told,
        "events_left_out": list(left_out.values()),
    }


def agreement(head: Head, consents: Sequence[ConsentMark]) -> Json:
    """Return by which rules and texts it was recorded, and what stood on record when it was sealed."""
    return {
        "policy": head.policy or None,
        "consents": [{"id": one.consent, "sha256": one.sha256} for one in consents[:MAX_CONSENTS]],
        "consents_omitted": max(0, len(consents) - MAX_CONSENTS),
    }


def _segment(clock: SenderClock, leg: str) -> Json:
    return {
        "ch": clock.channel,
        "leg": leg,
        "at": clock.start,
        "codecs": list(clock.codecs),
        "clock_rate": clock.clock_rate,
        "skew": _skew(clock.skew),
        "corrected_ppm": round(clock.corrected_ppm, _DIGITS),
    }


def _skew(skew: Skew | None) -> Json | None:
    if skew is None:
        return None
    return {"ppm": round(skew.ppm, _DIGITS), "uncertainty_ppm": round(skew.uncertainty_ppm, _DIGITS)}


def _event(note: Note, origin_ns: int) -> Json:
    return {"at_ms": _at_ms(note, origin_ns), "kind": note.kind, "details": note.details}


def _at_ms(note: Note, origin_ns: int) -> int:
    return (note.at_ns - origin_ns) // _NS_PER_MS
