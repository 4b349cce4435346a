"""VerdictCondition: what a rule of an admin asks of the verdict on a calling number (RFC 8224 §6.2.2)."""

from dataclasses import dataclass
from typing import Literal

from pbx.sip.stir.verdict import Status, StirVerdict

VerdictWord = Literal["passed", "failed", "none"]
Attestation = Literal["A", "B", "C"]

_WORDS: dict[Status, VerdictWord] = {Status.PASSED: "passed", Status.FAILED: "failed", Status.NONE: "none"}


def word_of(verdict: StirVerdict | None) -> VerdictWord:
    """Return the verdict as rules call it; a call that nobody looked at is `none` too."""
    return _WORDS[verdict.status] if verdict is not None else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCondition:
    """Every part that is given must hold; an empty one asks nothing.

    An attestation is the signer's word, so it counts only with a signature that holds.
    """

    verdicts: tuple[VerdictWord, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    def holds(self, verdict: StirVerdict | None) -> bool:
        """Whether a call with this verdict is meant."""
        word = word_of(verdict)
        attested = verdict.attestation if verdict is not None and word == "passed" else ""
        is_attested = not self.attestations or attested in self.attestations
        return is_attested and (not self.verdicts or word in self.verdicts)

    def __str__(self) -> str:
        parts = (("verdict", self.verdicts), ("attestation", self.attestations))
        return ", ".join(f"{name} {' or '.join(values)}" for name, values in parts if values)
