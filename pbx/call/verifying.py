"""Verifying: what a call adds to the verification of its caller, and the way to the customer store."""

from datetime import date

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CheckCaller
from pbx.call.events import CallerChecked
from pbx.call.tokens import Tokens
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Token
from pbx.ivr.effects import RequestVerification
from pbx.verify.claimed import Claimed
from pbx.verify.effects import CheckIdentity, VerificationSettled
from pbx.verify.events import IdentityChecked
from pbx.verify.verification import Verification


class Verifying:
    """The questions that are on their way; `caller` is whom the call claims to come from."""

    __slots__ = ("_call", "_checks", "_context", "_tokens", "caller")

    def __init__(self, call: CallId, context: CallContext, tokens: Tokens) -> None:
        self._call, self._context, self._tokens = call, context, tokens
        self._checks: dict[Token, Token] = {}
        self.caller = Claimed()

    def begin(self, effect: RequestVerification, today: date) -> Verification:
        """The dialogue that a flow asks for."""
        context = self._context
        return Verification(
            self.caller.proven(context.number_counts),
            effect.attempts or context.attempts,
            today,
            context.language,
            methods=effect.methods,
        )

    def check(self, effect: CheckIdentity) -> CheckCaller:
        """Ask the customer store; `checked` takes the answer."""
        token = self._tokens.next()
        self._checks[token] = effect.token
        return CheckCaller(
            call=self._call,
            token=token,
            tenant=self._context.tenant,
            number=effect.number,
            date_of_birth=effect.date_of_birth,
            trunk=self.caller.trunk,
            lock=self._context.lock,
        )

    def checked(self, event: CallerChecked) -> IdentityChecked | None:
        """The store's answer in the dialogue's words; None for one that nobody asked for."""
        token = self._checks.pop(event.token, None)
        if token is None:
            return None
        return IdentityChecked(
            token=token, matched=event.matched, customer=event.customer, failed=event.failed
        )

    def settled(self, effect: VerificationSettled) -> Audit:
        """The fact of record of an outcome."""
        details: dict[str, str | int | bool | None] = {
            "level": effect.level,
            "outcome": effect.outcome,
            "methods": " ".join(effect.methods),
            "number": self.caller.standing(self._context.number_counts),
        }
        return Audit(
            fact=AuditFact(
                kind="verification.settled", call=self._call, tenant=self._context.tenant, details=details
            )
        )
