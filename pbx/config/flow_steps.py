"""The steps of a flow as written in its file: one model for each kind of step."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pbx.config.conditions import WrittenWhen
from pbx.config.consent import Purpose
from pbx.config.said import Said
from pbx.config.types import (
    Alone,
    Compared,
    Duration,
    Language,
    Listed,
    Name,
    OneOrSeveral,
    StreamUrl,
    Strict,
    Text,
    Unique,
)
from pbx.config.verification import Tries
from pbx.ivr import steps
from pbx.ivr.fields import FIELDS, FieldKind
from pbx.ivr.variables import Case
from pbx.media.stream_url import is_private
from pbx.media.tones import MAX_TONE_MS
from pbx.sip.causes import Ending

DEFAULT_GREETING = "Please leave a message after the tone."
MIN_SILENCE_S = 2.0  # a pause for thought
LONGEST_SILENCE_S = 25.0  # a media worker holds half a minute of it back, to leave it out
DEFAULT_INVALID = "Sorry, that was not understood."

Attempts = Annotated[int, Field(ge=1, le=10)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
ParameterValue = Annotated[str, Field(max_length=500)]  # as bots know it from the published format
MAX_CASES = 32  # of one match
MAX_COMPARED = 64  # values of one case, and beginnings: a match compares with 4,096 texts at most
MAX_SET = 16  # variables of one step
CaseValues = Annotated[
    tuple[Compared, ...], OneOrSeveral, Field(min_length=1, max_length=MAX_COMPARED), Unique, Alone
]
Entry = Literal["keys", "speech"]
Method = Literal["phone_number", "typed_number", "date_of_birth", "account_number", "pin"]
Way = Literal["one_time_code", "call_back"]
PurposeSaid = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{3,60}$")]  # it goes into a text message


class WrittenSay(Strict):
    say: Said
    next: Name


class WrittenLanguage(Strict):
    language: Language
    next: Name


class WrittenMenu(Strict):
    menu: Text
    keys: Annotated[dict[Key, Name], Field(min_length=1)]
    otherwise: Name
    invalid: Text = DEFAULT_INVALID
    attempts: Attempts = 3
    timeout: Duration = 5.0


class WrittenCollect(Strict):
    collect: Text
    into: Name
    kind: FieldKind = Field(default="digits", alias="type")
    min_digits: Annotated[int, Field(ge=1, le=32)] | None = None
    max_digits: Annotated[int, Field(ge=1, le=32)] | None = None
    next: Name
    otherwise: Name
    invalid: Text = DEFAULT_INVALID
    attempts: Attempts = 3
    timeout: Duration = 5.0
    between_digits: Duration = 4.0
    secret: bool = True

    @model_validator(mode="after")
    def _fits_its_type(self) -> "WrittenCollect":
        field = FIELDS.get(self.kind)
        if field is None:
            if self.max_digits is None:
                raise ValueError("max_digits is missing: say how many digits, or a type")
        elif self.min_digits is not None or self.max_digits is not None:
            raise ValueError(f"a {self.kind} has its own length: leave min_digits and max_digits out")
        elif field.is_secret and not self.secret:
            raise ValueError(f"a {self.kind} is always secret: leave secret out")
        return self

    @property
    def n_digits(self) -> tuple[int, int]:
        """At least and at most so many."""
        field = FIELDS.get(self.kind)
        if field is not None:
            return field.min_digits, field.max_digits
        assert self.max_digits is not None
        return self.min_digits or 1, self.max_digits


class ConsentArguments(Strict):
    purposes: Annotated[tuple[Purpose, ...], Listed, Unique, Field(min_length=1)]


class WrittenConsent(Strict):
    recording_consent: ConsentArguments
    granted: Name
    declined: Name
    refused: Name | None = None


class VerifyArguments(Strict):
    methods: Annotated[tuple[Method, ...], Listed, Unique, Field(min_length=1, alias="with")]
    attempts: Tries | None = None  # the tenant's
    entry: Annotated[tuple[Entry, ...], Listed, Unique, Field(min_length=1)] = ("keys",)

    @model_validator(mode="after")
    def _has_keys(self) -> "VerifyArguments":
        if "keys" not in self.entry:
            raise ValueError("keys is the way of whoever is not understood: write [keys, speech]")
        return self


class WrittenVerify(Strict):
    verify: VerifyArguments
    verified: Name
    otherwise: Name
    company: Name | None = None


class StepUpArguments(Strict):
    ways: Annotated[tuple[Way, ...], Listed, Unique, Field(min_length=1, alias="by")]
    purpose: PurposeSaid

    @model_validator(mode="after")
    def _is_one(self) -> "StepUpArguments":
        if len(self.ways) > 1:
            raise ValueError("a step has one way: let its otherwise lead to a step with the other")
        return self


class WrittenStepUp(Strict):
    step_up: StepUpArguments
    verified: Name
    otherwise: Name


class WrittenVoicemail(Strict):
    voicemail: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")]
    greeting: Text = DEFAULT_GREETING
    max_length: Duration = 180.0
    max_silence: Annotated[Duration, Field(ge=MIN_SILENCE_S, le=LONGEST_SILENCE_S)] = steps.MAX_SILENCE_S
    next: Name | None = None


class StreamArguments(Strict):
    url: StreamUrl
    parameters: Annotated[dict[Parameter, ParameterValue], Field(max_length=64)] = {}
    without_tls: bool = False

    @model_validator(mode="after")
    def _private(self) -> "StreamArguments":
        if not self.without_tls and not is_private(self.url):
            raise ValueError("everybody on the way could listen: write wss://, or without_tls: true")
        return self


class WrittenStream(Strict):
    media_stream: StreamArguments
    next: Name | None = None
    failed: Name


class WrittenConferenceStep(Strict):
    conference: Name
    next: Name | None = None
    refused: Name | None = None


class WrittenPause(Strict):
    pause_recording: Text
    next: Name


class WrittenResume(Strict):
    resume_recording: Text | None = None
    next: Name


class WrittenStart(Strict):
    start_recording: Text
    next: Name


class WrittenStop(Strict):
    stop_recording: Text | None = None
    next: Name


class WrittenEcho(Strict):
    echo: Text | None = None


class WrittenMilliwatt(Strict):
    milliwatt: Annotated[Duration, Field(ge=1.0, le=MAX_TONE_MS / 1000)]
    next: Name | None = None


class WrittenHangUp(Strict):
    hang_up: Text | None = None
    cause: Ending | None = None


class WrittenGoTo(Strict):
    go_to: Name


class WrittenBranch(Strict):
    when: WrittenWhen
    then: Name
    otherwise: Name


class WrittenCase(Strict):
    equal: CaseValues | None = Field(default=None, alias="is")
    begins: CaseValues | None = None
    then: Name

    @model_validator(mode="after")
    def _compares(self) -> "WrittenCase":
        if self.equal is None and self.begins is None:
            raise ValueError("expected is or begins: a case that compares nothing never fits")
        return self

    def build(self) -> Case:
        """Return the case."""
        return Case(then=self.then, values=self.equal or (), prefixes=self.begins or ())


class WrittenMatch(Strict):
    match: Name
    cases: Annotated[tuple[WrittenCase, ...], Listed, Field(min_length=1, max_length=MAX_CASES)]
    otherwise: Name


class WrittenSet(Strict):
    given: Annotated[dict[Name, Compared], Field(min_length=1, max_length=MAX_SET, alias="set")]
    next: Name
