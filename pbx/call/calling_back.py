"""CallingBack: what a call has to do with call-backs: it leads to one, or it is one."""

from datetime import date, datetime

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect, KeepCallBack, PlanCallBack
from pbx.call.events import CallBackPlanned
from pbx.core.ids import CallId, LegId
from pbx.ivr.effects import RequestStepUp
from pbx.verify import facts
from pbx.verify.actions import reaches
from pbx.verify.call_back import CallBackNotice, Confirmation
from pbx.verify.effects import VerificationSettled
from pbx.verify.facts import CallBackOutcome
from pbx.verify.fields import Locale
from pbx.verify.levels import level_of
from pbx.verify.tries import Tries
from pbx.verify.verification import METHODS, Verification

CALL_BACK = "call_back"
WAYS = (CALL_BACK,)
ENDED, UNCONFIRMED = "call_back", "not_confirmed"  # causes in the call record


class CallingBack:
    """`planned` = the call-back that this call is, None = it is none; its outcome is told once."""

    __slots__ = ("_call", "_context", "_is_dated", "_key", "outcome", "planned")

    def __init__(self, call: CallId, context: CallContext) -> None:
        self._call, self._context = call, context
        self.planned: CallBackPlanned | None = None
        self.outcome: CallBackOutcome | None = None
        self._key = ""
        self._is_dated = False  # the key was right, and the date of birth is asked for

    def is_one(self, planned: CallBackPlanned, key: str) -> None:
        """This call is the call-back; whoever answers has to press `key`."""
        self.planned, self._key = planned, key

    @property
    def number(self) -> str | None:
        """The number that was called back, which nobody has to prove any more; None = this is none."""
        return self.planned.asked.number if self.planned is not None else None

    @property
    def is_unconfirmed(self) -> bool:
        """Whether this is a call-back of which nothing has come yet."""
        return self.planned is not None and self.outcome is None

    def is_closed(self, at: datetime) -> bool:
        """Whether nobody is called back at this hour, or not at all."""
        policy = self._context.call_back
        return policy is None or not policy.is_open(at)

    def notice(self, known: VerificationSettled | None, number: str | None) -> CallBackNotice:
        """What a caller hears; the end of the number only if he has proved that it is his, and it may be."""
        policy = self._context.call_back
        may_say = policy is not None and policy.says_digits == "verified" and known is not None
        is_his = known is not None and known.outcome == "verified" and reaches(known.level, "V2")
        digits = (number or "")[-2:] if may_say and is_his else ""
        return CallBackNotice(self._context.language, digits)

    def order(self, effect: RequestStepUp, leg: LegId, meant: tuple[str | None, str]) -> PlanCallBack:
        """What has to be found out while he hears it; `meant` = number and customer, "" = not known yet."""
        return PlanCallBack(
            call=self._call,
            leg=leg,
            tenant=self._context.tenant,
            purpose=effect.purpose,
            number=meant[0],
            customer=meant[1],
            flow=effect.flow,
            step=effect.step,
        )

    def confirmation(self) -> Confirmation:
        """What whoever answers is asked."""
        policy, context = self._context.call_back, self._context
        name = policy.name if policy is not None else context.domain
        return Confirmation(context.language, name, self._key)

    def second_question(self, today: date, tries: Tries) -> Verification | None:
        """The date of birth, where the tenant wants it beside the key and the customer has one."""
        policy, planned = self._context.call_back, self.planned
        if policy is None or planned is None or policy.confirm != "date_of_birth" or not planned.asks_date:
            return None
        self._is_dated = True
        context = self._context
        locale = Locale(language=context.language, country=context.country)
        return Verification(self.number, context.attempts, today, locale, methods=METHODS, tries=tries)

    def confirmed(self) -> VerificationSettled:
        """The key was right, and is enough."""
        customer = self.planned.customer if self.planned is not None else ""
        return VerificationSettled(
            outcome="verified", level=level_of(WAYS), methods=WAYS, attempts=1, customer=customer
        )

    def judged(self, effect: VerificationSettled) -> VerificationSettled:
        """What a verification in this call is worth: a date of birth has to be of whom was called back."""
        if not self._is_dated or self.planned is None:
            return effect
        self._is_dated = False
        methods = (*WAYS, *effect.methods)
        if effect.outcome == "verified" and effect.customer == self.planned.customer:
            return VerificationSettled(
                outcome="verified",
                level=level_of(methods),
                methods=methods,
                attempts=effect.attempts,
                customer=effect.customer,
            )
        return VerificationSettled(outcome="unverified", level="V0", methods=(), attempts=effect.attempts)

    def settled(self, effect: VerificationSettled) -> list[CallEffect]:
        """A step-up is over: in a call-back that is what came of it."""
        return self.ended("confirmed" if effect.outcome == "verified" else "mistaken")

    def ended(self, outcome: CallBackOutcome) -> list[CallEffect]:
        """Put on the record what came of it, once; nothing in a call that is none."""
        if self.planned is None or self.outcome is not None:
            return []
        self.outcome = outcome
        return told(self.planned, outcome, self._call)


def told(planned: CallBackPlanned, outcome: CallBackOutcome, call: CallId) -> list[CallEffect]:
    """What came of a call-back, in the call that it was, or else in the one that asked for it."""
    asked = planned.asked
    fact = facts.call_back((asked.tenant, call), asked.purpose, outcome, asked_in=asked.call)
    return [Audit(fact=fact), KeepCallBack(call_back=planned.call_back, outcome=outcome)]
