"""Supervision: calls whose caller watches two who talk in another call; who may, when, and until when."""

from dataclasses import dataclass, field
from typing import Literal

from pbx.call.call import Call
from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent
from pbx.call.key_relay import counts
from pbx.call.leg import Leg
from pbx.call.talkers import Talkers, are_wide, is_away, talking
from pbx.call.watches import WatchedPair, Watches
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.dialplan.routes import ToWatch
from pbx.media.events import DigitReceived, RoomRefused
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, DeviceOrigin, InfoDigit, LegConfirmed

OVER = "watch_over"  # cause of a watcher's call that the PBX ends
ENDED = (200, "Nothing to watch any more")  # RFC 3326: what his telephone is told with the BYE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there is no watch: the SIP status, its text, and what the audit log says."""

    status: int
    text: str
    reason: str


NOT_ALLOWED = Refusal(status=403, text="Not a supervisor of this extension", reason="not allowed")
PRIVATE = Refusal(status=403, text="Not a supervisor of this extension", reason="private line")
NOBODY_TALKS = Refusal(status=480, text="Nobody talks there", reason="nobody talks")
FULL = Refusal(status=486, text="Watched by too many", reason="full")
APART = Refusal(status=503, text="Media are elsewhere", reason="media apart")


@dataclass(slots=True)
class _Seat:
    """Where a watcher sits; his call, and the call he watches."""

    watcher: Leg
    call: CallId
    watched: CallId
    details: dict[str, str] = field(default_factory=dict)


class Supervision:
    """The watchers of all tenants. Every watch is a fact that begins and ends, every refusal one as well."""

    __slots__ = ("_asked", "_calls", "_over", "_seats", "_watches")

    def __init__(self, calls: dict[CallId, Call]) -> None:
        """`calls` are the live ones, the oldest first; somebody else keeps them."""
        self._calls = calls
        self._watches = Watches()
        self._seats: dict[LegId, _Seat] = {}
        self._asked: dict[CallId, ToWatch] = {}  # watchers who hear of the recording before they sit down
        self._over: list[tuple[CallId, tuple[int, str]]] = []

    def find(self, event: CallOffered, route: ToWatch, context: CallContext) -> CallId | list[CallEffect]:
        """Return the call that a new one is to watch, or how it is refused."""
        assert isinstance(event.origin, DeviceOrigin), "no trunk dials a code"
        extension = event.origin.extension
        watched = context.supervisors.get(extension, ())
        if route.extension not in watched and not self._hears_help(context, extension, route):
            return _refused(event, route, NOT_ALLOWED)
        if route.extension in context.recording.private:
            return _refused(event, route, PRIVATE)
        call = self._talk_of(context.tenant, route.extension, f"extension/{extension}")
        return call.id if call is not None else _refused(event, route, NOBODY_TALKS)

    def _hears_help(self, context: CallContext, extension: str, route: ToWatch) -> bool:
        """Whether somebody of the desk wants to listen to a call for help, which he may."""
        if context.help_desk is None or not context.help_desk.lets(extension):
            return False
        call = self._talk_of(context.tenant, route.extension, f"extension/{extension}")
        two = _talking(call) if call is not None else None
        return two is not None and any(leg.is_help for leg in two)

    def heard(self, call: Call, event: CallEvent, now: float) -> list[CallEffect]:
        """An event of a call: its caller may sit down, press a key, or have got no seat."""
        match event:
            case LegConfirmed() if event.leg == call.caller.id and event.leg not in self._seats:
                route = call.parts.start.routing.route
                return self._sit(call, route, now) if isinstance(route, ToWatch) else []
            case DigitReceived() | InfoDigit() if event.leg in self._seats:
                return self._press(event)
            case RoomRefused():
                return self._unseated(event)
            case _:
                return []

    def follow(self, call: Call, now: float) -> list[CallEffect]:
        """A call has changed: end the watches that are not to go on, before whatever else it orders.

        A watcher who has heard of the recording sits down, unless he has said no or nothing.
        """
        if call.id in self._asked and not call.parts.features.telling.asks(call.caller.id):
            route = self._asked.pop(call.id)
            if not call.parts.ending.is_closing:
                return self._sit(call, route, now, is_told=True)
        mine = self._seats.get(call.caller.id)
        if mine is not None and (call.parts.ending.is_closing or is_away(mine.watcher)):
            return self._end(mine, "left")
        watchers = [seat for seat in self._seats.values() if seat.watched == call.id]
        if not watchers:
            return []
        two = _talking(call)
        talking = frozenset(leg.id for leg in two) if two is not None else frozenset[LegId]()
        orders, over = self._watches.follow(call.id, talking)
        done: list[CallEffect] = [*orders]
        for seat in watchers:
            if seat.watcher.id in over or two is None:
                done += self._end(seat, "others talk")
            elif objection := call.parts.capture.objection(seat.watcher, two):
                done += self._end(seat, objection)
        return done

    def take_over(self) -> list[tuple[CallId, tuple[int, str]]]:
        """Return, once, the calls of watchers whose watch is over, and what they hear of it."""
        over, self._over = self._over, []
        return over

    def _sit(self, call: Call, route: ToWatch, now: float, *, is_told: bool = False) -> list[CallEffect]:
        """He is on the line: much may have changed since he dialled, or since he was told."""
        watcher = call.caller
        watched = self._talk_of(call.tenant, route.extension, watcher.party)
        found = _pair(watched, route.extension, watcher.party) if watched is not None else None
        if watched is None or found is None:
            return self._refuse(call, route, NOBODY_TALKS)
        capture = watched.parts.capture
        capture.heard_elsewhere(watcher, call.parts.capture.standing(watcher))
        rule = capture.notice(watcher, capture.standing(watcher), found)
        if rule is not None and not is_told:
            self._asked[call.id] = route
            return call.parts.features.telling.tell(watcher, rule, now)
        if objection := capture.objection(watcher, found):
            return self._refuse(call, route, Refusal(status=403, text="Not agreed", reason=objection))
        if any(leg.worker != watcher.worker for leg in found):
            return self._refuse(call, route, APART)
        orders = self._watches.begin(watcher.id, _room_of(watched.id, found), "listen")
        if orders is None:
            return self._refuse(call, route, FULL)
        details = {"by": watcher.party, "whom": found[0].party, "watch": call.id}
        self._seats[watcher.id] = seat = _Seat(watcher, call.id, watched.id, details)
        direct, watched_by = watched.parts.direct.forbid(), capture.watched(watcher, found, now)
        return [*direct, *watched_by, *orders, self._fact(seat, "began", mode="listen")]

    def _press(self, event: DigitReceived | InfoDigit) -> list[CallEffect]:
        seat = self._seats[event.leg]
        if not counts(event, seat.watcher):
            return []
        orders, mode = self._watches.press(event.leg, event.digit.reveal())
        return [*orders, self._fact(seat, "mode", mode=mode)] if mode is not None else []

    def _unseated(self, event: RoomRefused) -> list[CallEffect]:
        """A media worker has no seat for a watcher, or for one of those whom he watches."""
        seats = [seat for seat in self._seats.values() if event.room == f"watch:{seat.watched}"]
        if event.leg in self._seats:
            seats = [self._seats[event.leg]]
        return [effect for seat in seats for effect in self._end(seat, event.reason)]

    def _end(self, seat: _Seat, reason: str) -> list[CallEffect]:
        del self._seats[seat.watcher.id]
        self._over.append((seat.call, ENDED))
        watched = self._calls.get(seat.watched)
        noted = watched.parts.capture.unwatched(seat.watcher) if watched is not None else []
        return [*self._watches.end(seat.watcher.id), *noted, self._fact(seat, "ended", reason=reason)]

    def _refuse(self, call: Call, route: ToWatch, refusal: Refusal) -> list[CallEffect]:
        """Answered already, he hears why in the BYE."""
        self._over.append((call.id, (refusal.status, refusal.text)))
        return [_refusal_fact(call.tenant, call.caller.party, route, refusal)]

    def _fact(self, seat: _Seat, what: Literal["began", "mode", "ended"], **details: str) -> Audit:
        tenant = self._calls[seat.call].tenant if seat.call in self._calls else ""
        every: dict[str, str | int | bool | None] = {**seat.details, **details}
        return Audit(fact=AuditFact(kind=f"watch.{what}", call=seat.watched, tenant=tenant, details=every))

    def _talk_of(self, tenant: str, extension: str, watcher: str) -> Call | None:
        """The last call in which this extension talks, and not with the watcher."""
        calls = (call for call in reversed(self._calls.values()) if call.tenant == tenant)
        return next((call for call in calls if _pair(call, extension, watcher) is not None), None)


def _talking(call: Call) -> Talkers | None:
    """Whom a watcher may hear: no third party is with them."""
    two = talking(call)
    return None if two is None or any(leg.has_company for leg in two) else two


def _pair(call: Call, extension: str, watcher: str) -> Talkers | None:
    """Who may be listened to: two of whom neither holds the other, and neither listens himself."""
    two = _talking(call)
    if two is None or any(leg.audio is None or leg.audio.direction != "sendrecv" for leg in two):
        return None
    parties = [leg.party for leg in two]
    if f"extension/{extension}" not in parties or watcher in parties or _is_private(call, parties):
        return None
    return two if parties[0] == f"extension/{extension}" else (two[1], two[0])


def _is_private(call: Call, parties: list[str]) -> bool:
    """Whether one of these has a private line: nobody hears who talks with it, either."""
    return any(f"extension/{one}" in parties for one in call.parts.start.context.recording.private)


def _room_of(call: CallId, two: Talkers) -> WatchedPair:
    watched, other = two
    is_wide = are_wide(*two)
    return WatchedPair(call=call, watched=watched.id, other=other.id, sample_rate=16000 if is_wide else 8000)


def _refused(event: CallOffered, route: ToWatch, refusal: Refusal) -> list[CallEffect]:
    assert isinstance(event.origin, DeviceOrigin), "no trunk dials a code"
    party = f"extension/{event.origin.extension}"
    reject = Reject(leg=event.leg, status=refusal.status, reason=refusal.text)
    return [_refusal_fact(event.origin.tenant, party, route, refusal), reject]


def _refusal_fact(tenant: str, by: str, route: ToWatch, refusal: Refusal) -> Audit:
    details: dict[str, str | int | bool | None] = {
        "by": by,
        "whom": f"extension/{route.extension}",
        "reason": refusal.reason,
    }
    return Audit(fact=AuditFact(kind="watch.refused", tenant=tenant, details=details))
