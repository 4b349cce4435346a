"""Attendance: the part that a call's caller takes in a conference."""

from typing import Literal

from pbx.call.capture import Capture
from pbx.call.company import Present, meet, part
from pbx.call.conferences import Conferences, Guest
from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.call.joining import strictest
from pbx.call.leg import Leg
from pbx.consent.effects import ConsentDecision
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.services.conference import Attendee, Place, RoomSettings

PIN = "PIN"  # a wrong one, as often as it may be
APART = "media apart"  # the room's worker takes no more calls
NOT_AGREED = "not agreed"  # to a recording that has to be


class Attendance:
    """At most one room at a time. A recording goes on in it, by what those who are there have agreed to."""

    __slots__ = (
        "_call",
        "_capture",
        "_conferences",
        "_context",
        "_door",
        "_has_moved",
        "_leg",
        "_room",
        "is_shut_out",
    )

    def __init__(
        self, call: tuple[CallId, Leg], context: CallContext, capture: Capture, conferences: Conferences
    ) -> None:
        self._call, self._leg = call
        self._context, self._capture, self._conferences = context, capture, conferences
        self._door: RoomSettings | None = None  # where the caller stands
        self._room: RoomSettings | None = None  # where he sits
        self._has_moved = False
        self.is_shut_out = False  # at the door, for he has not agreed to what has to be recorded inside

    def begin(self, conference: str) -> Attendee:
        """A flow leads to a conference: the dialogue at its door and inside."""
        self._door = self._context.conferences[conference]
        return Attendee(self._door, self._context.language)

    def question(self) -> ConsentDecision | None:
        """By which rule the caller is told or asked at the door, None = he need not be."""
        door = self._door
        if door is None or self._capture.recalled(self._leg) is not None:
            return None
        name, state = f"{self._context.tenant}/{door.name}", self._capture.standing(self._leg)
        return strictest(self._conferences.questions(name, self._leg, state))

    def enter(self, now: float) -> tuple[list[CallEffect], bool]:
        """Come in; False = there is no seat, or not for who does not agree to what has to be recorded."""
        door, self._door, self._has_moved = self._door, None, False
        self.is_shut_out = door is not None and self._has_not_agreed(door)
        if door is not None and self.is_shut_out:
            return [self._fact("conference.refused", door, reason=NOT_AGREED)], False
        self._room = door
        return self._enter(now)

    def _has_not_agreed(self, door: RoomSettings) -> bool:
        name, state = f"{self._context.tenant}/{door.name}", self._capture.standing(self._leg)
        return self._conferences.shuts_out(name, self._leg, state)

    def restored(self, now: float) -> tuple[list[CallEffect], bool]:
        """The leg has another media worker: come in again; False = there is no seat any more."""
        return self._enter(now) if self._room is not None else ([], True)

    def take(self, place: Place) -> list[CallEffect]:
        """Sit otherwise."""
        return [*self._conferences.take(self._leg.id, place)]

    def end(self, outcome: Literal["next", "refused"], now: float) -> list[CallEffect]:
        """The dialogue is over: at the door already, or inside."""
        door = self._door
        if outcome == "refused" and door is not None:
            self._door = None
            return [self._fact("conference.refused", door, reason=PIN)]
        return self.leave(now)

    def leave(self, now: float) -> list[CallEffect]:
        """The caller does something else, or is gone."""
        room, self._room, self._door = self._room, None, None
        if room is None:
            return []
        self._leg.has_company = False
        return [*self._rise(now), self._fact("conference.left", room)]

    def _rise(self, now: float) -> list[CallEffect]:
        company = self._conferences.company(self._leg.id)
        left = self._conferences.leave(self._leg.id)
        mine = next((one for one in company if one.leg is self._leg), None)
        if mine is None:
            return [*left]
        return [*left, *part(mine, [one for one in company if one is not mine], now)]

    def lost(self) -> None:
        """The leg's media worker died; who hears it again keeps of it what may be kept then."""
        for one in self._conferences.company(self._leg.id):
            if one.capture is not self._capture:
                one.capture.parted(self._leg)
        self._conferences.lost(self._leg.id)

    def _enter(self, now: float) -> tuple[list[CallEffect], bool]:
        room, leg = self._room, self._leg
        assert room is not None, "there is one to enter"
        guest = Guest(present=Present(leg=leg, capture=self._capture), call=self._call)
        entry = self._conferences.enter((self._context.tenant, self._context.country), room, guest)
        if entry.beside is not None and not self._has_moved:
            self._has_moved = True
            return [*self._rise(now), *leg.move_beside(entry.beside)], True
        leg.has_company = not entry.refused
        if entry.refused:
            self._room = None
            reason = APART if entry.beside is not None else entry.refused
            return [self._fact("conference.refused", room, reason=reason)], False
        met = meet(self._conferences.company(leg.id), now)
        return [*met, *entry.effects, self._fact("conference.joined", room)], True

    def refused(self, reason: str, now: float) -> list[CallEffect]:
        """The worker has no seat, or the door stayed shut; the leg is not in the room."""
        room, self._room = self._room, None
        if room is None:
            return []
        self._leg.has_company = False
        return [*self._rise(now), self._fact("conference.refused", room, reason=reason)]

    def _fact(self, kind: str, room: RoomSettings, **details: str) -> Audit:
        all_of_it: dict[str, str | int | bool | None] = {"room": room.name, **details}
        fact = AuditFact(kind=kind, call=self._call, tenant=self._context.tenant, details=all_of_it)
        return Audit(fact=fact)
