"""Assisting: an agent types what the caller tells him, and hears whether it is right; never what is (V-10).

His questions are counted as the caller's own: the same counters, the same three of a call, the same time.
"""

from dataclasses import dataclass

from pbx.call.connect import Connect
from pbx.call.effects import AnswerCheck, Audit, CallEffect
from pbx.call.events import CallerChecked, PersonAsked
from pbx.call.leg import LegState
from pbx.call.ordered import FeatureEvent
from pbx.call.verifying import Verifying
from pbx.core.audit import AuditFact
from pbx.core.ids import Token
from pbx.verify import facts
from pbx.verify.assisted import NO_MATCH, AssistedCheck, Verdict
from pbx.verify.claimed import Claimed

ASSISTED = "verification.assisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """`token` None = nobody was asked; `about` is who the caller claimed to be then."""

    asked: PersonAsked
    check: AssistedCheck
    token: Token | None
    about: Claimed


class Assisting:
    """At most one check at a time."""

    __slots__ = ("_connect", "_running", "_verifying")

    def __init__(self, connect: Connect, verifying: Verifying) -> None:
        self._connect, self._verifying = connect, verifying
        self._running: _Running | None = None

    @property
    def deadline(self) -> float | None:
        """When the next answer may be given."""
        return self._running.check.deadline if self._running is not None else None

    @property
    def refusal(self) -> str:
        """Why nobody may ask now, "" = somebody may; it says nothing of the caller."""
        if self._running is not None:
            return "another check of this call is not over yet"
        caller = self._connect.legs.get(self._connect.start.offered.leg)
        other = self._connect.other(caller) if caller is not None else None
        is_talk = other is not None and other.state is LegState.ANSWERED
        if caller is None or other is None or not is_talk or not other.party.startswith("extension/"):
            return "no colleague talks with its caller"
        return ""

    def ask(self, event: PersonAsked, now: float) -> list[CallEffect]:
        """Somebody asks; AnswerCheck follows in any case."""
        if self.refusal:
            return [AnswerCheck(ticket=event.ticket, matched=False)]
        verifying = self._verifying
        question = verifying.question(event.date_of_birth)
        check = AssistedCheck(now, is_asked=question is not None)
        token = question.token if question is not None else None
        self._running = _Running(asked=event, check=check, token=token, about=verifying.caller)
        return [] if question is None else [*verifying.fetch(), question]

    def take(self, event: FeatureEvent) -> list[CallEffect]:
        """The store may have answered; what was compared is on the record already."""
        running = self._running
        if running is None or not isinstance(event, CallerChecked) or running.token != event.token:
            return []
        is_right = event.matched and not event.failed and bool(event.customer)
        running.check.answered(Verdict(matched=True, customer=event.customer) if is_right else NO_MATCH)
        call, tenant = self._connect.belongs_to
        failed = facts.attempt((tenant, call), "date_of_birth", event.reason)
        return [Audit(fact=failed)] if event.failed else []

    def tick(self, now: float) -> list[CallEffect]:
        """It may be time for the answer."""
        verdict = self._running.check.tick(now) if self._running is not None else None
        return self._settle(verdict) if verdict is not None else []

    def stop(self) -> list[CallEffect]:
        """The call ends: nobody is verified any more."""
        return self._settle(NO_MATCH) if self._running is not None else []

    def _settle(self, verdict: Verdict) -> list[CallEffect]:
        running, self._running = self._running, None
        assert running is not None, "somebody has asked"
        is_match = verdict.matched and self._verifying.caller is running.about and not self.refusal
        if is_match:
            self._verifying.assisted(verdict.customer)
        call, tenant = self._connect.belongs_to
        details: dict[str, str | int | bool | None] = {
            "by": running.asked.actor,
            "outcome": "verified" if is_match else "unverified",
        }
        fact = AuditFact(kind=ASSISTED, call=call, tenant=tenant, details=details)
        return [Audit(fact=fact), AnswerCheck(ticket=running.asked.ticket, matched=is_match)]
