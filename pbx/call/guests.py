"""The guests of a flow: whoever has the caller in its stead, one at a time, until it hands him back."""

from collections.abc import Sequence
from dataclasses import replace

from pbx.call.agreements import ASKING
from pbx.call.attendance import NOT_AGREED, Attendance
from pbx.call.calling_back import CALL_BACK
from pbx.call.capture import Capture
from pbx.call.conferences import Conferences
from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallerChecked
from pbx.call.leg import Leg
from pbx.call.messages import Messages
from pbx.call.ordered import (
    Guest,
    GuestEnded,
    GuestOrder,
    Held,
    MessageOrder,
    NoticeOrder,
    Ordered,
    QueueOrder,
    SearchOrder,
    SeatOrder,
    Step,
    VerifyOrder,
)
from pbx.call.queue_visit import QueueVisit
from pbx.call.searching import searched
from pbx.call.spoken import Spoken
from pbx.call.tokens import Tokens
from pbx.call.unrecorded import Unrecorded
from pbx.call.verifying import Verifying
from pbx.consent.effects import ConsentDecision, ConsentSettled
from pbx.consent.events import ConsentStarted
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.ivr.effects import (
    EndCall,
    JoinConference,
    LeaveVoicemail,
    RequestConsent,
    RequestStepUp,
    RequestVerification,
)
from pbx.ivr.events import ConferenceEnded, ConsentEnded, VoicemailEnded
from pbx.media.events import TalkStarted, TalkStopped, ToneHeard, Transcribed
from pbx.recording.notice import GiveUpJournal, UnrecordedNotice
from pbx.services.conference import AttendanceEnded, Attendee, AttendeeStarted, EnterRoom, RoomRefusal
from pbx.services.queue_wait import Waiting
from pbx.services.voicemail import (
    EndMessage,
    ListenedAnew,
    MessageLost,
    RecordMessage,
    Voicemail,
    VoicemailStarted,
)
from pbx.verify.claimed import Claimed
from pbx.verify.effects import CallBackEffect, SpokenEffect, VerificationSettled
from pbx.verify.events import VerificationStarted
from pbx.verify.verification import Verification

NOT_RECORDED = "not_recorded"  # cause of a call that is refused because it cannot be recorded


class Guests:
    """At most one: consent, verification, voicemail, notice, conference, directory or queue."""

    __slots__ = (
        "_attendance",
        "_call",
        "_caller",
        "_capture",
        "_context",
        "_leg",
        "_messages",
        "_parts_refused",
        "_spoken",
        "_unrecorded",
        "current",
        "queue",
        "verifying",
    )

    def __init__(
        self,
        whose: tuple[CallId, Leg],
        parts: tuple[Capture, Conferences, Tokens],
        context: CallContext,
        queue: QueueVisit,
    ) -> None:
        """`whose` = the call and its caller."""
        self.queue = queue
        capture, conferences, tokens = parts
        self._call, self._caller, self._leg = whose[0], whose[1], whose[1].id
        self._context, self._capture = context, capture
        self._attendance = Attendance(whose, context, capture, conferences)
        self._messages = Messages(self._leg, context, capture)
        self.verifying = Verifying((self._call, self._leg), context, tokens)
        self._spoken = Spoken(whose, context, tokens)
        self._unrecorded = Unrecorded(context, capture)
        self._parts_refused = False  # the step has a way of its own for who refuses
        self.current: Guest | None = None

    @property
    def verification(self) -> VerificationSettled | None:
        """What is known of who the caller is, None = he was not asked."""
        return self.verifying.verification

    @property
    def label(self) -> str:
        """How a colleague sees the caller, "" = he was not asked who he is."""
        return self.verifying.label

    @property
    def known(self) -> dict[str, str]:
        """What a bot may be told of the caller, by the names of placeholders; "" = withheld, or not asked."""
        return self.verifying.known

    @property
    def question(self) -> ConsentDecision | None:
        """By which rule the caller is told or asked before he comes into a room."""
        return self._attendance.question()

    @property
    def risk(self) -> tuple[str, ...]:
        """What speaks against the proof of who the caller is."""
        return self.verifying.risk

    def start(self, caller: Claimed) -> None:
        """Whom the call claims to come from."""
        self.verifying.start(caller)

    @property
    def caller(self) -> Claimed:
        """Whom it claims to come from now."""
        return self.verifying.caller

    def somebody_calls(self, number: str) -> Sequence[CallEffect]:
        """Another one is the caller now."""
        return self.verifying.somebody_calls(number)

    def stop(self, now: float) -> list[CallEffect]:
        """Somebody else has the caller now, or he is gone."""
        self.current = None
        return [
            *self._spoken.stop(),
            *self._messages.stop(),
            *self._attendance.leave(now),
            *self.queue.stop(now),
        ]

    def listened(self) -> list[CallEffect]:
        """What another media worker is to tell of the caller."""
        return self._messages.listened()

    def heard(self, event: TalkStarted | TalkStopped | ToneHeard, now: float) -> Step:
        """The caller talks, or a machine does in his place."""
        if not isinstance(self.current, Voicemail):
            return Step()
        return Step(orders=self.current.handle(event, now))

    def lost(self) -> None:
        """The media worker of the caller died."""
        self._attendance.lost()

    def restored(self, now: float) -> Step:
        """The caller has another media worker."""
        if isinstance(self.current, Voicemail):
            return Step(orders=self.current.handle(ListenedAnew(), now))
        if (unheard := self._spoken.lost()) is not None and isinstance(self.current, Verification):
            return Step(orders=self.current.handle(unheard, now))
        if isinstance(self.current, Waiting):
            return Step(self.queue.restored())
        return self._seated(self._attendance.restored(now), now)

    def refused(self, reason: str, now: float) -> Step:
        """The worker has no seat in its room for him, or he may not stay: why, he has heard."""
        left = self._attendance.refused(reason, now)
        if reason == NOT_AGREED and isinstance(self.current, Attendee) and not self._parts_refused:
            self.current = None
            return Step([*left, EndCall(cause=NOT_RECORDED)])
        return self._seated((left, False), now)

    def checked(self, event: CallerChecked, now: float) -> Step:
        """The customer store has answered."""
        answer, told = self.verifying.checked(event)
        if answer is None or not isinstance(self.current, Verification):
            return Step(told)
        return Step(told, self.current.handle(answer, now))

    def said(self, event: Transcribed, now: float) -> Step:
        """The caller has said his answer."""
        answer = self._spoken.heard(event)
        if answer is None or not isinstance(self.current, Verification):
            return Step()
        return Step(orders=self.current.handle(answer, now))

    def recording_changed(self, now: float) -> Step:
        """The capture has heard from the worker; only a message and a notice that waits for it care."""
        if isinstance(self.current, Voicemail):
            is_lost = self._capture.kind == "voicemail" and self._capture.state == "failed"
            return Step(orders=self.current.handle(MessageLost(), now)) if is_lost else Step()
        event = self._unrecorded.news()
        if event is None or not isinstance(self.current, UnrecordedNotice):
            return Step()
        return Step(orders=self.current.handle(event, now))

    def over(self) -> GuestEnded | None:
        """Whether the guest has ended without a word."""
        if not isinstance(self.current, Voicemail) or not self.current.is_over:
            return None
        self.current = None
        return VoicemailEnded()

    def perform(self, effect: GuestOrder, now: float) -> Step:
        """What a flow asks of its guests, or they of the call."""
        if isinstance(effect, RequestConsent | ConsentSettled):
            return self._consent(effect, now)
        if isinstance(effect, NoticeOrder):
            return self._notice(effect)
        if isinstance(effect, VerifyOrder):
            return self._verify(effect, now)
        if isinstance(effect, MessageOrder):
            return self._message(effect, now)
        if isinstance(effect, SearchOrder):
            self.current, step = searched(effect, self._context, now)
            return step
        if isinstance(effect, QueueOrder):
            self.current, step = self.queue.perform(effect, now)
            return step
        return self._attend(effect, now)

    def before(self, then: Held, now: float) -> Step:
        """Go on with `then`; where the caller may have to be told that nothing is recorded, after that."""
        held = self._unrecorded.before(then)
        if held is None:
            return Step(then=then)
        notice, begin = held
        self.current = notice
        return Step(orders=notice.handle(begin, now))

    def _consent(self, effect: RequestConsent | ConsentSettled, now: float) -> Step:
        if isinstance(effect, ConsentSettled):
            self.current = None
            settled = self._capture.settle(self._leg, effect.proof, effect.record, now)
            step = self._answered(now, is_mandatory=effect.proof.decision.mandatory)
            return Step([*settled, *step.done], step.orders, step.then)
        self._parts_refused = effect.parts_refused
        dialogue, decision = self._capture.ask(self._caller, effect.purposes)
        refusal = self._capture.recalled(self._caller)
        if refusal is not None and decision.mode not in ASKING:
            # He would be told that he is recorded, and is not; only a question can change that.
            settled = self._capture.settle(self._leg, replace(refusal, decision=decision), False, now)
            step = self._answered(now, is_mandatory=decision.mandatory)
            return Step([*settled, *step.done], step.orders, step.then)
        self.current = dialogue
        begun = self._capture.announce(self._leg, decision, now)
        return Step(begun, dialogue.handle(ConsentStarted(), now))

    def _answered(self, now: float, *, is_mandatory: bool) -> Step:
        """Go on by what he said; what has to be recorded does not go on as if it had not to be (C-12)."""
        ruling = self._capture.ruling
        if self._capture.granted:
            return self.before(ConsentEnded(outcome="granted"), now)
        if not is_mandatory or not ruling.is_wanted:
            return Step(then=ConsentEnded(outcome="declined"))
        if self._parts_refused:
            ruling.is_excused = True
            return Step(then=ConsentEnded(outcome="refused"))
        self.current, begin = self._unrecorded.turned_down()
        return Step(orders=self.current.handle(begin, now))

    def _notice(self, effect: NoticeOrder) -> Step:
        if isinstance(effect, GiveUpJournal):
            return Step(self._capture.give_up("no answer"))
        self.current = None
        is_told, then = self._unrecorded.ended(effect.outcome)
        told: list[Ordered] = [self._notice_fact(effect.outcome)] if is_told else []
        if effect.outcome == "refused":
            return Step([*told, EndCall(cause=NOT_RECORDED)])
        return Step(told, then=then)

    def _verify(self, effect: VerifyOrder, now: float) -> Step:
        if isinstance(effect, RequestStepUp) and CALL_BACK in effect.ways:
            self.current, step = self.verifying.call_back(effect, self._capture.time(now), now)
            return step
        if isinstance(effect, CallBackEffect):
            today = self._capture.time(now).date()
            self.current, step = self.verifying.called_back(effect, today, now)
            return step
        if isinstance(effect, RequestVerification | RequestStepUp):
            self.current = machine = self.verifying.begin(effect, self._capture.time(now).date())
            return Step(self.verifying.before(effect), machine.handle(VerificationStarted(), now))
        if isinstance(effect, SpokenEffect):
            return Step(self._spoken.perform(effect))
        if isinstance(effect, VerificationSettled):
            self.current = None
        return self.verifying.perform(effect)

    def _message(self, effect: MessageOrder, now: float) -> Step:
        match effect:
            case LeaveVoicemail():
                self.current = machine = self._messages.begin(effect)
                return Step(orders=machine.handle(VoicemailStarted(), now))
            case RecordMessage():
                taken, is_running = self._messages.record(effect.box, now)
                if is_running:
                    return Step(taken)
                self.current = None
                return Step(taken, then=VoicemailEnded())
            case EndMessage():
                return Step(self._messages.end())

    def _attend(self, effect: SeatOrder, now: float) -> Step:
        match effect:
            case JoinConference():
                self._parts_refused = effect.parts_refused
                self.current = attendee = self._attendance.begin(effect.conference)
                return Step(orders=attendee.handle(AttendeeStarted(), now))
            case EnterRoom():
                return self._enters(now)
            case AttendanceEnded(outcome=outcome):
                self.current, left = None, self._attendance.end(outcome, now)
                return Step(left, then=ConferenceEnded(outcome=outcome))
            case _:
                return Step(self._attendance.take(effect.place))

    def _enters(self, now: float) -> Step:
        """He comes in; whom the room shuts out goes another way, or hears why, and his call ends (C-12)."""
        effects, is_in = self._attendance.enter(now)
        if is_in or not self._attendance.is_shut_out or self._parts_refused:
            return self._seated((effects, is_in), now)
        self.current, begin = self._unrecorded.turned_down()
        return Step(effects, self.current.handle(begin, now))

    def _seated(self, seat: tuple[list[CallEffect], bool], now: float) -> Step:
        """The caller is in his room, or has no seat there."""
        effects, is_in = seat
        if is_in or not isinstance(self.current, Attendee):
            return Step(effects)
        return Step(effects, self.current.handle(RoomRefusal(), now))

    def _notice_fact(self, outcome: str) -> Audit:
        details: dict[str, str | int | bool | None] = {"outcome": outcome}
        tenant = self._context.tenant
        return Audit(fact=AuditFact(kind="recording.notice", call=self._call, tenant=tenant, details=details))
