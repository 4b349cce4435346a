"""Recording clients: calls and conferences that are forked to recorders of others (RFC 7866), beside those.

Neither knows of it: what it looks like after each step is compared with what its recorder was told. A call of
two that becomes one of three, and back, goes on in its session.
"""

from collections.abc import Callable, Container, Iterable, Mapping

from pbx.call.call import Call
from pbx.call.context import Wall
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent, LegLost
from pbx.call.forked import View, picture_of, picture_of_room
from pbx.call.leg import Leg
from pbx.call.recorded_room import RecordedRoom
from pbx.core.audit import AuditFact
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import CallId, Ids, LegId
from pbx.media.events import LegOpened
from pbx.siprec.effects import SiprecEffect, Told
from pbx.siprec.events import Picture, SiprecEvent
from pbx.siprec.health import RecorderHealth, RecorderState
from pbx.siprec.session import RecordingSession

_Forked = Call | RecordedRoom


class RecordingClients:
    """One session for each recorded call or conference of a tenant that has recorders.

    `company(call)` are the three who hear each other around a call, `owner(leg)` is the call of a leg.
    """

    __slots__ = (
        "_changed",
        "_company",
        "_deadlines",
        "_health",
        "_ids",
        "_legs",
        "_owner",
        "_owners",
        "_sessions",
        "_shown",
        "_unrecorded",
        "_wall",
    )

    def __init__(
        self,
        by: tuple[Ids, Wall],
        owner: Callable[[LegId], CallId | None],
        company: Callable[[CallId], tuple[Leg, ...]],
    ) -> None:
        self._ids, self._wall = by
        self._owner, self._company = owner, company
        self._sessions: dict[CallId, tuple[RecordingSession, str]] = {}  # with the tenant
        self._owners: dict[LegId, CallId] = {}
        self._legs: dict[CallId, frozenset[LegId]] = {}
        self._changed: dict[CallId, _Forked | None] = {}
        self._shown: dict[CallId, frozenset[LegId]] = {}  # by session, who is of another call than that
        self._unrecorded: list[CallId] = []
        self._health = RecorderHealth()
        self._deadlines: DeadlineHeap[CallId] = DeadlineHeap()

    @property
    def deadline(self) -> float | None:
        return self._deadlines.deadline

    @property
    def states(self) -> Mapping[str, RecorderState]:
        """How each recorder is that a call has tried, by `tenant/server`."""
        up = (f"{tenant}/{session.server}" for session, tenant in self._sessions.values() if session.is_up)
        return self._health.view(up)

    def owns(self, event: CallEvent) -> bool:
        """Whether an event is of a leg towards a recorder."""
        return getattr(event, "leg", None) in self._owners

    def hear(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Take an event that `owns` said yes to."""
        call = self._owners[getattr(event, "leg", LegId(""))]
        session, _ = self._sessions[call]
        if isinstance(event, LegLost):
            return self._done(call, session.lost(event.leg), now)
        return self._done(call, session.handle(event, now), now) if isinstance(event, SiprecEvent) else []

    def changed(self, call: Call) -> None:
        """Something happened in a call."""
        if call.parts.context.recorders is not None:
            self._changed[call.id] = call

    def gathered(self, calls: Iterable[Call], rooms: Iterable[RecordedRoom]) -> None:
        """Something happened among three, or in conferences; of one that is over it is told a last time."""
        for call in calls:
            self.changed(call)
        self._changed |= {room.call: room for room in rooms if room.context.recorders is not None}

    def finished(self, call: CallId) -> None:
        """A call is over."""
        if call in self._sessions:
            self._changed[call] = None

    def reopened(self, event: CallEvent, call: CallId | None, now: float) -> list[CallEffect]:
        """A party's port may have been opened again: what is forked of it follows."""
        if not isinstance(event, LegOpened):
            return []
        keys = [key for key, legs in self._shown.items() if event.leg in legs]
        keys += [call] if call is not None and call in self._sessions else []
        opened = [(key, self._sessions[key][0].reopened(event.leg, event.worker)) for key in keys]
        return [done for key, effects in opened for done in self._done(key, effects, now)]

    def settle(self, gates: Container[LegId], now: float) -> list[CallEffect]:
        """Follow the calls that have changed; `gates` = the legs whose voice may be kept."""
        changed, self._changed = self._changed, {}
        effects: list[CallEffect] = []
        for key, forked in changed.items():
            picture = self._picture(key, forked, gates)
            session = self._known(key) if forked is None or picture is None else self._session(forked, now)
            if session is not None:
                effects += self._done(key, session.follow(picture, now), now)
            if forked is None or (isinstance(forked, RecordedRoom) and forked.is_over):
                self._forget(key)
        return effects

    def _picture(self, key: CallId, forked: _Forked | None, gates: Container[LegId]) -> Picture | None:
        view = View(gates=gates, owner=self._owner, shown=self._shown.get(key, frozenset()))
        if isinstance(forked, RecordedRoom):
            picture = picture_of_room(forked, view)
        else:
            picture = picture_of(forked.parts, self._company(key), view) if forked is not None else None
        others = [one.leg for one in picture.parties if one.call not in (None, key)] if picture else []
        self._shown.pop(key, None)
        if others:
            self._shown[key] = frozenset(others)
        return picture

    def tick(self, now: float) -> list[CallEffect]:
        """Wake the sessions whose deadline passed."""
        effects: list[CallEffect] = []
        for call in self._deadlines.pop_due(now):
            session = self._known(call)
            if session is not None:
                effects += self._done(call, session.tick(now), now)
        return effects

    def take_unrecorded(self) -> list[CallId]:
        """The calls that no recorder could be had for since this was asked last."""
        unrecorded, self._unrecorded = self._unrecorded, []
        return unrecorded

    def _known(self, call: CallId) -> RecordingSession | None:
        found = self._sessions.get(call)
        return found[0] if found is not None else None

    def _session(self, forked: _Forked, now: float) -> RecordingSession | None:
        if isinstance(forked, RecordedRoom):
            key, context = forked.call, forked.context
        else:
            key, context = forked.id, forked.parts.context
        if key not in self._sessions and context.recorders is not None:
            session = RecordingSession(key, context.recorders, self._ids, wall=self._wall, now=now)
            self._sessions[key] = (session, context.tenant)
        return self._known(key)

    def _done(self, call: CallId, effects: list[SiprecEffect], now: float) -> list[CallEffect]:
        session, tenant = self._sessions[call]
        legs = session.legs
        for leg in self._legs.get(call, frozenset()) - legs:
            self._owners.pop(leg, None)
        self._owners |= dict.fromkeys(legs, call)
        self._legs[call] = legs
        self._deadlines.set(call, session.deadline)
        done: list[CallEffect] = []
        for effect in effects:
            if not isinstance(effect, Told):
                done.append(effect)
                continue
            if effect.kind == "started" or not session.is_up:  # a refused change does not end a session
                self._health.note(tenant, effect, self._wall.time(now))
            done.append(_fact(call, tenant, effect))
            self._unrecorded += [call] if effect.kind == "unreachable" else []
        return done

    def _forget(self, call: CallId) -> None:
        self._sessions.pop(call, None)
        self._shown.pop(call, None)
        for leg in self._legs.pop(call, frozenset()):
            self._owners.pop(leg, None)
        self._deadlines.set(call, None)


def _fact(call: CallId, tenant: str, told: Told) -> Audit:
    details = {key: value for key, value in (("server", told.server), ("reason", told.reason)) if value}
    fact = AuditFact(kind=f"siprec.{told.kind}", call=call, tenant=tenant, details={**details})
    return Audit(fact=fact)
