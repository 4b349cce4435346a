"""The program that a flow has asked: at most one at a time."""

from collections.abc import Mapping

from pbx.call.effects import Audit, ConsultProgram
from pbx.call.events import ProgramAnswered
from pbx.call.tokens import Tokens
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.core.secret import Secret
from pbx.ivr.effects import AskProgram
from pbx.ivr.events import AnswerGiven

ANSWERED = "flow.answered"


class Programs:
    """Turns a flow's order into a question of the call, and the answer back into a fact."""

    __slots__ = ("_call", "_pending", "_tenant", "_tokens")

    def __init__(self, call: CallId, tenant: str, tokens: Tokens) -> None:
        self._call, self._tenant, self._tokens = call, tenant, tokens
        self._pending: ConsultProgram | None = None

    def ask(self, order: AskProgram, known: Mapping[str, str]) -> ConsultProgram:
        """Ask; `known` of the call goes before what was entered under the same name."""
        of_call = {**known, "call": self._call, "tenant": self._tenant}
        self._pending = ConsultProgram(
            call=self._call,
            token=self._tokens.next(),
            tenant=self._tenant,
            step=order.step,
            of=order.of,
            values={**order.entered, **{name: Secret(text) for name, text in of_call.items()}},
        )
        return self._pending

    def answered(self, event: ProgramAnswered) -> tuple[list[Audit], AnswerGiven | None]:
        """What the flow hears, and what goes on record; None for an answer that nobody waits for."""
        asked = self._pending
        if asked is None or event.token != asked.token:
            return [], None
        self._pending = None
        answer = event.answer
        fact = AuditFact(
            kind=ANSWERED,
            call=self._call,
            tenant=self._tenant,
            details={
                "step": asked.step,
                "kind": asked.of.kind,
                "asked": asked.of.asked,
                "outcome": answer.outcome,
                "reason": answer.why,
            },
        )
        return [Audit(fact=fact)], AnswerGiven(answer=answer)

    def forget(self) -> None:
        """Nobody waits for an answer any more."""
        self._pending = None
