"""What a verification orders."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DialogueEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity:
    """Compare with the customer store; IdentityChecked(token) follows.

    `number` is the caller's E.164 number or None when withheld; the store does the same work for both.
    `date_of_birth` is YYYYMMDD.
    """

    token: Token
    number: str | None
    date_of_birth: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSettled:
    """The last effect. `level` is V0 or V2 (compliance reference §4.4)."""

    outcome: Literal["verified", "unverified"]
    level: Literal["V0", "V2"]
    methods: tuple[str, ...]
    attempts: int
    customer: str = ""  # opaque reference, empty when unverified


VerifyEffect = DialogueEffect | CheckIdentity | VerificationSettled
