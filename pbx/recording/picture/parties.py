"""Who is heard on which channel, and when: read from the events of a manifest.

Channel 1 is what the recorded leg says, channel 2 what it is sent: by its peer, by us without one. Each
further channel is another party's, as its turns in the manifest say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pbx.recording.gaps import MOVED
from pbx.recording.seats import NAMING
from pbx.recording.timeline import RATE

US = "PBX"  # prompts, tones and music
FRAME_MS = 20  # of a packet
_LEG_SHOWN = 6  # characters of a leg that nobody has named


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One of a manifest's events; `at_ms` counts from the beginning."""

    at_ms: int
    kind: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """One party of a channel, from `start_ms` to the channel's next turn."""

    channel: int
    start_ms: int
    party: str


class _Seats:
    """The legs of the two channels, "" where nobody sits, and what the notes call them."""

    def __init__(self, leg: str) -> None:
        self.legs = [leg, ""]
        self._names: dict[str, str] = {"": US}
        self._expected = ""  # who has joined before his leg was bridged

    def take(self, event: Event) -> None:
        details = event.details
        own, other = self.legs
        if event.kind == MOVED:
            leg = details.get("leg", "")
            self.legs = [leg, own if leg == other else ""]
        elif event.kind == "bridge":
            pair = (details.get("leg", ""), details.get("peer", ""))
            self._connect(pair[0] if pair[1] == own else pair[1])
        elif event.kind in NAMING and details.get("leg", "") not in ("", own, other):
            self._connect(details["leg"])
        elif event.kind == "unbridge":
            self.legs[1] = ""
        elif event.kind == "party.joined" and not other:
            self._expected = details.get("party", "")
        elif event.kind == "party.joined":
            self._name(other, details.get("party", ""))
        elif event.kind.startswith("consent."):
            self._name(own, details.get("party", ""))

    def party(self, leg: str) -> str:
        return self._names.get(leg, _unnamed(leg))

    def _connect(self, leg: str) -> None:
        self.legs[1] = leg
        self._name(leg, self._expected)
        self._expected = ""

    def _name(self, leg: str, party: str) -> None:
        if party:
            self._names.setdefault(leg, party)


def turns(leg: str, events: Iterable[Event]) -> list[Turn]:
    """Return the turns of channel 1, then of 2, each sorted by time; `leg` is recorded at the beginning.

    Whoever is named late had that name all the time.
    """
    seats = _Seats(leg)
    changes = [(channel, 0, seats.legs[channel - 1]) for channel in (1, 2)]
    for event in events:
        before = list(seats.legs)
        seats.take(event)
        sat = zip((1, 2), before, seats.legs, strict=True)
        changes += [(channel, event.at_ms, now) for channel, was, now in sat if was != now]
    taken = [Turn(channel, max(0, at_ms), seats.party(leg)) for channel, at_ms, leg in changes]
    return [turn for channel in (1, 2) for turn in _heard([one for one in taken if one.channel == channel])]


def own_turns(channels: Iterable[Mapping[str, Any]], n_samples: int) -> list[Turn]:
    """Return the turns of the channels behind the first two; "" = nobody is there."""
    found = []
    for channel in channels:
        end = 0
        for turn in channel["turns"]:
            if end < turn["at"]:
                found.append(Turn(channel["n"], _ms(end), ""))
            found.append(Turn(channel["n"], _ms(turn["at"]), turn.get("party") or _unnamed(turn["leg"])))
            end = turn["at"] + turn["len"]
        if end < n_samples:
            found.append(Turn(channel["n"], _ms(end), ""))
    return found


def _ms(sample: int) -> int:
    return sample * 1000 // RATE


def _unnamed(leg: str) -> str:
    return f"leg {leg[:_LEG_SHOWN]}"


def _heard(taken: list[Turn]) -> list[Turn]:
    """Without turns too short for a word: at the beginning all that is noted takes a moment."""
    heard = taken[:1]
    for turn in taken[1:]:
        if turn.start_ms - heard[-1].start_ms < FRAME_MS:
            heard[-1] = replace(heard[-1], party=turn.party)
        else:
            heard.append(turn)
    return heard
