"""The features that talk with the caller: a flow, and whatever it hands the caller over to."""

from collections.abc import Sequence

from pbx.call.agreements import asked
from pbx.call.attendance import Attendance
from pbx.call.bots import Bots
from pbx.call.capture import Capture
from pbx.call.conferences import Conferences
from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallerChecked, PromptsMissing, PromptsReady
from pbx.call.keys import Keys
from pbx.call.leg import Leg
from pbx.call.ordered import FeatureEffect, FeatureEvent, Guest, Held, Ordered
from pbx.call.ordering import Ordering
from pbx.call.talk import Talk
from pbx.call.telling import Telling
from pbx.call.tokens import Tokens
from pbx.call.unrecorded import Unrecorded
from pbx.call.verifying import Verifying
from pbx.consent.effects import ConsentSettled
from pbx.consent.events import ConsentStarted
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.ivr.effects import (
    EchoTest,
    EndCall,
    JoinConference,
    LeaveVoicemail,
    OrderRecording,
    RequestConsent,
    RequestVerification,
    RingTarget,
    SilenceRecording,
    TalkToBot,
)
from pbx.ivr.events import (
    ConferenceEnded,
    ConsentEnded,
    FlowStarted,
    RingEnded,
    VerificationEnded,
    VoicemailEnded,
)
from pbx.ivr.flow import Flow
from pbx.ivr.steps import FlowPlan
from pbx.media.dialogue import DialogueEvent, PlayPrompts, SecureEntry, StopPrompts
from pbx.media.effects import SetGate
from pbx.media.events import DigitReceived, PlayEnded, RoomRefused, StreamEnded
from pbx.recording.notice import GiveUpJournal, NoticeEnded, UnrecordedNotice
from pbx.services.conference import (
    AttendanceEnded,
    Attendee,
    AttendeeStarted,
    EnterRoom,
    RoomRefusal,
    TakePlace,
)
from pbx.services.voicemail import EndMessage, MessageLost, RecordMessage, Voicemail, VoicemailStarted
from pbx.sip.events import InfoDigit
from pbx.verify.claimed import Claimed
from pbx.verify.effects import CheckIdentity, VerificationSettled
from pbx.verify.events import VerificationStarted
from pbx.verify.verification import Verification

LABELS = {"V0": "Unverified caller", "V1": "Known number (V1)", "V2": "Verified caller (V2)"}
NOT_RECORDED = "not_recorded"  # cause of a call that is refused because it cannot be recorded


class Features:
    """One flow and at most one guest (consent, verification, voicemail, notice) that has the caller."""

    __slots__ = (
        "_attendance",
        "_bots",
        "_capture",
        "_context",
        "_flow",
        "_guest",
        "_keys",
        "_leg",
        "_talk",
        "_tokens",
        "_unrecorded",
        "_verifying",
        "call",
        "orders",
        "telling",
        "verification",
    )

    def __init__(
        self, whose: tuple[CallId, Leg], context: CallContext, capture: Capture, conferences: Conferences
    ) -> None:
        """`whose` = the call and its caller."""
        call, leg = whose[0], whose[1].id
        self.call, self._leg, self._context, self._capture = call, leg, context, capture
        self._keys = Keys()
        self._tokens = Tokens()
        self._talk = Talk(call, leg, self._tokens)
        self._bots = Bots(call, leg)
        self._attendance = Attendance(whose, context, capture, conferences)
        self._verifying = Verifying(call, context, self._tokens)
        self._flow: Flow | None = None
        self._guest: Guest | None = None
        self._unrecorded = Unrecorded(context, capture)
        self.telling = Telling(call, context, capture, self._tokens)
        self.orders = Ordering(capture, self.telling)
        self.verification: VerificationSettled | None = None

    def start(self, plan: FlowPlan, caller: Claimed, now: float) -> list[Ordered]:
        """The caller is on the line."""
        told = self.telling.stop(now)
        self._verifying.caller = caller
        self._flow = Flow(plan, self._context.language)
        return [*told, *self._run(self._flow.handle(FlowStarted(verdict=caller.verdict), now), now)]

    @property
    def label(self) -> str:
        """How a colleague sees the caller, "" = he was not asked who he is."""
        return LABELS[self.verification.level] if self.verification else ""

    @property
    def deadline(self) -> float | None:
        """The guest's deadline, else the flow's, or that of people who talk and are told something."""
        machine = self._guest or self._flow
        return machine.deadline if machine else self.telling.deadline

    def tick(self, now: float) -> list[Ordered]:
        machine = self._guest or self._flow
        return self._run(list(machine.tick(now)), now) if machine else [*self.telling.tick(now)]

    def stop(self, now: float) -> list[CallEffect]:
        """The caller was put through or is gone: no feature talks any more."""
        self._flow = self._guest = None
        quiet = [*self._talk.stop(), *self.telling.stop(now)]
        return [*quiet, *self._bots.close(), *self._attendance.leave()]

    def secured(self, leg: LegId) -> list[CallEffect]:
        """What another media worker has to know before the first packet."""
        return self._talk.secured() if leg == self._leg else []

    def resumed(self, leg: LegId, now: float) -> list[Ordered]:
        """The leg has another media worker: its prompt begins anew."""
        told = self.telling.resumed(leg, now)
        if leg != self._leg:
            return [*told]
        effects, ended = self._talk.resumed()
        done: list[Ordered] = [*told, *effects]
        for one in ended:
            done += self._hear(one, now)
        for gone in self._bots.lost():
            done += self._bot_left(gone, now)
        return [*done, *self._seated(self._attendance.restored(), now)]

    def lost(self, leg: LegId) -> None:
        """The leg's media worker died."""
        if leg == self._leg:
            self._attendance.lost()

    def take(self, event: FeatureEvent, now: float) -> list[Ordered]:
        """A key, a prompt or an answer of the customer store; nothing of another leg, but who is told."""
        return [*self.telling.take(event, now), *self._take(event, now)]

    def _take(self, event: FeatureEvent, now: float) -> list[Ordered]:
        match event:
            case DigitReceived() | InfoDigit():
                keys = self._keys.pressed(event, now) if event.leg == self._leg else []
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
                return self._checked(event, now)
            case StreamEnded():
                return self._bot_left(event, now)
            case RoomRefused():
                return self._seated((self._attendance.refused(event.reason), False), now)

    def _hear(self, event: DialogueEvent, now: float) -> list[Ordered]:
        """The guest's, if there is one."""
        machine = self._guest or self._flow
        return self._run(list(machine.handle(event, now)), now) if machine else []

    def _checked(self, event: CallerChecked, now: float) -> list[Ordered]:
        result = self._verifying.checked(event)
        if result is None or not isinstance(self._guest, Verification):
            return []
        return self._run(list(self._guest.handle(result, now)), now)

    def _bot_left(self, event: StreamEnded, now: float) -> list[Ordered]:
        left = self._bots.ended(event)
        if left is None or self._flow is None:
            return []
        fact = self._audit("stream.ended", stream=event.stream, reason=event.reason)
        return [fact, *self._run(self._flow.handle(left, now), now)]

    def recording_changed(self, now: float) -> list[Ordered]:
        """The capture has heard from the worker; only a message and a notice that waits for it care."""
        if isinstance(self._guest, Voicemail):
            is_lost = self._capture.kind == "voicemail" and self._capture.state == "failed"
            return self._run(self._guest.handle(MessageLost(), now), now) if is_lost else []
        event = self._unrecorded.news()
        if event is None or not isinstance(self._guest, UnrecordedNotice):
            return []
        return self._run(list(self._guest.handle(event, now)), now)

    def ring_ended(self, event: RingEnded, now: float) -> list[Ordered]:
        """Nobody answered; the flow goes on."""
        return self._run(self._flow.handle(event, now), now) if self._flow else []

    def _run(self, effects: Sequence[FeatureEffect], now: float) -> list[Ordered]:
        done: list[Ordered] = []
        for effect in effects:
            done += self._perform(effect, now)
        if isinstance(self._guest, Voicemail) and self._guest.is_over:
            self._guest = None
            done += self._resume(VoicemailEnded(), now)
        return done

    def _perform(self, effect: FeatureEffect, now: float) -> list[Ordered]:  # noqa: C901 - a row per effect
        match effect:
            case PlayPrompts() | StopPrompts() | SecureEntry():
                return [*self._talk.perform(effect)]
            case RingTarget():
                self._capture.ruling.rings(effect.target)
                return self._unless_unrecorded(effect, now)
            case TalkToBot():
                return self._unless_unrecorded(self._bots.open(effect, self._context.tenant), now)
            case JoinConference() | EnterRoom() | TakePlace() | AttendanceEnded():
                return self._attend(effect, now)
            case SilenceRecording() | OrderRecording():
                return [*self.orders.step(self._leg, effect, now)]
            case EchoTest() | EndCall():
                return [effect]
            case GiveUpJournal():
                return [*self._capture.give_up("no answer")]
            case NoticeEnded():
                return self._noticed(effect, now)
            case RequestConsent():
                return self._ask_consent(effect, now)
            case ConsentSettled():
                self._guest = None
                settled = self._capture.settle(self._leg, effect.proof, effect.record, now)
                outcome = ConsentEnded(outcome="granted" if effect.record else "declined")
                return [*settled, *self._unless_unrecorded(outcome, now)]
            case RequestVerification() | CheckIdentity() | VerificationSettled():
                return self._verify(effect, now)
            case LeaveVoicemail() | RecordMessage() | EndMessage():
                return self._voicemail(effect, now)

    def _ask_consent(self, effect: RequestConsent, now: float) -> list[Ordered]:
        dialogue, decision = asked(self._context, self._verifying.caller.number, effect.purposes)
        self._guest = dialogue
        begun = self._capture.announce(self._leg, decision, now)
        return [*begun, *self._run(list(dialogue.handle(ConsentStarted(), now)), now)]

    def _unless_unrecorded(self, then: Held, now: float) -> list[Ordered]:
        """Go on with `then`; where the caller may have to be told that nothing is recorded, after that."""
        held = self._unrecorded.before(then)
        if held is None:
            return self._go_on(then, now)
        notice, begin = held
        self._guest = notice
        return self._run(list(notice.handle(begin, now)), now)

    def _noticed(self, ended: NoticeEnded, now: float) -> list[Ordered]:
        self._guest = None
        is_told, then = self._unrecorded.ended(ended.outcome)
        told = [self._audit("recording.notice", outcome=ended.outcome)] if is_told else []
        if ended.outcome == "refused":
            return [*told, EndCall(cause=NOT_RECORDED)]
        return [*told, *(self._go_on(then, now) if then else [])]

    def _go_on(self, then: Held, now: float) -> list[Ordered]:
        return self._resume(then, now) if isinstance(then, ConsentEnded) else [then]

    def _verify(
        self, effect: RequestVerification | CheckIdentity | VerificationSettled, now: float
    ) -> list[Ordered]:
        if isinstance(effect, CheckIdentity):
            return [self._verifying.check(effect)]
        if isinstance(effect, VerificationSettled):
            self._guest, self.verification = None, effect
            fact = self._verifying.settled(effect)
            return [fact, *self._resume(VerificationEnded(outcome=effect.outcome), now)]
        machine = self._verifying.begin(effect, self._capture.time(now).date())
        self._guest = machine
        return self._run(list(machine.handle(VerificationStarted(), now)), now)

    def _voicemail(self, effect: LeaveVoicemail | RecordMessage | EndMessage, now: float) -> list[Ordered]:
        if isinstance(effect, RecordMessage):
            stopped = self._capture.stop("recorded")
            started = self._capture.take_message(self._leg, effect.box, now)
            if not self._capture.is_running:  # never pretend to take a message
                self._guest = None
                return [*stopped, *started, *self._resume(VoicemailEnded(), now)]
            return [*stopped, *started, SetGate(leg=self._leg, open=True)]
        if isinstance(effect, EndMessage):
            return [SetGate(leg=self._leg, open=False), *self._capture.stop("recorded")]
        machine = Voicemail(
            box=effect.box,
            greeting=effect.greeting,
            max_s=effect.max_s,
            language=self._context.language,
        )
        self._guest = machine
        return self._run(list(machine.handle(VoicemailStarted(), now)), now)

    def _attend(
        self, effect: JoinConference | EnterRoom | TakePlace | AttendanceEnded, now: float
    ) -> list[Ordered]:
        match effect:
            case JoinConference():
                self._guest = attendee = self._attendance.begin(effect.conference)
                return self._run(attendee.handle(AttendeeStarted(), now), now)
            case EnterRoom():
                return self._seated(self._attendance.enter(), now)
            case TakePlace():
                return [*self._attendance.take(effect.place)]
            case AttendanceEnded(outcome=outcome):
                self._guest, left = None, self._attendance.end(outcome)
                return [*left, *self._resume(ConferenceEnded(outcome=outcome), now)]

    def _seated(self, seat: tuple[list[CallEffect], bool], now: float) -> list[Ordered]:
        """The caller is in his room, or has no seat there."""
        effects, is_in = seat
        if is_in or not isinstance(self._guest, Attendee):
            return [*effects]
        return [*effects, *self._run(self._guest.handle(RoomRefusal(), now), now)]

    def _resume(
        self, event: ConsentEnded | VerificationEnded | VoicemailEnded | ConferenceEnded, now: float
    ) -> list[Ordered]:
        return self._run(list(self._flow.handle(event, now)), now) if self._flow else []

    def _audit(self, kind: str, **details: str) -> Audit:
        return Audit(
            fact=AuditFact(kind=kind, call=self.call, tenant=self._context.tenant, details=dict(details))
        )
