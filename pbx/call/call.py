"""One call: its legs, who rings, who is bridged. State is derived from the legs."""

from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.context import Wall
from pbx.call.descriptions import exchanged, reoffered
from pbx.call.effects import CallEffect, CallFinished, SaveCall
from pbx.call.ending import Ending, end_legs
from pbx.call.events import CallerChecked, CallEvent, CallFailed, PromptsMissing, PromptsReady
from pbx.call.features import Features, Ordered
from pbx.call.leg import Leg, LegState
from pbx.call.line_view import line_dialogs
from pbx.call.record import CallRecord
from pbx.call.start import CallStart
from pbx.core.errors import PeerFault
from pbx.core.ids import Ids
from pbx.dialplan.routes import NoRoute, ToExtension, ToFlow, ToTrunk
from pbx.ivr.effects import EchoTest, EndCall, RingTarget
from pbx.ivr.events import RingEnded
from pbx.media.dialogue import DigitPressed
from pbx.media.effects import CloseLeg, SetEcho
from pbx.media.events import (
    DigitReceived,
    LegClosed,
    LegFailed,
    LegOpened,
    MediaTimedOut,
    PlayEnded,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
)
from pbx.services.lines import LinesOfCall
from pbx.sip.effects import AcceptReinvite, HangUp, RefuseReinvite, Reject
from pbx.sip.events import (
    AorFound,
    InfoDigit,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
)

RINGING_MAX_S = 180.0  # RFC 3261 §16.6 timer C: nobody rings longer


class Call:
    """The machine of one call."""

    __slots__ = (
        "_capture",
        "_connect",
        "_ending",
        "_features",
        "_start",
        "_started",
        "_wall",
        "caller",
        "id",
    )

    def __init__(self, start: CallStart, ids: Ids, wall: Wall, now: float) -> None:
        self.id = start.call
        self._start, self._wall = start, wall
        offered = start.offered
        self.caller = Leg(
            id=offered.leg,
            role="caller",
            party=start.party,
            number=start.number or "",
            offered_at=wall.time(now),
        )
        self._capture = Capture(self.id, start.context, ids, wall)
        self._features = Features(self.id, offered.leg, start.context, self._capture)
        self._connect = Connect(self.caller, start, ids, wall)
        self._ending = Ending(now)
        self._started = False

    @property
    def deadline(self) -> float | None:
        """The earliest of the features', the ringing's and the call's own."""
        if self._ending.is_finished:
            return None
        due = [self._ending.due]
        if not self._ending.is_closing:
            due += [d for d in (self._features.deadline, self._connect.deadline) if d is not None]
        return min(due)

    @property
    def tenant(self) -> str:
        """Whose call it is."""
        return self._start.context.tenant

    @property
    def parties(self) -> list[str]:
        """Who is on the legs that are up."""
        legs = self._connect.legs.values()
        return [leg.party for leg in legs if leg.state is not LegState.ENDED]

    @property
    def recording(self) -> str:
        """The running or last recording, "" = none."""
        return self._capture.recording or ""

    @property
    def lines(self) -> LinesOfCall:
        """What those who watch its extensions see."""
        return line_dialogs(self._connect.legs.values(), self._start)

    def begin(self, now: float) -> list[CallEffect]:
        """Open the caller's port; everything else follows from LegOpened."""
        return [SaveCall(record=self.record()), self._connect.open(self.caller)]

    def handle(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Something happened to a leg, its media or a pending effect."""
        effects = self._flatten(self._dispatch(event, now), now)
        return effects + self._finish_if_over(now)

    def tick(self, now: float) -> list[CallEffect]:
        """A deadline passed."""
        if now >= self._ending.due:
            return self._forget() if self._ending.is_closing else self._end("system", "too_long", now)
        done: list[Ordered] = []
        if self._features.deadline is not None and self._features.deadline <= now:
            done += self._features.tick(now)
        if self._connect.deadline is not None and self._connect.deadline <= now:
            effects, lost = self._connect.tick(now)
            done += [*effects, *self._ring_lost(lost, now)]
        return self._flatten(done, now) + self._finish_if_over(now)

    def record(self) -> CallRecord:
        """The call record as of now."""
        start, capture, verified = self._start, self._capture, self._features.verification
        stir = start.offered.verdict
        return CallRecord(
            call=self.id,
            tenant=start.context.tenant,
            direction=start.direction,
            called=start.offered.called,
            caller_number=start.number or "",
            offered_at=self.caller.offered_at,
            answered_at=self.caller.answered_at,
            ended_at=self._ending.at,
            ended_by=self._ending.by,
            cause=self._ending.cause,
            route=" > ".join(start.routing.trace),
            recording=capture.first or "",
            recording_state=capture.state,
            recording_reason=capture.reason,
            consents=tuple(capture.consents),
            verification=verified.level if verified else "",
            customer=verified.customer if verified else "",
            verstat=stir.status if stir else "",
            attestation=stir.attestation if stir else "",
            legs=tuple(leg.record() for leg in self._connect.legs.values()),
        )

    def _dispatch(self, event: CallEvent, now: float) -> list[Ordered]:  # noqa: C901 - one row per event
        match event:
            case LegOpened():
                return self._opened(event, now)
            case LegFailed() | LegClosed():
                return self._port_gone(event, now)
            case LegConfirmed():
                return self._confirmed(event, now)
            case LegRinging() | LegAnswered() | LegRejected() | AorFound():
                return self._callee(event, now)
            case LegEnded():
                return self._leg_ended(event, now)
            case ReinviteOffered():
                return self._reinvited(event)
            case ReinviteAnswered() | ReinviteDue():
                return [*exchanged(self._connect.legs.get(event.leg), event)]
            case DigitReceived() | InfoDigit():
                pressed = DigitPressed(digit=event.digit)
                return self._features.hear(pressed, now) if event.leg == self.caller.id else []
            case PromptsReady():
                return self._features.ready(event, now)
            case PromptsMissing():
                return self._features.missing(event, now)
            case PlayEnded():
                return self._features.play_ended(event, now) if event.leg == self.caller.id else []
            case CallerChecked():
                return self._features.checked(event, now)
            case RecordingStarted() | RecordingFailed() | RecordingStopped():
                return [*self._capture.handle(event), *self._features.recording_changed(now)]
            case MediaTimedOut():
                is_quiet = self._connect.is_ringing(event.leg)  # who rings need not say anything
                return [] if is_quiet else [*self._end("system", "media_timeout", now)]
            case CallFailed():
                return [*self._end("system", event.cause, now)]
            case _:
                return []

    def _opened(self, event: LegOpened, now: float) -> list[Ordered]:
        leg = self._connect.opened(event)
        if leg is None:
            return [CloseLeg(leg=event.leg)]
        if self._ending.is_closing:
            return [*leg.close_port()]
        if leg is not self.caller:
            return [*self._connect.place(leg)]
        match self._start.routing.route:
            case ToFlow():
                return self._answer(now)
            case ToExtension() as route:
                return [*self._connect.ring_extensions((route.extension,), now + self._start.context.ring_s)]
            case ToTrunk() as route:
                effects, lost = self._connect.ring_trunk(route, now + RINGING_MAX_S, now)
                return [*effects, *self._ring_lost(lost, now)]
            case NoRoute() as route:
                return [*self._refuse(route.status, route.reason, now)]

    def _answer(self, now: float) -> list[Ordered]:
        try:
            return [*self._connect.answer_caller(now)]
        except PeerFault as fault:
            return [*self._refuse(fault.status, str(fault), now)]

    def _confirmed(self, event: LegConfirmed, now: float) -> list[Ordered]:
        try:
            connected = self._connect.confirmed(event)
        except PeerFault as fault:
            return [*self._end("system", f"no common media: {fault}", now)]
        route = self._start.routing.route
        # The ACK of a later re-INVITE may carry SDP too; a flow starts once.
        if (
            event.leg != self.caller.id
            or not isinstance(route, ToFlow)
            or self._ending.is_closing
            or self._started
        ):
            return [*connected]
        self._started = True
        plan = self._start.context.flows[route.flow]
        return [*connected, *self._features.start(plan, self._start.number, self._start.party, now)]

    def _callee(self, event: LegRinging | LegAnswered | LegRejected | AorFound, now: float) -> list[Ordered]:
        if self._ending.is_closing and isinstance(event, AorFound):
            return []
        if isinstance(event, LegAnswered):
            return self._callee_answered(event, now)
        if isinstance(event, LegRinging):
            return [*self._connect.ringing(event)]
        if isinstance(event, AorFound):
            effects, lost = self._connect.found(event, self._features.label, now)
        else:
            effects, lost = self._connect.rejected(event, now)
        return [*effects, *self._ring_lost(lost, now)]

    def _callee_answered(self, event: LegAnswered, now: float) -> list[Ordered]:
        if self._ending.is_closing:
            return [HangUp(leg=event.leg)]
        try:
            effects, winner = self._connect.answered(event, now)
        except PeerFault as fault:
            return [*self._refuse(fault.status, str(fault), now)]
        if winner is None:
            return [*effects]
        silenced = self._features.stop()
        extension = winner.party.removeprefix("extension/")
        joined = self._capture.agent_joined(winner.id, extension, self._features.decision, now)
        return [*silenced, *effects, *joined, SaveCall(record=self.record())]

    def _ring_lost(self, lost: "RingEnded | int | None", now: float) -> list[Ordered]:
        if lost is None or self._ending.is_closing:
            return []
        if isinstance(lost, RingEnded):
            return self._features.ring_ended(lost, now)
        return [*self._refuse(lost, "", now, by=self._connect.ended_by(lost))]

    def _reinvited(self, event: ReinviteOffered) -> list[Ordered]:
        try:
            answer, effects = reoffered(self._connect.legs[event.leg], event)
        except PeerFault as fault:
            return [RefuseReinvite(leg=event.leg, status=fault.status)]
        return [AcceptReinvite(leg=event.leg, answer=answer), *effects]

    def _flatten(self, ordered: list[Ordered], now: float) -> list[CallEffect]:
        effects: list[CallEffect] = []
        for item in ordered:
            match item:
                case RingTarget():
                    due = now + min(item.ring_s, RINGING_MAX_S)
                    effects += self._connect.ring_target(item.target, due)
                case EchoTest():
                    effects.append(SetEcho(leg=self.caller.id, on=True))
                case EndCall():
                    effects += self._end("system", item.cause, now)
                case _:
                    effects.append(item)
        return effects

    def _refuse(self, status: int, reason: str, now: float, by: str = "system") -> list[CallEffect]:
        if self.caller.state is LegState.ANSWERED:
            return self._end(by, str(status), now)
        effects: list[CallEffect] = [Reject(leg=self.caller.id, status=status, reason=reason)]
        self.caller.state = LegState.ENDED
        self.caller.cause = self.caller.cause or str(status)
        return effects + self._end(by, str(status), now)

    def _leg_ended(self, event: LegEnded, now: float) -> list[Ordered]:
        leg = self._connect.legs.get(event.leg)
        if leg is None:
            return []
        leg.state, leg.ended_at = LegState.ENDED, self._wall.time(now)
        leg.cause = leg.cause or event.how
        released = leg.close_port()
        if leg is self.caller or leg is self._connect.winner:
            by = leg.role if event.by_peer else "system"
            return [*released, *self._end(by, event.how, now)]
        effects, lost = self._connect.leg_gone(leg, now)
        return [*released, *effects, *self._ring_lost(lost, now)]

    def _port_gone(self, event: LegFailed | LegClosed, now: float) -> list[Ordered]:
        leg = self._connect.legs.get(event.leg)
        if leg is None:
            return []
        leg.port_open = False
        if isinstance(event, LegClosed):
            return []
        leg.cause = event.reason
        if leg is self.caller:
            return [*self._refuse(503, "No media", now)]
        effects, lost = self._connect.leg_gone(leg, now)
        return [*effects, *self._ring_lost(lost, now)]

    def _end(self, by: str, cause: str, now: float) -> list[CallEffect]:
        if self._ending.is_closing:
            return []
        self._ending.begin(by, cause, now, self._wall.time(now))
        self.caller.ended_at = self.caller.ended_at or self._ending.at
        features = [*self._features.stop(), *self._capture.stop("recorded")]
        return [*features, *end_legs(self._connect, self.caller)]

    def _finish_if_over(self, now: float) -> list[CallEffect]:
        if not self._ending.is_closing or self._ending.is_finished:
            return []
        is_over = all(leg.is_over for leg in self._connect.legs.values())
        return self._forget() if is_over else []

    def _forget(self) -> list[CallEffect]:
        self._ending.is_finished = True
        return [SaveCall(record=self.record()), CallFinished(call=self.id)]
