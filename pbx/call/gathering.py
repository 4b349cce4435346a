"""Gathering: those who are together in a room, and one recording that begins there or goes on.

Each is resolved as everywhere else: told or asked as the strictest rule of all demands, and not kept before.
Who refuses, or does not answer, is left out of the recording; it goes on with the others, by the rule of the
others, unless the tenant wants it over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pbx.call.agreements import ANNOUNCE_INSIDE, ASKING, REFUSED
from pbx.call.capture import NOBODY, Capture
from pbx.call.effects import CallEffect
from pbx.call.joining import Meeting
from pbx.call.leg import Leg
from pbx.call.telling import Telling
from pbx.consent.effects import ConsentState, Mode
from pbx.core.ids import LegId

LEAST = 2  # who is alone has nobody to talk with
_MOST_TURNS = 4  # a rule that tells nothing settles at once, and another may follow from it
_Seen = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One in the room; `capture` and `telling` are those of his own call, where he is told and answers."""

    leg: Leg
    capture: Capture
    telling: Telling


class Gathering:
    """Compares what it sees with what it saw last; nothing new, nothing done."""

    __slots__ = ("_asked", "_in_vain", "_seen", "capture")

    def __init__(self, capture: Capture) -> None:
        """`capture` is the room's, or that of one of the calls that meet."""
        self.capture = capture
        self._asked: set[tuple[LegId, Mode]] = set()  # who was told or asked by which rule: once is enough
        self._in_vain: frozenset[LegId] = frozenset()  # who was there when a recording could not begin
        self._seen: _Seen = ()

    def again(self) -> None:
        """Somebody has asked for the recording: try once more what has failed."""
        self._in_vain, self._seen = frozenset(), ()

    def follow(self, members: Sequence[Member], now: float) -> list[CallEffect]:
        """These are in the room now; gates that have to shut come with everything else, in any order."""
        done: list[CallEffect] = []
        for _ in range(_MOST_TURNS):
            seen = self._look(members)
            if seen == self._seen:
                break
            self._seen = seen
            done += self._turn(members, now)
        return done

    def turned_down(self, members: Sequence[Member]) -> list[LegId]:
        """Those who do not agree to what has to be recorded here."""
        if not self.capture.has_to_keep:
            return []
        told = [one for one in members if not one.telling.asks(one.leg.id)]
        return [one.leg.id for one in told if self._is_out(one, one.capture.standing(one.leg))]

    def waits(self, members: Sequence[Member]) -> bool:
        """Whether somebody is being told or asked."""
        return any(one.telling.asks(one.leg.id) for one in members)

    def _look(self, members: Sequence[Member]) -> _Seen:
        capture = self.capture
        return (*map(standing, members), capture.recording, capture.is_running, capture.ruling.is_ordered)

    def _turn(self, members: Sequence[Member], now: float) -> list[CallEffect]:
        capture = self.capture
        legs = tuple(one.leg for one in members)
        told: dict[LegId, ConsentState] = {one.leg.id: one.capture.standing(one.leg) for one in members}
        out = [one.leg for one in members if self._is_out(one, told[one.leg.id])]
        done = capture.without(out)
        done += capture.among(legs, told, now)
        decided, meeting = capture.meeting(legs, told)
        done += decided
        if out and capture.is_over_by_a_no:
            return [*done, *self._quiet(members, now)]
        if capture.is_message or not (capture.is_running or capture.ruling.is_due):
            return [*done, *self._quiet(members, now)]
        untold = self._untold(members, meeting)
        is_waited_for = bool(untold) or self.waits(members)
        if not capture.is_running:
            if len(members) < LEAST or not self._may_begin(meeting, is_waited_for):
                return [*done, *self._unheard(members, meeting, untold, now)]
            done += self._begin(members, meeting, untold, now)
            if not capture.is_running:
                return [*done, *self._quiet(members, now)]
        elif not meeting.kept and not is_waited_for:
            return [*done, *capture.stop_before(NOBODY)]
        return [*done, *self._tell(untold, meeting, now)]

    def _is_out(self, one: Member, state: ConsentState) -> bool:
        """Whether somebody from outside has said no, or nothing, or may not be kept at all."""
        if _is_staff(one.leg):
            return False
        is_asked = any(leg == one.leg.id for leg, _ in self._asked) and not one.telling.asks(one.leg.id)
        return state in REFUSED or (is_asked and state == "unknown") or self.capture.bars(one.leg)

    def _untold(self, members: Sequence[Member], meeting: Meeting) -> list[Member]:
        """Who is to be told or asked now; nobody is under a rule that permits nothing.

        Of what runs already those are told first whom nobody has told anything: what others have agreed to
        is enough until one of these has agreed, too.
        """
        mode = meeting.decision.mode
        if mode == "never":
            return []
        short = [one for one in members if one.leg in meeting.untold and not one.telling.is_paired]
        if self.capture.is_running:
            new = [one for one in short if one.capture.standing(one.leg) == "unknown"]
            short = [
                one for one in new if (one.leg.id, mode) not in self._asked or self.waits([one])
            ] or short
        return [
            one for one in short if (one.leg.id, mode) not in self._asked and not one.telling.asks(one.leg.id)
        ]

    def _may_begin(self, meeting: Meeting, is_waited_for: bool) -> bool:
        """Somebody may be kept, or is told where our announcement is in it; without a key it fails now."""
        is_inside = meeting.decision.mode in ANNOUNCE_INSIDE or not self.capture.has_key
        return bool(meeting.kept) or (is_inside and is_waited_for)

    def _unheard(
        self, members: Sequence[Member], meeting: Meeting, untold: list[Member], now: float
    ) -> list[CallEffect]:
        """It does not begin yet: where the rule asks, nothing is kept before the first yes."""
        capture = self.capture
        if len(members) < LEAST:
            return []
        if meeting.decision.mode in ASKING and untold:
            return self._tell(untold, meeting, now)
        if not self.waits(members):
            capture.reason = capture.reason or NOBODY
        return []

    def _begin(
        self, members: Sequence[Member], meeting: Meeting, untold: list[Member], now: float
    ) -> list[CallEffect]:
        """At the seat of who is told first: the announcement is in it then; else of the first to be kept."""
        capture, legs = self.capture, tuple(one.leg for one in members)
        if capture.state == "failed" and {leg.id for leg in legs} <= self._in_vain:
            return []
        self._in_vain = frozenset(leg.id for leg in legs)
        mine = [one.leg for one in members if one.capture is capture] or list(legs)
        first = [one.leg for one in untold if one.leg in mine] + [leg for leg in meeting.kept if leg in mine]
        is_told_here = {one.leg.id for one in members if one.capture is capture and not _is_staff(one.leg)}
        guests = [leg for leg in legs if leg.id not in is_told_here]
        return capture.begin_among((*first, *mine)[0], legs, guests, now)

    def _tell(self, untold: Sequence[Member], meeting: Meeting, now: float) -> list[CallEffect]:
        done: list[CallEffect] = []
        for one in untold:
            self._asked.add((one.leg.id, meeting.decision.mode))
            done += one.telling.tell(one.leg, meeting.decision, now)
        return done

    def _quiet(self, members: Sequence[Member], now: float) -> list[CallEffect]:
        """Nothing is recorded here, so nobody has to be told that it is, but for another's recording."""
        asked = {leg for leg, _ in self._asked}
        ours = [one for one in members if one.leg.id in asked]
        return [done for one in ours for done in one.telling.leave(one.leg.id, now)]

    def over(self, members: Sequence[Member], now: float) -> list[CallEffect]:
        """Whose recording it is has left these."""
        return self._quiet(members, now)


def standing(one: Member) -> tuple[object, ...]:
    """What of one counts in a gathering."""
    return one.leg.id, one.leg.is_help, one.capture.standing(one.leg), one.telling.is_busy


def _is_staff(leg: Leg) -> bool:
    return leg.party.startswith("extension/")
