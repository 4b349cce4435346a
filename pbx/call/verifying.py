"""Verifying: what a call adds to the verification of its caller, and the way to the customer store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from pbx.call.calling_back import ENDED, UNCONFIRMED, CallingBack
from pbx.call.context import CallContext
from pbx.call.effects import (
    Audit,
    CallEffect,
    CheckCaller,
    CheckCode,
    FetchCustomers,
    SendCode,
)
from pbx.call.events import CallerChecked
from pbx.call.ordered import Step
from pbx.call.tokens import Tokens
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.effects import EndCall, RequestStepUp, RequestVerification
from pbx.ivr.events import VerificationEnded
from pbx.sip.stir.verdict import UNSIGNED
from pbx.verify import facts
from pbx.verify.call_back import CallBackNotice, Confirmation
from pbx.verify.claimed import Claimed
from pbx.verify.effects import (
    CallBackAnnounced,
    CallBackConfirmed,
    CallBackEffect,
    CallBackUnconfirmed,
    CheckIdentity,
    VerificationSettled,
)
from pbx.verify.events import IdentityChecked, VerificationStarted
from pbx.verify.fields import Locale
from pbx.verify.one_time_code import TRIES
from pbx.verify.tries import Tries
from pbx.verify.verification import METHODS, Verification

LABELS = {
    "V0": "Unverified caller",
    "V1": "Known number (V1)",
    "V2": "Verified caller (V2)",
    "V3": "Verified caller (V3)",
    "V4": "Verified caller (V4)",
}


class Verifying:
    """What was found out about a caller, and the questions that are on their way.

    `caller` is whom the call claims to come from.
    """

    __slots__ = (
        "_call",
        "_checks",
        "_context",
        "_is_assisted",
        "_is_outdated",
        "_is_renamed",
        "_leg",
        "_number",
        "_purpose",
        "_tokens",
        "_tries",
        "back",
        "caller",
        "is_over",
        "verification",
    )

    def __init__(self, whose: tuple[CallId, LegId], context: CallContext, tokens: Tokens) -> None:
        """`whose` = the call and the leg of its caller."""
        self._call, self._leg = whose
        self._context, self._tokens = context, tokens
        self._checks: dict[Token, tuple[Token, facts.Field]] = {}  # not the secret that was asked about
        self._tries = Tries()
        self._is_assisted = False  # an agent has asked him
        self._is_renamed = False  # whom the call came from at first has left
        self._is_outdated = False  # what was asked last was asked about him
        self._number: str | None = None  # by which the customer was found who was asked about last
        self._purpose: str | None = None  # of the step-up that goes on
        self.back = CallingBack(self._call, context)
        self.is_over = False  # what was found out was true, and is not any more
        self.caller = Claimed()
        self.verification: VerificationSettled | None = None

    @property
    def label(self) -> str:
        """How a colleague sees the caller, "" = he was not asked who he is."""
        return LABELS[self.verification.level] if self.verification else ""

    @property
    def risk(self) -> tuple[str, ...]:
        """What speaks against the proof of who the caller is, though it was enough."""
        shown = self.caller.risk if self.back.number is None or self._is_renamed else ()
        return (*shown, *(("agent_assisted",) if self._is_assisted else ()))

    @property
    def known(self) -> dict[str, str]:
        """What a bot may be told of the caller, by the names of placeholders; "" = withheld, or not asked."""
        level = self.verification.level if self.verification is not None else ""
        level = "V0" if level and self.is_over else level
        return {"caller": self.caller.number or "", "called": self.caller.called, "verification": level}

    @property
    def tries(self) -> Tries:
        """What the call has left of them, whoever asks."""
        return self._tries

    def start(self, caller: Claimed) -> None:
        """Whom the call came from at first; who has taken his place stays the caller in another flow."""
        if not self._is_renamed:
            self.caller = caller

    def somebody_calls(self, number: str) -> Sequence[Audit]:
        """The carrier says who speaks now, "" = it does not say: what was found out is of somebody else.

        A signature was one of the number of before. Where this trunk's calls are verified, the new number is
        one without.
        """
        verdict = UNSIGNED if self.caller.verdict is not None else None
        self.caller = replace(self.caller, number=number or None, verdict=verdict)
        self._is_renamed = self._is_outdated = True
        gone, self.verification = self.verification, None
        if gone is None or gone.outcome != "verified":
            return ()
        return (self._fact("verification.revoked", level=gone.level, reason="identity_changed"),)

    @property
    def _proven(self) -> str | None:
        if self.back.number is not None and not self._is_renamed:
            return self.back.number  # it was we who called it
        return self.caller.proven(self._context.number_counts)

    def begin(self, effect: RequestVerification | RequestStepUp, today: date) -> Verification:
        """The dialogue that a flow asks for."""
        context, number = self._context, self._proven
        locale = Locale(language=context.language, country=context.country)
        if isinstance(effect, RequestStepUp):
            self._purpose, self._is_outdated = effect.purpose, False
            return Verification(number, TRIES, today, locale, methods=effect.ways)
        self._purpose = None
        verification = Verification(
            number,
            effect.attempts or context.attempts,
            today,
            locale,
            methods=effect.methods,
            tries=self._tries,
            parts_companies=effect.parts_companies,
        )
        if effect.by_voice and context.hears:
            verification.let_speak()
        return verification

    def before(self, effect: RequestVerification | RequestStepUp) -> list[CallEffect]:
        """What has to be under way while the caller is asked: other servers, a code."""
        return [*self.fetch(), *([self._send()] if isinstance(effect, RequestStepUp) else ())]

    def call_back(
        self, effect: RequestStepUp, at: datetime, now: float
    ) -> tuple[CallBackNotice | Confirmation | None, Step]:
        """Tell the caller that he will be called; in the call-back ask whoever has answered for the key.

        None as dialogue: nobody is called at this hour, which says nothing of him.
        """
        self._purpose, self._is_outdated = effect.purpose, False
        if self.back.is_unconfirmed:
            asking = self.back.confirmation()
            return asking, Step(orders=asking.handle(VerificationStarted(), now))
        if self.back.is_closed(at):
            told = facts.call_back((self._context.tenant, self._call), effect.purpose, "closed")
            return None, Step([Audit(fact=told)], then=VerificationEnded(outcome="unverified"))
        number, customer = self._meant
        notice = self.back.notice(self.verification if customer else None, number)
        order = self.back.order(effect, self._leg, self._meant)
        return notice, Step([*self.fetch(), order], notice.handle(VerificationStarted(), now))

    def called_back(
        self, effect: CallBackEffect, today: date, now: float
    ) -> tuple[Verification | None, Step]:
        """The caller knows, or whoever answered has said who he is, or is to say it twice."""
        match effect:
            case CallBackAnnounced():
                return None, Step([EndCall(cause=ENDED)])
            case CallBackUnconfirmed():
                return None, Step([*self.back.ended(effect.why), EndCall(cause=UNCONFIRMED)])
            case CallBackConfirmed():
                second = self.back.second_question(today, self._tries)
                if second is None:
                    return None, self.perform(self.back.confirmed())
                return second, Step(orders=second.handle(VerificationStarted(), now))

    def fetch(self) -> list[FetchCustomers]:
        """Have the tenant's servers asked while the caller is; where the number counts, and there are any."""
        number = self._proven
        if number is None or not self._context.asks_customers:
            return []
        return [FetchCustomers(call=self._call, tenant=self._context.tenant, number=number)]

    def _send(self) -> SendCode:
        context, (number, customer) = self._context, self._meant
        return SendCode(
            call=self._call,
            leg=self._leg,
            tenant=context.tenant,
            purpose=self._purpose or "",
            number=number,
            customer=customer,
            language=context.language,
        )

    @property
    def _meant(self) -> tuple[str | None, str]:
        """Whom a step-up is for: who he has proved to be, else the one who has his number."""
        known = self.verification
        if known is None or known.outcome != "verified" or self.is_over:
            return self._proven, ""
        return self._number, known.customer

    def perform(self, effect: CheckIdentity | VerificationSettled) -> Step:
        """What the dialogue orders of the call."""
        if isinstance(effect, CheckIdentity):
            return Step([self.ask(effect)])
        effect = self._up_to_date(self.back.judged(effect))
        done, outcome = self.settle(effect), effect.outcome
        return Step(done, then=VerificationEnded(outcome=outcome, level=(self.verification or effect).level))

    def settle(self, effect: VerificationSettled) -> list[CallEffect]:
        """Take what was found out; a step-up that fails takes nothing of what is known."""
        effect = self._up_to_date(effect)
        came = self.back.settled(effect) if self._purpose is not None else []
        self.verification = self._stepped(effect) if self._purpose is not None else effect
        self._is_assisted = self.is_over = False
        return [*came, self._settled(effect)]

    def _up_to_date(self, effect: VerificationSettled) -> VerificationSettled:
        """It is worth nothing if it is about somebody who has left."""
        if not self._is_outdated or effect.outcome == "unverified":
            return effect
        return replace(effect, outcome="unverified", level="V0", methods=(), customer="")

    def _stepped(self, effect: VerificationSettled) -> VerificationSettled:
        """A step-up adds to what is known; one that fails takes nothing of it."""
        known = self.verification
        if known is None or known.outcome != "verified" or self.is_over:
            return effect
        if effect.outcome != "verified":
            return known
        methods = (*known.methods, *(one for one in effect.methods if one not in known.methods))
        return replace(effect, methods=methods)

    def checked(self, event: CallerChecked) -> tuple[IdentityChecked | None, Sequence[Audit]]:
        """The store's answer in the dialogue's words, None for one that nobody asked for; and for the record.

        What was typed and compared is on the record already, with the counters and in their transaction.
        """
        asked = self._checks.pop(event.token, None)
        if asked is None:
            return None, ()
        token, field = asked
        answer = IdentityChecked(
            token=token,
            matched=event.matched,
            customer=event.customer,
            failed=event.failed,
            company=event.reason == "company",
            away=event.away,
            by_pin=event.by_pin,
        )
        whose = (self._context.tenant, self._call)
        if field != "phone_number" and not event.failed:
            return answer, ()
        return answer, (Audit(fact=facts.attempt(whose, field, event.reason)),)

    def ask(self, effect: CheckIdentity) -> CheckCaller | CheckCode:
        """Ask the customer store; `checked` takes the answer."""
        if effect.one_time_code is not None:
            token = self._tokens.next()
            self._checks[token] = effect.token, "one_time_code"
            return CheckCode(
                call=self._call,
                leg=self._leg,
                token=token,
                tenant=self._context.tenant,
                purpose=self._purpose or "",
                code=effect.one_time_code,
            )
        is_dated, is_known = effect.date_of_birth is not None, effect.account_number is not None
        field: facts.Field = "date_of_birth" if is_dated else "account_number" if is_known else "phone_number"
        self._is_outdated = False
        self._number = self._proven if effect.typed_number is None else effect.typed_number.reveal()
        question = replace(
            self._question(effect.date_of_birth),
            account_number=effect.account_number,
            pin=effect.pin,
            typed_number=effect.typed_number,
        )
        self._checks[question.token] = effect.token, field
        return question

    def question(self, date_of_birth: Secret[str]) -> CheckCaller | None:
        """What an agent asks of the store in the caller's stead, None = the call has no tries left."""
        if not self._tries.left:
            return None
        self._tries.spend()
        return self._question(date_of_birth)

    def assisted(self, customer: str) -> None:
        """What the agent has asked is right."""
        self._tries.give_back()
        self._is_assisted, self.is_over = True, False
        self.verification = VerificationSettled(
            outcome="verified", level="V2", methods=METHODS, attempts=1, customer=customer
        )

    def _question(self, date_of_birth: Secret[str] | None) -> CheckCaller:
        return CheckCaller(
            call=self._call,
            token=self._tokens.next(),
            tenant=self._context.tenant,
            number=self._proven,  # the dialogue has the one that it began with
            date_of_birth=date_of_birth,
            trunk=self.caller.trunk,
            lock=self._context.lock,
        )

    def _settled(self, effect: VerificationSettled) -> Audit:
        return self._fact(
            "verification.settled",
            level=effect.level,
            outcome=effect.outcome,
            methods=" ".join(effect.methods),
            number=self.caller.standing(self._context.number_counts),
        )

    def _fact(self, kind: str, **details: str) -> Audit:
        return Audit(
            fact=AuditFact(
                kind=kind,
                call=self._call,
                tenant=self._context.tenant,
                details={**details, **self._context.told_of},
            )
        )
