"""What a verification hears."""

from dataclasses import dataclass

from pbx.core.ids import Token
from pbx.media.dialogue import DialogueEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationStarted:
    """The flow reached the verify step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChecked:
    """`customer` is an opaque reference; a locked, unknown or wrong pair is just not matched.

    `failed` = the store did not answer; counts as not matched (fail closed). `company` = the number is of
    companies only. `away` = nobody can be verified now, and whoever calls is not asked any further.
    """

    token: Token
    matched: bool
    customer: str = ""
    failed: bool = False
    company: bool = False
    away: bool = False


VerifyEvent = DialogueEvent | VerificationStarted | IdentityChecked
