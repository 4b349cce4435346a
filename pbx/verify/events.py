"""What a verification hears."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DialogueEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStarted:
    """The flow reached the verify step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked:
    """`customer` is an opaque reference; a locked, unknown or wrong pair is just not matched.

    `failed` = the store did not answer; counts as not matched (fail closed). `company` = the number is of
    companies only. `away` = nobody can be verified now, and whoever calls is not asked any further.
    `by_pin` = the customer has a PIN, and it was right.
    """

    token: Token
    matched: bool
    customer: str = ""
    failed: bool = False
    company: bool = False
    away: bool = False
    by_pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechHeard:
    """The caller's answer in words, and how sure the recogniser is, 0 to 1; `failed` = there is none."""

    token: Token
    outcome: Literal["heard", "silence", "failed"]
    words: Secret[str]
    confidence: float = 0.0


VerifyEvent = DialogueEvent | VerificationStarted | IdentityChecked | SpeechHeard
