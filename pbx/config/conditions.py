"""`when` as written in `dialplan.yaml` and in flows: a condition on the verdict of a calling number."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from pbx.config.types import Strict, Unique
from pbx.sip.stir.condition import Attestation, VerdictCondition, VerdictWord


def _one_or_more(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


OneOrMore = BeforeValidator(_one_or_more)


class WrittenWhen(Strict):
    """`{verdict: failed}`, `{attestation: [A, B]}`, or both."""

    verdict: Annotated[tuple[VerdictWord, ...], Unique, OneOrMore] = ()
    attestation: Annotated[tuple[Attestation, ...], Unique, OneOrMore] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not (self.verdict or self.attestation):
            raise ValueError("expected verdict or attestation: a condition that asks nothing always holds")
        if self.attestation and self.verdict and "passed" not in self.verdict:
            raise ValueError("never holds: only a verdict that passed has an attestation")
        return self

    def build(self) -> VerdictCondition:
        """Return the condition."""
        return VerdictCondition(verdicts=self.verdict, attestations=self.attestation)
