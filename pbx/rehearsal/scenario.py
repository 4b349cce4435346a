"""Scenario: who calls whom and when, what people do, and what is up or down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pbx.config.customers import OnOutage
from pbx.core.secret import Secret
from pbx.ivr.program_steps import ProgramAnswer
from pbx.sip.events import Origin
from pbx.sip.stir.verdict import StirVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """What a telephone or trunk does that is called; as it stands here it rings, and nobody answers."""

    answers_s: float | None = None
    hangs_up_s: float | None = None  # after the answer
    refuses: int = 0  # SIP status, 0 = it does not
    after_s: float = 0.5  # it refuses
    presses: str = ""  # after the first sentence that it hears
    is_away: bool = False  # not registered; a trunk does not respond


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Keys or words of the caller; `to` = words of the question that it waits for, "" = the next question.

    `during` = he does not wait for the end of the sentence. `entry` = only in the n-th step that the call
    enters, 0 = wherever he is asked.
    """

    keys: str = ""
    words: str = ""
    to: str = ""
    during: bool = False
    entry: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the customer database knows."""

    customer: str
    number: str = field(repr=False)  # E.164
    date_of_birth: Secret[str] | None = None  # YYYYMMDD
    account_number: Secret[str] | None = None
    is_company: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One call; `number` is the caller's as presented, "" = withheld. `at` is aware UTC.

    `phones` are by party, `extension/1001` or `trunk/carrier`. `settled` = what the database says of the
    caller whatever he types, None = it compares.
    """

    tenant: str
    origin: Origin
    number: str
    called: str
    at: datetime
    verdict: StirVerdict | None = None
    replies: tuple[Reply, ...] = ()
    phones: Mapping[str, Phone] = field(default_factory=dict)
    talks_s: float = 10.0
    gives_up_s: float | None = None
    code: str = ""
    people: tuple[Person, ...] = ()
    settled: bool | None = None
    answers: Mapping[str, ProgramAnswer] = field(
        default_factory=dict
    )  # of programs, by `flow.step` or `step`
    has_database: bool = True
    outage: OnOutage | None = None  # the tenant's servers of customers are away: what is done about it then
    has_room: bool = True  # in the spool: a recording can begin


SILENT = Phone()
