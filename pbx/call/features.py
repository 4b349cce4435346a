"""The features that talk with the caller: a flow, and whatever it hands the caller over to."""

from collections.abc import Sequence

from pbx.call.capture import Capture
from pbx.call.circumstances import of_caller
from pbx.call.conferences import Conferences
from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect, ConsultProgram
from pbx.call.events import CallerChecked, ProgramAnswered, PromptsMissing, PromptsReady
from pbx.call.guests import Guests
from pbx.call.keys import Keys
from pbx.call.leg import Leg
from pbx.call.ordered import (
    EnterFlow,
    FeatureEffect,
    FeatureEvent,
    GuestOrder,
    HandOff,
    HeardOnLine,
    Ordered,
    Step,
    TalkOrder,
)
from pbx.call.ordering import Ordering
from pbx.call.outside import Outside
from pbx.call.queue_visit import QueueVisit
from pbx.call.secret_entry import SecretEntry
from pbx.call.talk import Talk
from pbx.call.telling import Telling
from pbx.call.tokens import Tokens
from pbx.call.tongues import speech
from pbx.call.trail import Trail
from pbx.call.verifying import Verifying
from pbx.consent.dialogue import NO, YES
from pbx.consent.effects import ConsentDecision
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.ivr.effects import (
    AskProgram,
    ContinueIn,
    EndCall,
    OrderRecording,
    OrderSwitch,
    ReportUnread,
    RingTarget,
    SilenceRecording,
    TalkToBot,
)
from pbx.ivr.events import FlowEvent, FlowStarted, PageEnded, ParkEnded, RingEnded, SwitchEnded
from pbx.ivr.flow import Flow
from pbx.ivr.steps import FlowPlan
from pbx.media.dialogue import DialogueEvent, SecureEntry
from pbx.media.effects import OpenStream
from pbx.media.events import DigitReceived, PlayEnded, RoomRefused, StreamEnded, Transcribed
from pbx.services.conference import AttendanceEnded, EnterRoom
from pbx.services.queues import Queues
from pbx.sip.events import InfoDigit
from pbx.verify.claimed import Claimed
from pbx.verify.effects import VerificationSettled

MAX_FLOWS = 20  # that one call goes through by transfers from flow to flow
CIRCLE = "too_many_flows"  # cause of a call that goes through more
_INSIDE = "0123456789*"  # keys that mean something in a room, and nothing at its door


class Features:
    """One flow and at most one guest that has the caller in its stead."""

    __slots__ = (
        "_caller",
        "_capture",
        "_context",
        "_door",
        "_flow",
        "_guests",
        "_keys",
        "_leg",
        "_n_flows",
        "_outside",
        "_secret",
        "_talk",
        "_trail",
        "call",
        "orders",
        "queue",
        "telling",
        "tokens",
    )

    def __init__(
        self,
        whose: tuple[CallId, Leg],
        context: CallContext,
        capture: Capture,
        boards: tuple[Conferences, Queues],
        *,
        trail: Trail,
    ) -> None:
        """`whose` = the call and its caller; `trail` = what it has come through."""
        call, leg = whose[0], whose[1].id
        self.call, self._leg, self._caller = call, leg, whose[1]
        self._context, self._capture = context, capture
        self._keys, self._trail = Keys(), trail
        tokens = self.tokens = Tokens()
        self._talk = Talk(call, leg, tokens)
        self._secret = SecretEntry(leg)
        self._outside = Outside((call, leg), context.tenant, tokens)
        conferences, queues = boards
        self.queue = QueueVisit(whose, context, queues, trail)
        self._guests = Guests(whose, (capture, conferences, tokens), context, self.queue)
        self._flow: Flow | None = None
        self._n_flows = 0
        self._door: EnterRoom | None = None  # he is told or asked before he comes in
        self.telling = Telling(call, context, capture, tokens)
        self.orders = Ordering(capture, self.telling, (whose, context))

    @property
    def verification(self) -> VerificationSettled | None:
        """What is known of who the caller is."""
        return self._guests.verification

    @property
    def label(self) -> str:
        """How a colleague sees the caller, "" = he was not asked who he is."""
        return self._guests.label

    @property
    def verifying(self) -> Verifying:
        """What is found out about him."""
        return self._guests.verifying

    @property
    def risk(self) -> tuple[str, ...]:
        """What speaks against the proof of who the caller is."""
        return self._guests.risk

    def somebody_calls(self, number: str) -> list[CallEffect]:
        """Another one is the caller now, with this number; "" = he shows none."""
        if self._flow is not None:
            self._flow.somebody_calls(number)
        return [*self._guests.somebody_calls(number)]

    def start(self, plan: FlowPlan, caller: Claimed, now: float) -> list[Ordered]:
        """The caller is on the line."""
        told, self._door = [*self._left(), *self.telling.stop(now)], None
        self._guests.start(caller)
        spoken = speech(self._context, self._caller)
        self._flow = Flow(plan, self._context.language, speech=spoken)
        known = self._guests.verification
        call = of_caller(self._guests.caller, self._context, known.level if known is not None else "V0")
        begun = FlowStarted(call=call, at=self._capture.time(now))
        return [*told, *self._run(self._flow.handle(begun, now), now)]

    @property
    def deadline(self) -> float | None:
        """That of the guest, else of the flow or of people who are told something; and of a secret."""
        machine = self._guests.current or self._flow
        due = machine.deadline if machine else None
        dues = (due, self.telling.deadline, self._secret.deadline)
        return min((at for at in dues if at is not None), default=None)

    def tick(self, now: float) -> list[Ordered]:
        machine = self._guests.current or self._flow
        told = [*(self._run(list(machine.tick(now)), now) if machine else ()), *self.telling.tick(now)]
        told += self._let_in(now)
        if not self._secret.overdue(now):
            return told
        return [*told, self._audit("recording.secret_overdue"), *self._left()]

    def stop(self, now: float) -> list[CallEffect]:
        """The caller was put through or is gone: no feature talks any more."""
        self._flow = self._door = None
        quiet = [*self._talk.stop(), *self._left(), *self.telling.stop(now)]
        return [*quiet, *self._outside.close(), *self._guests.stop(now)]

    def queue_emptied(self, now: float) -> list[Ordered]:
        """The caller waits in vain."""
        return self._follow(self.queue.emptied(self._guests.current, now), now)

    def _left(self) -> list[CallEffect]:
        """A secret entry is over; a port that is gone, or about to, needs no word of it."""
        left, caller = self._secret.leave(), self._caller
        return left if caller.port_open and not caller.is_port_closing else []

    def is_secret(self, leg: LegId) -> bool:
        """Whether a leg's party enters what nobody may hear."""
        return leg == self._leg and self._secret.is_on

    def secured(self, leg: LegId) -> list[CallEffect]:
        """What another media worker has to know before the first packet."""
        return [*self._secret.secured(), *self._guests.listened()] if leg == self._leg else []

    def resumed(self, leg: LegId, now: float) -> list[Ordered]:
        """The leg has another media worker: its prompt begins anew."""
        told = self.telling.resumed(leg, now)
        if leg != self._leg:
            return [*told]
        effects, ended = self._talk.resumed()
        done: list[Ordered] = [*told, *effects, *self._let_in(now)]
        for one in ended:
            done += self._hear(one, now)
        for gone in self._outside.lost():
            done += self._came_back(gone, now)
        return [*done, *self._follow(self._guests.restored(now), now)]

    def lost(self, leg: LegId) -> None:
        """The leg's media worker died."""
        if leg == self._leg:
            self._guests.lost()

    def take(self, event: FeatureEvent, now: float) -> list[Ordered]:
        """A key, a prompt or an answer of the customer store; nothing of another leg, but who is told."""
        answers = YES + NO if self.telling.asks(self._leg) else ""
        answers = _INSIDE if self._door is not None else answers
        return [*self.telling.take(event, now), *self._let_in(now), *self._take(event, now, answers)]

    def _let_in(self, now: float) -> list[Ordered]:
        """Whoever was told or asked at the door of a room comes in, whatever he has answered."""
        door = self._door
        if door is None or self.telling.asks(self._leg):
            return []
        self._door = None
        return self._follow(self._guests.perform(door, now), now)

    def _at_door(self, effect: EnterRoom, rule: ConsentDecision, now: float) -> list[Ordered]:
        self._door = effect
        return [*self.telling.tell(self._caller, rule, now), *self._let_in(now)]

    def _turns_away(self, now: float) -> list[CallEffect]:
        """He leaves the door, or was refused there."""
        is_asked, self._door = self._door is not None, None
        return self.telling.stop(now) if is_asked else []

    def _take(self, event: FeatureEvent, now: float, answers: str) -> list[Ordered]:
        """`answers` = keys that are for whoever asks the caller in a room, and mean nothing to the room."""
        match event:
            case DigitReceived() | InfoDigit():
                pressed = self._keys.pressed(event, now) if event.leg == self._leg else []
                keys = [key for key in pressed if key.digit.reveal() not in answers]
                if keys:
                    self._secret.goes_on(now)
                return [done for key in keys for done in self._hear(key, now)]
            case PlayEnded():
                ended = self._talk.play_ended(event) if event.leg == self._leg else None
                return self._hear(ended, now) if ended else []
            case PromptsReady():
                effects, stopped = self._talk.ready(event)
                return [*effects, *(self._hear(stopped, now) if stopped else [])]
            case PromptsMissing():
                ended = self._talk.missing(event)
                fact = self._audit("prompt.missing", reason=event.reason)
                return [fact, *(self._hear(ended, now) if ended else [])]
            case CallerChecked():
                return self._follow(self._guests.checked(event, now), now)
            case StreamEnded() | ProgramAnswered() | SwitchEnded():
                return self._came_back(event, now)
            case RoomRefused():
                return self._follow(self._guests.refused(event.reason, now), now)
            case _ if isinstance(event, HeardOnLine):
                return self._follow(self._guests.heard(event, now), now) if event.leg == self._leg else []
            case Transcribed():
                return self._follow(self._guests.said(event, now), now) if event.leg == self._leg else []

    def _hear(self, event: DialogueEvent, now: float) -> list[Ordered]:
        """The guest's, if there is one."""
        machine = self._guests.current or self._flow
        return self._run(list(machine.handle(event, now)), now) if machine else []

    def _came_back(self, event: StreamEnded | ProgramAnswered | SwitchEnded, now: float) -> list[Ordered]:
        facts, heard = self._outside.heard(event)
        return [*facts, *self._resume(heard, now)] if heard is not None and self._flow is not None else []

    def recording_changed(self, now: float) -> list[Ordered]:
        """The capture has heard from the worker."""
        told = self.telling.recording_changed(now)
        return [*told, *self._follow(self._guests.recording_changed(now), now)]

    def ring_ended(self, event: RingEnded | ParkEnded | PageEnded, now: float) -> list[Ordered]:
        """Nobody answered, or has fetched the caller, or his page is over; the flow goes on."""
        return self._run(self._flow.handle(event, now), now) if self._flow else []

    def _run(self, effects: Sequence[FeatureEffect], now: float) -> list[Ordered]:
        for step in self._flow.take_entered() if self._flow is not None else ():
            self._trail.entered(step, now)
        done: list[Ordered] = []
        for effect in effects:
            done += self._perform(effect, now)
        ended = self._guests.over()
        return [*done, *(self._resume(ended, now) if ended else ())]

    def _perform(self, effect: FeatureEffect, now: float) -> list[Ordered]:
        match effect:
            case SecureEntry():
                return [*self._secret.perform(effect, now)]
            case _ if isinstance(effect, TalkOrder):
                self._secret.goes_on(now)
                return [*self._talk.perform(effect)]
            case EnterRoom() if (rule := self._guests.question) is not None:
                return self._at_door(effect, rule, now)
            case AttendanceEnded():
                gone = self._turns_away(now)
                return [*gone, *self._follow(self._guests.perform(effect, now), now)]
            case _ if isinstance(effect, GuestOrder):
                return self._follow(self._guests.perform(effect, now), now)
            case RingTarget():
                self._capture.ruling.rings(*effect.targets)
                return self._follow(self._guests.before(effect, now), now)
            case TalkToBot() | AskProgram():
                return self._turn_to(self._outside.order(effect, self._guests.known), now)
            case SilenceRecording() | OrderRecording() | OrderSwitch():
                return [*self.orders.step(self._leg, effect, now)]
            case ReportUnread():
                return [self._audit("prompt.unread", step=effect.step, value=effect.kind)]
            case ContinueIn(flow=flow):
                return self._leave(flow)
            case _ if isinstance(effect, HandOff):
                return [effect]

    def _turn_to(self, order: OpenStream | ConsultProgram, now: float) -> list[Ordered]:
        if isinstance(order, ConsultProgram):
            return [order]
        return self._follow(self._guests.before(order, now), now)

    def _leave(self, flow: str) -> list[Ordered]:
        """Another flow has the caller next; a checked plan does not go round in a circle."""
        self._n_flows += 1
        if self._n_flows > MAX_FLOWS:
            return [EndCall(cause=CIRCLE)]
        return [EnterFlow(flow=flow)]

    def _follow(self, step: Step, now: float) -> list[Ordered]:
        """Hear a guest out, then let the flow go on, or do what he held back."""
        done = [*step.done, *(self._run(step.orders, now) if step.orders else ())]
        match step.then:
            case None:
                return done
            case RingTarget() | OpenStream():
                return [*done, step.then]
            case _:
                return [*done, *self._resume(step.then, now)]

    def _resume(self, event: FlowEvent, now: float) -> list[Ordered]:
        return self._run(list(self._flow.handle(event, now)), now) if self._flow else []

    def _audit(self, kind: str, **details: str) -> Audit:
        tenant = self._context.tenant
        return Audit(fact=AuditFact(kind=kind, call=self.call, tenant=tenant, details=dict(details)))
