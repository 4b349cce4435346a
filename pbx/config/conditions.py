"""`when` as written in `dialplan.yaml` and in flows: a condition on the verdict of a calling number."""

from typing import Annotated, Self

from pydantic import model_validator

from pbx.config.types import Alone, OneOrSeveral, Strict, Unique
from pbx.sip.stir.condition import Attestation, VerdictCondition, VerdictWord


class WrittenWhen(Strict):
    """`{verdict: failed}`, `{attestation: [A, B]}`, or both."""

    verdict: Annotated[tuple[VerdictWord, ...], Unique, OneOrSeveral, Alone] = ()
    attestation: Annotated[tuple[Attestation, ...], Unique, OneOrSeveral, Alone] = ()

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
