"""Whose voice lies on which channel of a master, leg by leg: read from the events of its manifest.

Channel 1 is what the recorded leg says, channel 2 what it is sent, each further one what one other party
says, as its turns in the manifest have it. A leg is named only where the notes of the media worker prove that
nobody else can be heard there; ours is "" (prompts, tones, music) and is not listed.
Units: samples at 8 kHz.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pbx.recording.gaps import CONTINUES, MOVED, ROOM_JOINED, ROOM_LEFT
from pbx.recording.own_channels import SEATED
from pbx.recording.spans import Span, merge, subtract
from pbx.recording.timeline import MAX_SAMPLES, RATE

ANYBODY = "?"  # the leg of a stretch in which several are heard, or nobody knows who is
GUARD = RATE  # one second: a jittered packet lies so much earlier than the note of its connection, at most
_DROPPED = "ring.dropped"  # notes may be among what was lost
NAMING = ("gate", "secure")  # noted of the recorded leg and of its peer only
_WATCHERS: Mapping[str, int] = {"watcher.joined": 1, "watcher.left": -1}
Kept = tuple[list[Span], ...]  # of each channel


@dataclass(frozen=True, slots=True)
class Seat:
    """One leg on one channel, from sample `start` until before `end`."""

    channel: int
    leg: str
    start: int
    end: int


class _Pair:
    """The leg that is recorded and its peer, "" = none, after each event."""

    def __init__(self, leg: str) -> None:
        self._own, self._peer = leg, ""
        self._n_watchers = 0
        self._is_in_room = False

    @property
    def legs(self) -> tuple[str, str]:
        """Of channel 1 and 2; who watches, or sits in the same room, may speak on what the leg is sent."""
        return self._own, ANYBODY if self._n_watchers or self._is_in_room else self._peer

    def take(self, kind: str, details: Mapping[str, str]) -> None:
        leg, peer = details.get("leg", ""), details.get("peer", "")
        if kind == MOVED:
            self._own, self._peer, self._is_in_room = leg or ANYBODY, "", False
        elif kind == CONTINUES:
            self._peer, self._is_in_room = "", False  # its media worker says anew who is there
        elif kind in (ROOM_JOINED, ROOM_LEFT):
            self._peer, self._is_in_room = "", kind == ROOM_JOINED
        elif kind == "bridge":
            self._peer = leg if peer == self._own else peer
        elif kind == "unbridge":
            self._peer = ""
        elif kind in NAMING and leg not in ("", self._own):
            self._peer = leg
        else:
            self._n_watchers = max(0, self._n_watchers + _WATCHERS.get(kind, 0))


def seats(fields: Mapping[str, Any]) -> list[Seat]:
    """Return who sits where in a parsed manifest, sorted by time.

    Where events are missing it is ANYBODY: behind the last of a list that was too long for the manifest,
    everywhere when the journal has lost some.
    """
    n_samples, events = int(fields["samples"]), list(fields["events"])
    if any(event["kind"] == _DROPPED for event in events):
        return [Seat(int(channel["n"]), ANYBODY, 0, n_samples) for channel in fields["channels"]]
    pair = _Pair(str(fields["channels"][0]["leg"]))
    changes: list[tuple[int, tuple[str, str]]] = [(0, pair.legs)]
    for event in events:
        pair.take(event["kind"], event["details"])
        changes.append((_sample(event["at_ms"], n_samples), pair.legs))
    if fields["events_omitted"]:
        changes.append((changes[-1][0], (ANYBODY, ANYBODY)))
    found = [*_seats(changes, n_samples), *chain.from_iterable(map(_own, fields["channels"][2:]))]
    return sorted(found, key=lambda seat: (seat.start, seat.channel))


def mentioned(fields: Mapping[str, Any]) -> frozenset[str]:
    """Return the legs of other calls that a parsed manifest names: of an own channel, or of a seat."""
    turns = chain.from_iterable(channel["turns"] for channel in fields["channels"][2:])
    seated = (event["details"].get("leg", "") for event in fields["events"] if event["kind"] == SEATED)
    return frozenset(str(leg) for leg in chain((turn["leg"] for turn in turns), seated) if leg)


def _own(channel: Mapping[str, Any]) -> list[Seat]:
    """Who had a channel of his own; who came behind the turns that are listed, nobody knows."""
    number, turns = int(channel["n"]), channel["turns"]
    found = [Seat(number, str(turn["leg"]), turn["at"], turn["at"] + turn["len"]) for turn in turns]
    if channel["turns_omitted"]:
        found.append(Seat(number, ANYBODY, found[-1].end, MAX_SAMPLES))
    return [seat for seat in found if seat.start < seat.end]


def kept(seated: Sequence[Seat], legs: Collection[str], n_channels: int = 2) -> Kept:
    """Return the samples in which one of `legs` is heard, and nobody else nearer than GUARD."""
    channels = []
    for channel in range(1, n_channels + 1):
        here = [seat for seat in seated if seat.channel == channel]
        mine = [(seat.start, seat.end) for seat in here if seat.leg in legs]
        others = [(seat.start - GUARD, seat.end + GUARD) for seat in here if seat.leg not in legs]
        channels.append(subtract(mine, others))
    return tuple(channels)


def occupied(seated: Sequence[Seat], legs: Collection[str], n_channels: int = 2) -> Kept:
    """Return the samples in which one of `legs` has the channel, whoever is near."""
    return tuple(
        merge((seat.start, seat.end) for seat in seated if seat.channel == channel and seat.leg in legs)
        for channel in range(1, n_channels + 1)
    )


def _seats(changes: list[tuple[int, tuple[str, str]]], n_samples: int) -> list[Seat]:
    found: list[Seat] = []
    for channel in (1, 2):
        start, leg = 0, ""
        for at, legs in (*changes, (n_samples, ("", ""))):
            now = legs[channel - 1]
            if now == leg:
                continue
            if leg and start < at:
                found.append(Seat(channel, leg, start, at))
            start, leg = at, now
    return found


def _sample(at_ms: int, n_samples: int) -> int:
    return min(max(0, at_ms * RATE // 1000), n_samples)
