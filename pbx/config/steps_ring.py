"""The step `ring` of a flow: the places that ring, each at its time, and what they become."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from pbx.config.step_kind import StepKind
from pbx.config.types import Dialled, Duration, ExtensionNumber, Name, OneOrSeveral, Strict, Unique
from pbx.ivr.steps import Ring
from pbx.ivr.timing import AT_ONCE, Timing

MAX_TARGETS = 20  # of one ring: as many telephones as ring together without losing branches
_TARGET = r"^(extension|group)/[a-z0-9_-]{1,32}$"
Target = Annotated[str, Field(pattern=_TARGET)]


class WrittenPlace(Strict):
    """One place that rings: an extension, a group, or a number outside whose calls are those of `account`."""

    to: Target | None = None
    number: Dialled | None = None
    account: ExtensionNumber | None = None
    after: Annotated[Duration, Field(ge=0)] = 0.0
    ring_s: Annotated[Duration, Field(ge=1)] | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _fits(self) -> "WrittenPlace":
        if (self.to is None) == (self.number is None):
            raise ValueError("expected to, an extension or a group, or a number outside")
        if self.number is not None and self.account is None:
            raise ValueError("whose call is it? write account: the extension with whose rights it goes out")
        if self.account is not None and self.number is None:
            raise ValueError("account goes with number only: who is called inside costs nothing")
        return self

    @property
    def target(self) -> str:
        """`extension/1001`, `group/support`, or `number/` and what is dialled."""
        return self.to if self.to is not None else f"number/{self.number}"

    @property
    def timing(self) -> Timing:
        """When it rings, and on whose account."""
        return Timing(after_s=self.after, ring_s=self.ring_s, account=self.account or "")


def _place(value: Any) -> Any:
    """A place that rings at once, up to the end, needs no section."""
    if isinstance(value, str):
        return {"to": value}
    if not isinstance(value, Mapping | WrittenPlace):
        raise ValueError("expected text; what looks like a number needs quotes")
    return value


class _SchemaOfPlaces:
    """One place need not be written as a list."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        listed = handler(core)
        place = {"anyOf": [{"type": "string", "pattern": _TARGET}, listed["items"]]}
        return {"anyOf": [*place["anyOf"], {**listed, "items": place}]}


Places = Annotated[
    tuple[Annotated[WrittenPlace, BeforeValidator(_place)], ...],
    OneOrSeveral,
    Field(min_length=1, max_length=MAX_TARGETS),
    Unique,
    _SchemaOfPlaces(),
]


class WrittenRing(Strict):
    ring: Places
    ring_s: Duration = Field(default=25.0, alias="for")
    no_answer: Name
    busy: Name

    @model_validator(mode="after")
    def _rings(self) -> "WrittenRing":
        targets = [place.target for place in self.ring]
        if len(set(targets)) != len(targets):
            raise ValueError("the same place is listed twice")
        late = next((place for place in self.ring if place.after >= self.ring_s), None)
        if late is not None:
            raise ValueError(f"{late.target} never rings: after {late.after:g} s the ring is over")
        return self


def _ring(written: WrittenRing) -> Ring:
    timings = {place.target: place.timing for place in written.ring}
    return Ring(
        target=written.ring[0].target,
        others=tuple(place.target for place in written.ring[1:]),
        ring_s=written.ring_s,
        no_answer=written.no_answer,
        busy=written.busy,
        timings={target: timing for target, timing in timings.items() if timing != AT_ONCE},
    )


STEPS: dict[str, StepKind] = {"ring": StepKind(WrittenRing, _ring)}
