"""What a verification orders."""

from dataclasses import dataclass
from typing import Literal, get_args

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DialogueEffect

Level = Literal["V0", "V1", "V2", "V3", "V4"]
LEVELS: tuple[Level, ...] = get_args(Level)  # the least first


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity:
    """Compare with the customer store; IdentityChecked(token) follows.

    `number` is the caller's E.164 number or None when withheld; the store does the same work for both.
    `date_of_birth` is YYYYMMDD; None = only the number is looked at.
    """

    token: Token
    number: str | None
    date_of_birth: Secret[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSettled:
    """The last effect. `level` of compliance reference §4.4: V1 by the number, V2 with the date of birth.

    company = the number is a company's, which nobody is verified as (V-15).
    """

    outcome: Literal["verified", "unverified", "company"]
    level: Level
    methods: tuple[str, ...]
    attempts: int
    customer: str = ""  # opaque reference, empty when unverified


VerifyEffect = DialogueEffect | CheckIdentity | VerificationSettled
