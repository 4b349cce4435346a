"""Own channels: 3 and up, each with what one further party of a room says, as it was received.

Once several may be heard in what the recorded party is sent, the media worker gives each of them one, and
takes it away when the party is not heard there any more. Its notes say so; a channel may be another's later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pbx.core.audio import MAX_CHANNELS
from pbx.recording.gaps import CONTINUES, ORDERS, ROOM_GONE, SWITCHES, Causes, GapCause, MasterClock
from pbx.recording.journal import Note
from pbx.recording.spans import merge

TAKEN, LEFT = "channel.taken", "channel.left"  # the media worker's notes, with `channel` and `leg`
SEATED = "party.seated"  # signalling's note: what the `party` of a `leg` is called
FIRST = 3  # the number of the first of them
_NUMBERS = {str(number): number for number in range(FIRST, MAX_CHANNELS + 1)}
_PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Turn:
    """One party's time in a channel, from sample `start` until before `end`."""

    channel: int
    leg: str
    start: int
    end: int


def number_of(note: Note) -> int | None:
    """Return which channel a note gives away or takes back; None for other notes, and for no such channel."""
    return _NUMBERS.get(note.details.get("channel", "")) if note.kind in (TAKEN, LEFT) else None


def turns(notes: Iterable[Note], clock: MasterClock) -> list[Turn]:
    """Return who had a channel and when, in the order in which they came; who is there stays to the end."""
    found: list[Turn] = []
    sits: dict[int, tuple[str, int]] = {}

    def rise(channel: int, at: int) -> None:
        if channel in sits:
            leg, start = sits.pop(channel)
            found.append(Turn(channel, leg, start, at))

    for note in notes:
        channel = number_of(note)
        if channel is None:
            continue
        at = clock.sample(note.at_ns)
        rise(channel, at)
        if note.kind == TAKEN:
            sits[channel] = (note.details.get("leg", ""), at)
    for channel in list(sits):
        rise(channel, clock.n_samples)
    return sorted(found, key=lambda turn: (turn.start, turn.channel))


def ordered(notes: Sequence[Note], channel: int, clock: MasterClock) -> Causes:
    """Stretches in which nobody had the channel, or whoever had it was off by order, by cause."""
    voice = _Voice(channel, clock)
    for note in notes:
        voice.take(note)
    return voice.causes()


class _Voice:
    """Of one channel: who has it, and since when it is silent for which cause."""

    def __init__(self, channel: int, clock: MasterClock) -> None:
        self._channel, self._clock = channel, clock
        self._leg = ""
        self._off: set[tuple[GapCause, str]] = set()  # what holds for whom: all are noted, here or not
        self._began: dict[GapCause, int] = {"absent": 0}
        self._spans: Causes = {cause: [] for cause in ORDERS}

    def take(self, note: Note) -> None:
        at, whose = self._clock.sample(note.at_ns), note.details.get("leg", "")
        if number_of(note) == self._channel:
            self._sit(whose if note.kind == TAKEN else "", at)
        elif note.kind == CONTINUES:
            self._renew(at)
        elif note.kind == ROOM_GONE:
            self._off = {one for one in self._off if one[1] != whose}
        elif note.kind in SWITCHES:
            cause, detail, silent = SWITCHES[note.kind]
            self._switch((cause, whose), note.details.get(detail) == silent, at)

    def causes(self) -> Causes:
        """Return what was found; what still holds lasts to the end."""
        for cause in list(self._began):
            self._end(cause, self._clock.n_samples)
        return {cause: merge(found) for cause, found in self._spans.items()}

    def _sit(self, leg: str, at: int) -> None:
        for cause in [cause for cause in self._began if cause != _PAUSE]:
            self._end(cause, at)
        self._leg = leg
        holds: list[GapCause] = [cause for cause, whose in self._off if whose == leg] if leg else ["absent"]
        self._began |= dict.fromkeys(holds, at)

    def _renew(self, at: int) -> None:
        """Another worker goes on, and says anew what holds."""
        self._off.clear()
        for cause in [cause for cause in self._began if cause != "absent"]:
            self._end(cause, at)

    def _switch(self, key: tuple[GapCause, str], is_off: bool, at: int) -> None:
        cause, whose = key
        if cause != _PAUSE:
            (self._off.add if is_off else self._off.discard)(key)
            if whose != self._leg:
                return
        if is_off:
            self._began.setdefault(cause, at)
        else:
            self._end(cause, at)

    def _end(self, cause: GapCause, at: int) -> None:
        if cause in self._began:
            start = self._began.pop(cause)
            self._spans[cause].append((start, max(start, at)))
