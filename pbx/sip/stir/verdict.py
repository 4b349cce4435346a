"""StirVerdict: what came of verifying a calling number, in the words of ATIS-1000074 and RFC 8224 §6.2.2."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The verstat values; NONE = nothing was proved and nothing was disproved."""

    PASSED = "TN-Validation-Passed"
    FAILED = "TN-Validation-Failed"
    NONE = "No-TN-Validation"


MAX_DETAIL = 200

REASONS = {
    403: "Stale Date",
    428: "Use Identity Header",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StirVerdict:
    """`code` is the status that a refusal would have, 0 when passed; `detail` is for people and logs."""

    status: Status
    attestation: str = ""
    origid: str = ""
    code: int = 0
    detail: str = ""

    @property
    def reason(self) -> str:
        """The reason phrase of `code`."""
        return REASONS.get(self.code, "")


NOT_VERIFIED = StirVerdict(status=Status.NONE, detail="no verdict in time")
UNSIGNED = StirVerdict(status=Status.NONE, code=428, detail="no Identity header")


def failed(code: int, detail: str) -> StirVerdict:
    """Return the verdict on a statement that does not hold.

    `detail` may quote a certificate or an answer of a stranger, and it goes into a log line.
    """
    seen = "".join(char if char.isascii() and char.isprintable() else "?" for char in detail[:MAX_DETAIL])
    return StirVerdict(status=Status.FAILED, code=code if code in REASONS else 438, detail=seen)
