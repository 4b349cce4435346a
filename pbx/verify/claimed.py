"""Claimed: the number that a caller shows, and whether it may count as a proof of who he is."""

from dataclasses import dataclass
from typing import Literal

from pbx.sip.stir.verdict import Status, StirVerdict

# `attested`: a signature that holds, of somebody who vouches for the number. `passed`: any signature that
# holds. `where_verified`: the same on trunks that verify; a trunk that does not is taken at its word.
# `unless_failed`: every number but one whose signature does not hold.
NumberCounts = Literal["attested", "passed", "where_verified", "unless_failed"]

# ATIS-1000074 §5.2.3: B knows the customer and C only the gateway, neither vouches for the number. A plain
# PASSporT has no attestation: its certificate speaks for the very number (RFC 8226 §9).
_VOUCHED = ("A", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """`number` is E.164, None = withheld; `trunk` is the party that brought the call to `called`."""

    number: str | None = None
    trunk: str = ""
    called: str = ""
    verdict: StirVerdict | None = None  # None = the trunk does not verify, or the call is one of ours

    def proven(self, policy: NumberCounts) -> str | None:
        """Return the number where it counts, else None: then the caller is as good as one without number."""
        return self.number if _counts(self.verdict, policy) else None

    def standing(self, policy: NumberCounts) -> str:
        """Return how the number counted, for the record; never the number."""
        if self.number is None:
            return "withheld"
        return "counted" if self.proven(policy) else "not counted"

    @property
    def risk(self) -> tuple[str, ...]:
        """What somebody who trusts the number may want to think of: that nobody vouches for it."""
        if self.number is None:
            return ("withheld",)
        return () if _counts(self.verdict, "attested") else ("unattested",)


def _counts(verdict: StirVerdict | None, policy: NumberCounts) -> bool:
    status = verdict.status if verdict is not None else None
    match policy:
        case "attested":
            return verdict is not None and status is Status.PASSED and verdict.attestation in _VOUCHED
        case "passed":
            return status is Status.PASSED
        case "where_verified":
            return status in (None, Status.PASSED)
        case "unless_failed":
            return status is not Status.FAILED
