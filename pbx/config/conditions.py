"""`when` as written in `dialplan.yaml` and in flows: a condition on the time, the caller or his number."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.conditions.condition import WITHHELD, Condition, HeaderIs, ScheduleIs
from pbx.conditions.pattern import MAX_PATTERN, MAX_STARS, Pattern
from pbx.config.types import Alone, Name, OneOrSeveral, Strict, Unique, number
from pbx.schedules.holiday import Kind
from pbx.sip.stir.condition import Attestation, VerdictCondition, VerdictWord

MAX_VALUES = 64  # of a list
MAX_PARTS = 8  # schedules or headers of one condition
_CALLER = rf"{WITHHELD}|\+[0-9]{{1,15}}\*?|[1-9][0-9]{{0,6}}\*?"
_EXPECTED = "a number in full such as +441632960100, the beginning of some such as +4477*, an extension"
_STARS = rf"(?:[^*\x00-\x1f\x7f]*\*){{0,{MAX_STARS}}}[^*\x00-\x1f\x7f]*"
Caller = Annotated[str, *number(_CALLER, f"{_EXPECTED}, or {WITHHELD}")]
Value = Annotated[
    str,
    *number(rf"(?=.{{1,{MAX_PATTERN}}}$){_STARS}", f"text of 1 to {MAX_PATTERN}, with at most {MAX_STARS} *"),
]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
_Kinds = Annotated[tuple[Kind, ...], Unique, OneOrSeveral, Alone]
_Values = Annotated[
    tuple[Value, ...], Unique, OneOrSeveral, Field(min_length=1, max_length=MAX_VALUES), Alone
]


class WrittenWhen(Strict):
    """All that is written must hold: `{schedule: {office: closed}, caller: withheld}`."""

    schedule: Annotated[dict[Name, _Kinds], Field(max_length=MAX_PARTS)] = Field(default_factory=dict)
    caller: Annotated[tuple[Caller, ...], Unique, OneOrSeveral, Field(max_length=MAX_VALUES), Alone] = ()
    header: Annotated[dict[HeaderName, _Values], Field(max_length=MAX_PARTS)] = Field(default_factory=dict)
    verified: Literal["V1", "V2", "V3"] | None = None
    verdict: Annotated[tuple[VerdictWord, ...], Unique, OneOrSeveral, Alone] = ()
    attestation: Annotated[tuple[Attestation, ...], Unique, OneOrSeveral, Alone] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.build() == Condition():
            asked = ", ".join(type(self).model_fields)
            raise ValueError(f"expected one of {asked}: a condition that asks nothing always holds")
        if self.attestation and self.verdict and "passed" not in self.verdict:
            raise ValueError("never holds: only a verdict that passed has an attestation")
        if not all(self.schedule.values()):
            raise ValueError("never holds: say in which way a schedule is to be")
        return self

    def build(self) -> Condition:
        """Return the condition."""
        return Condition(
            verdict=VerdictCondition(verdicts=self.verdict, attestations=self.attestation),
            schedules=tuple(ScheduleIs(schedule=one, kinds=kinds) for one, kinds in self.schedule.items()),
            callers=tuple(map(Pattern, self.caller)),
            headers=tuple(
                HeaderIs(name=name, patterns=tuple(map(Pattern, values)))
                for name, values in self.header.items()
            ),
            level=self.verified or "",
        )
