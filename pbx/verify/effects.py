"""What a verification orders."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DialogueEffect
from pbx.verify.levels import LEVELS as LEVELS
from pbx.verify.levels import Level as Level

SpokenOutcome = Literal[
    "taken",  # a date that was compared
    "no_date",  # words that are no date of birth
    "unclear",  # not heard well enough
    "silence",
    "failed",  # there was no recogniser, or it did not answer
]

NotConfirmed = Literal["no_key", "unspoken"]  # unspoken = there is no voice for the question


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIdentity:
    """Compare with the customer store; IdentityChecked(token) follows.

    `number` is the caller's E.164 number or None when withheld; the store does the same work for both.
    `date_of_birth` is YYYYMMDD; without it and an account number only the number is looked at. `pin` is
    compared beside them, "" = the caller has none, None = he was not asked.
    `typed_number` is E.164, and whose number it is counts instead. `one_time_code` is compared with the one
    that was sent, and with nothing else.
    """

    token: Token
    number: str | None
    date_of_birth: Secret[str] | None
    account_number: Secret[str] | None = None
    pin: Secret[str] | None = None
    typed_number: Secret[str] | None = None
    one_time_code: Secret[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSettled:
    """The last effect. `level` of compliance reference §4.4: V1 by the number, V2 with what he knows,
    V3 with what he has.

    company = the number is a company's, which nobody is verified as (V-15).
    """

    outcome: Literal["verified", "unverified", "company"]
    level: Level
    methods: tuple[str, ...]
    attempts: int
    customer: str = ""  # opaque reference, empty when unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class HearAnswer:
    """Let the caller say his answer; SpeechHeard(token) follows. `grammar` = what he may say."""

    token: Token
    grammar: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopHearing:
    """He does not say it; what comes late is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHeard:
    """What came of a spoken answer, for the record; never its words."""

    outcome: SpokenOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackAnnounced:
    """The caller knows that he will be called, and his call may end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackConfirmed:
    """Whoever answered the call-back has pressed the key that was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackUnconfirmed:
    """Nobody did, or nobody could be asked: a machine, or a person who has not asked for it."""

    why: NotConfirmed


SpokenEffect = HearAnswer | StopHearing | AnswerHeard
CallBackEffect = CallBackAnnounced | CallBackConfirmed | CallBackUnconfirmed
VerifyEffect = DialogueEffect | CheckIdentity | VerificationSettled | SpokenEffect | CallBackEffect
