"""Recording clients: the calls that are forked to recorders of others (RFC 7866), beside those calls.

A call does not know of it: what it looks like after each step is compared with what its recorder was told.
"""

from collections.abc import Container, Mapping

from pbx.call.call import Call
from pbx.call.call_parts import CallParts
from pbx.call.context import Wall
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent, LegLost
from pbx.call.leg import Leg, LegState
from pbx.core.audit import AuditFact
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import CallId, Ids, LegId
from pbx.media.events import LegOpened
from pbx.siprec.effects import SiprecEffect, Told
from pbx.siprec.events import Picture, Recorded, SiprecEvent
from pbx.siprec.health import RecorderHealth, RecorderState
from pbx.siprec.session import RecordingSession

ANONYMOUS = "sip:anonymous@anonymous.invalid"  # RFC 3323 §4.1.1.3
_SENDING = frozenset({"sendrecv", "recvonly"})  # as seen from us


class RecordingClients:
    """One session for each recorded call of a tenant that has recorders; `unrecorded` may not go on."""

    __slots__ = (
        "_changed",
        "_deadlines",
        "_health",
        "_ids",
        "_legs",
        "_owners",
        "_sessions",
        "_unrecorded",
        "_wall",
    )

    def __init__(self, ids: Ids, wall: Wall) -> None:
        self._ids, self._wall = ids, wall
        self._sessions: dict[CallId, tuple[RecordingSession, str]] = {}  # with the tenant
        self._owners: dict[LegId, CallId] = {}
        self._legs: dict[CallId, frozenset[LegId]] = {}
        self._changed: dict[CallId, Call | None] = {}
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

    def finished(self, call: CallId) -> None:
        """A call is over."""
        if call in self._sessions:
            self._changed[call] = None

    def reopened(self, event: CallEvent, call: CallId | None, now: float) -> list[CallEffect]:
        """A party's port may have been opened again: what is forked of it follows."""
        if not isinstance(event, LegOpened) or call not in self._sessions or call is None:
            return []
        session, _ = self._sessions[call]
        return self._done(call, session.reopened(event.leg, event.worker), now)

    def settle(self, gates: Container[LegId], now: float) -> list[CallEffect]:
        """Follow the calls that have changed; `gates` = the legs whose voice may be kept."""
        changed, self._changed = self._changed, {}
        effects: list[CallEffect] = []
        for key, call in changed.items():
            picture = None if call is None else picture_of(call.parts, gates)
            session = self._session(key, call, now) if picture is not None else self._known(key)
            if session is not None:
                effects += self._done(key, session.follow(picture, now), now)
            if call is None:
                self._forget(key)
        return effects

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

    def _session(self, key: CallId, call: Call | None, now: float) -> RecordingSession | None:
        client = call.parts.context.recorders if call is not None else None
        if key not in self._sessions and call is not None and client is not None:
            session = RecordingSession(key, client, self._ids, wall=self._wall, now=now)
            self._sessions[key] = (session, call.tenant)
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
        for leg in self._legs.pop(call, frozenset()):
            self._owners.pop(leg, None)
        self._deadlines.set(call, None)


def picture_of(parts: CallParts, gates: Container[LegId]) -> Picture | None:
    """Return who talks in a call that is being recorded; None = it is not."""
    capture = parts.capture
    if not capture.is_running or capture.kind != "call" or parts.ending.is_closing:
        return None
    talkers = [leg for leg in (parts.connect.caller, parts.connect.winner) if leg is not None]
    parties = tuple(
        _recorded(leg, parts, is_kept=leg.id in gates) for leg in talkers if leg.state is LegState.ANSWERED
    )
    return Picture(parties=parties, is_paused=capture.paused is not None)


def _recorded(leg: Leg, parts: CallParts, *, is_kept: bool) -> Recorded:
    kind, _, name = leg.party.partition("/")
    domain, audio, talk = parts.context.domain, leg.audio, leg.negotiation
    codec = talk.codec if talk is not None else ""
    user = name if kind == "extension" else leg.number
    return Recorded(
        leg=leg.id,
        aor=f"sip:{user}@{domain}" if user else ANONYMOUS,
        name=parts.context.names.get(name, "") if kind == "extension" else "",
        codec=codec,
        is_kept=is_kept and bool(codec),
        sends=audio is not None and audio.direction in _SENDING,
    )


def _fact(call: CallId, tenant: str, told: Told) -> Audit:
    details = {key: value for key, value in (("server", told.server), ("reason", told.reason)) if value}
    fact = AuditFact(kind=f"siprec.{told.kind}", call=call, tenant=tenant, details={**details})
    return Audit(fact=fact)
