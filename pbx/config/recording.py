"""`recording.yaml` as it is written, and the recording rules made of it."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.marks import Document
from pbx.config.recorders import SiprecSettings
from pbx.config.retention import DEFAULT_DAYS, Days, KeptFor, WrittenTerm
from pbx.config.types import Alone, Dialled, ExtensionNumber, Listed, Name, OneOrSeveral, Strict, Unique
from pbx.dialplan.numbers import full_number
from pbx.recording.failure import FailurePolicy
from pbx.recording.rules import Direction, Mode, RecordingRules, Rule

MAX_RULES = 200  # as many rows as an admin can keep an overview of; each is looked at for each call
MAX_VALUES = 200  # of one condition: the extensions of a large department


_Several = (OneOrSeveral, Unique, Field(min_length=1, max_length=MAX_VALUES), Alone)


class WrittenRule(Strict):
    """One row: conditions of which all have to fit, and either a mode or the share of a sample."""

    mode: Literal["off", "always", "on_demand", "segment", "flow"] | None = None
    sample: Annotated[float, Field(gt=0, lt=1)] | None = None
    direction: Annotated[tuple[Direction, ...], *_Several] | None = None
    number: Annotated[tuple[Dialled, ...], *_Several] | None = None
    group: Annotated[tuple[Name, ...], *_Several] | None = None
    queue: Annotated[tuple[Name, ...], *_Several] | None = None
    extension: Annotated[tuple[ExtensionNumber, ...], *_Several] | None = None
    trunk: Annotated[tuple[Name, ...], *_Several] | None = None
    conference: Annotated[tuple[Name, ...], *_Several] | None = None
    on_failure: FailurePolicy | None = None

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if (self.mode is None) == (self.sample is None):
            raise ValueError("expected either a mode or a sample")
        return self

    def build(self, country: str, place: str) -> Rule:
        """Return the rule; numbers that are none were found by the checks."""
        numbers = (full_number(number, country) or number for number in self.number or ())
        return Rule(
            mode=self.mode or "always",
            share=self.sample,
            on_failure=self.on_failure,
            place=place,
            directions=frozenset(self.direction or ()),
            numbers=frozenset(numbers),
            groups=frozenset(self.group or ()),
            queues=frozenset(self.queue or ()),
            extensions=frozenset(self.extension or ()),
            trunks=frozenset(self.trunk or ()),
            conferences=frozenset(self.conference or ()),
        )


class RecordingSettings(Strict):
    """`recording.yaml`: which calls are recorded, what happens when that fails, how long it is kept.

    `mode` holds for the calls that no rule fits; nothing is recorded of an extension that is `private`.
    """

    mode: Mode = "flow"
    rules: Annotated[tuple[WrittenRule, ...], Listed, Field(max_length=MAX_RULES)] = ()
    private: Annotated[tuple[ExtensionNumber, ...], Listed, Unique, Field(max_length=MAX_VALUES)] = ()
    on_recording_failure: FailurePolicy = "continue"
    on_failure: dict[KeptFor, FailurePolicy] = Field(default_factory=dict)
    siprec: SiprecSettings | None = None
    recordpref: Literal["honour", "note"] = "honour"
    retention_days: Days = DEFAULT_DAYS
    retention: dict[KeptFor, WrittenTerm] = Field(default_factory=dict)

    @property
    def written_failures(self) -> Iterator[tuple[tuple[str | int, ...], FailurePolicy]]:
        """Each policy that may hold, and where it stands."""
        yield ("on_recording_failure",), self.on_recording_failure
        for purpose, policy in self.on_failure.items():
            yield ("on_failure", purpose), policy
        for i, rule in enumerate(self.rules):
            if rule.on_failure is not None:
                yield ("rules", i, "on_failure"), rule.on_failure


def build_rules(
    settings: RecordingSettings, country: str, document: Document | None = None
) -> RecordingRules:
    """Return the table; with the document each rule knows where it stands."""
    places = [document.place(("rules", i)) if document else "" for i in range(len(settings.rules))]
    rules = tuple(rule.build(country, place) for rule, place in zip(settings.rules, places, strict=True))
    return RecordingRules(rules=rules, otherwise=settings.mode, private=frozenset(settings.private))
