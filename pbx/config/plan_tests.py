"""`tests/*.yaml` of a tenant: calls that nobody makes, and what has to come of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from pbx.config.marks import Document
from pbx.config.read import did_you_mean, read_model
from pbx.config.types import (
    Dialled,
    Duration,
    Listed,
    Name,
    Spelled,
    Strict,
    Text,
    digits,
    number,
    written,
)
from pbx.consent.effects import ConsentState, Mode
from pbx.core.errors import ConfigError
from pbx.sip.stir.condition import Attestation, VerdictWord

FOLDER = "tests"
MAX_FILES = 200  # of one tenant
MAX_TESTS = 2000  # of one file
MAX_CUSTOMERS = 100
MAX_KEYS = 32  # of one reply
MAX_LISTED = 50  # replies, steps, sentences of one test
WITHHELD = "withheld"
MORE = "..."  # in a path: whatever comes between
DEFAULT_AT = datetime(2026, 6, 1, 10, 0)  # noqa: DTZ001 - a Monday morning in the tenant's zone

_WORDS: dict[str, dict[str, object]] = {
    "rings": {},
    "busy": {"refuses": 486},
    "declines": {"refuses": 603},
    "away": {"away": True},
}


def local_time(value: Any) -> datetime:
    """Return a written time, which has no zone yet; ValueError says what was expected."""
    if not isinstance(value, str):
        raise ValueError('expected a time such as "2026-12-25 10:00"')
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - in the tenant's zone
    except ValueError as error:
        raise ValueError('expected a time such as "2026-12-25 10:00"') from error


def _born(value: str) -> str:
    try:
        return datetime.strptime(value, "%Y-%m-%d").strftime("%Y%m%d")  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise ValueError("expected a day such as 1980-02-03") from error


def _phone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in _WORDS:
        hint = did_you_mean(value, _WORDS)
        raise ValueError(f"expected {', '.join(_WORDS)}, or {{answers: 5s}}{f': {hint}' if hint else ''}")
    return _WORDS[value]


def _reply(value: Any) -> Any:
    value = str(value) if type(value) is int else value
    return {"press": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class _Short:
    """Tells the schema that a word or keys may stand for a section."""

    words: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        short = {"enum": list(self.words)} if self.words else {"type": ["string", "integer"]}
        return {"anyOf": [short, handler(core)]}


LocalTime = Annotated[
    datetime,
    BeforeValidator(local_time),
    written('a time such as "2026-12-25 10:00", in the zone of the tenant'),
    Spelled(lambda at: f"{at:%Y-%m-%d %H:%M}"),
]
Day = Annotated[str, AfterValidator(_born), written("a day such as 1980-02-03")]
Keys = Annotated[str, *number("[0-9*#]{1,32}", "keys of a telephone")]
Account = Annotated[str, *number("[0-9]{1,20}", "1 to 20 digits")]
Party = Annotated[str, *number("[a-z0-9][a-z0-9_-]{0,31}", "an extension or a trunk")]
Cause = Annotated[
    str,
    BeforeValidator(digits),
    Field(min_length=1, max_length=60),
    written("a word or status of the call record", numbers=True, most=60),
]
StepName = Annotated[
    str, *number(r"[a-z][a-z0-9_-]{0,31}(\.[a-z][a-z0-9_-]{0,31})?", "a step, or a flow, a dot and its step")
]
Value = Annotated[str, *number(r"[^\x00-\x1f\x7f]{0,64}", "at most 64 characters")]
TestName = Annotated[str, Field(min_length=3, max_length=120)]


class WrittenPhone(Strict):
    """What a telephone or a trunk does that is called; nothing of it = it rings, and nobody answers."""

    answers: Duration | None = None
    hangs_up: Duration | None = None  # after the answer; without it the caller does
    refuses: Annotated[int, Field(ge=300, le=699)] | None = None
    after: Duration | None = None  # it refuses
    presses: Keys | None = None  # after the first sentence that it hears; without it nobody does
    away: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.answers is not None, self.refuses is not None, self.away)) > 1:
            raise ValueError("expected one of answers, refuses and away")
        if self.hangs_up is not None and self.answers is None:
            raise ValueError("hangs_up needs answers: nobody hangs up who has not answered")
        if self.presses is not None and self.answers is None:
            raise ValueError("presses needs answers: nobody presses a key who has not answered")
        if self.after is not None and self.refuses is None:
            raise ValueError("after needs refuses; who answers does so after `answers`")
        return self


Phone = Annotated[WrittenPhone, BeforeValidator(_phone), _Short(tuple(_WORDS))]


class WrittenReply(Strict):
    """What the caller presses or says when he is asked; `to` = words of the question that it waits for.

    `during` = he does not wait for the end of the sentence.
    """

    press: Keys | None = None
    say: Text | None = None
    to: Text | None = None
    during: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.press is None) == (self.say is None):
            raise ValueError("expected press or say")
        if self.during and (self.to is None or self.press is None):
            raise ValueError("during needs `to`, the words of the sentence, and press")
        return self


Answered = Annotated[WrittenReply, BeforeValidator(_reply), _Short()]


def _said(value: Any) -> Any:
    return {"outcome": value} if isinstance(value, str) else value


class WrittenAnswer(Strict):
    """What a program says that a step asks; without an outcome it is the first way of the step."""

    outcome: Name | None = None
    gives: Annotated[dict[Name, Value], Field(max_length=MAX_LISTED)] = Field(default_factory=dict)


Consulted = Annotated[WrittenAnswer, BeforeValidator(_said), _Short()]


class WrittenCustomer(Strict):
    """Somebody whom the customer database knows in these tests."""

    phone: Dialled
    date_of_birth: Day | None = None
    account_number: Account | None = None
    company: bool = False


class WrittenEnd(Strict):
    """How the call record says that the call ended."""

    by: Literal["caller", "callee", "system"] | None = None
    cause: Cause | None = None


class WrittenExpectation(Strict):
    """What has to come of the call; only what is written is compared."""

    route: Text | None = None
    path: Annotated[tuple[Text, ...], Listed, Field(max_length=MAX_LISTED)] | None = None
    rings: Annotated[tuple[Party, ...], Listed, Field(max_length=MAX_LISTED)] | None = None
    answered_by: Party | None = None
    says: Annotated[tuple[Text, ...], Listed, Field(max_length=MAX_LISTED)] = ()
    never_says: Annotated[tuple[Text, ...], Listed, Field(max_length=MAX_LISTED)] = ()
    consent: Mode | Literal["not_asked"] | None = None
    consent_state: ConsentState | None = None
    verification: Literal["V0", "V1", "V2", "V3", "V4", "not_asked"] | None = None
    recording: bool | None = None
    message: Party | None = None
    ends: WrittenEnd | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"expects nothing: say one of {', '.join(type(self).model_fields)}")
        return self


class WrittenTest(Strict):
    """One call: who calls whom and when, what people do, and what has to come of it."""

    caller: Dialled = Field(alias="from")
    called: Dialled = Field(alias="to")
    via: Name | None = None  # the trunk; None = the first one
    at: LocalTime = DEFAULT_AT
    verdict: VerdictWord | None = None
    attestation: Attestation | None = None
    replies: Annotated[tuple[Answered, ...], Listed, Field(max_length=MAX_LISTED)] = ()
    phones: Annotated[dict[Party, Phone], Field(max_length=MAX_LISTED)] = Field(default_factory=dict)
    talks: Duration = 10.0  # the caller, with whoever answers, to a machine or a bot; then he hangs up
    gives_up: Duration | None = None  # however far he has come
    code: Keys | None = None  # that is sent to him by a step `step_up`
    answers: Annotated[dict[StepName, Consulted], Field(max_length=MAX_LISTED)] = Field(default_factory=dict)
    database: Literal["up", "down"] = "up"
    customers: Literal["up", "down"] = "up"  # the tenant's own servers
    object_store: Literal["up", "down"] = "up"
    spool: Literal["up", "full"] = "up"
    expect: WrittenExpectation

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.attestation is not None and self.verdict not in (None, "passed"):
            raise ValueError("never happens: only a verdict that passed has an attestation")
        return self


class PlanTestsFile(Strict):
    """`tests/NAME.yaml`: tests by name, and the customers that they share."""

    customers: Annotated[dict[Name, WrittenCustomer], Field(max_length=MAX_CUSTOMERS)] = Field(
        default_factory=dict
    )
    tests: Annotated[dict[TestName, WrittenTest], Field(min_length=1, max_length=MAX_TESTS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTest:
    """One test as read; `place` is its file:line, `places` those of its expectations by key."""

    name: str
    place: str
    written: WrittenTest
    customers: Mapping[str, WrittenCustomer] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTestSource:
    """One file of tests as read, for its checks against the other files."""

    document: Document
    model: PlanTestsFile

    @property
    def tests(self) -> tuple[PlanTest, ...]:
        """Its tests, in the order of the file."""
        return tuple(self._test(name, written) for name, written in self.model.tests.items())

    def _test(self, name: str, written: WrittenTest) -> PlanTest:
        path = ("tests", name, "expect")
        return PlanTest(
            name=name,
            place=self.document.place(("tests", name)),
            written=written,
            customers=self.model.customers,
            places={key: self.document.place((*path, key)) for key in written.expect.model_fields_set},
        )


def read_tests(folder: Path, label: str) -> tuple[tuple[PlanTestSource, ...], list[ConfigError]]:
    """Return the files of tests of the tenant in `folder`, and what is wrong with them."""
    files = sorted((folder / FOLDER).glob("*.yaml"))
    if len(files) > MAX_FILES:
        return (), [ConfigError(f"{label}/{FOLDER}", 1, 1, "", f"more than {MAX_FILES} files of tests")]
    sources: list[PlanTestSource] = []
    errors: list[ConfigError] = []
    for file in files:
        read, wrong = read_model(file, f"{label}/{FOLDER}/{file.name}", PlanTestsFile)
        errors += wrong
        if read is not None:
            sources.append(PlanTestSource(document=read.document, model=read.model))
    return tuple(sources), errors
