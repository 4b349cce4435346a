"""What a `say` step says, as it is written: sentences, and values that are put into words."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from pbx.config.types import MAX_TEXT, OneOrSeveral, Strict, Text
from pbx.phrases.phrase import Spoken
from pbx.phrases.values import DateOrder, Kind

MAX_PARTS = 16
Value = Annotated[str, Field(min_length=1, max_length=100)]
Noun = Literal["call", "message", "person", "second", "minute", "hour", "day"]
Currency = Literal["GBP", "USD", "EUR", "CHF", "JPY"]
_KINDS = get_args(Kind)
# What may stand beside a value, and of which kinds.
_BESIDE = {
    "of": ("count",),
    "currency": ("money",),
    "unit": ("money",),
    "gender": ("ordinal",),
    "form": ("date",),
    "order": ("date",),
    "clock": ("time",),
}


def _as_text(value: Any) -> Any:
    """YAML reads 42 as a number; bool is one for Python."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Written = Annotated[
    Value,
    BeforeValidator(_as_text),
    WithJsonSchema({"title": "a value, or what is filled in", "type": ["string", "number"]}),
]
Clock = Annotated[
    Literal["12", "24"], BeforeValidator(_as_text), WithJsonSchema({"enum": ["12", "24", 12, 24]})
]


class SaidPart(Strict):
    """A sentence, a value, or one after the other."""

    text: Text | None = None
    number: Written | None = None
    ordinal: Written | None = None
    count: Written | None = None
    money: Written | None = None
    date: Written | None = None
    time: Written | None = None
    digits: Written | None = None
    telephone: Written | None = None
    of: Noun | None = None
    currency: Currency | None = None
    unit: Literal["minor"] | None = None
    gender: Literal["m", "f", "n"] | None = None
    form: Literal["date", "day", "on_date", "on_day"] | None = None
    order: DateOrder | None = None
    clock: Clock | None = None

    @model_validator(mode="after")
    def _fits(self) -> "SaidPart":
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) > 1:
            raise ValueError(f"{kinds[0]} and {kinds[1]} are two values: write a list")
        if not kinds and self.text is None:
            raise ValueError(f"nothing is said: write text, or one of {', '.join(_KINDS)}")
        kind = kinds[0] if kinds else ""
        for name, whose in _BESIDE.items():
            if getattr(self, name) is not None and kind not in whose:
                raise ValueError(f"{name} goes with {whose[0]} only")
        if kind == "count" and self.of is None:
            raise ValueError("of what? write of: message, or another noun")
        if kind == "money" and self.currency is None:
            raise ValueError("of which currency? write currency: GBP, or another one")
        return self

    @property
    def kind(self) -> Kind | None:
        """Of the value; None = there is only a sentence."""
        return next((kind for kind in _KINDS if getattr(self, kind) is not None), None)

    def build(self) -> tuple[str | Spoken, ...]:
        """Return the sentence, then the value."""
        kind = self.kind
        text = () if self.text is None else (self.text,)
        if kind is None:
            return text
        form = self.gender or self.form or self.clock or self.unit or ""
        value: str = getattr(self, kind)
        of = self.of or self.currency or ""
        return (*text, Spoken(kind=kind, value=value, of=of, form=form, order=self.order or "dmy"))


def _part(value: Any) -> Any:
    """A sentence is a part that has nothing else."""
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, dict | SaidPart):
        raise ValueError("expected text; what looks like a number needs quotes")
    return value


class _SchemaOfSaid:
    """One sentence or one part need not be written as a list."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        listed = handler(core)
        part = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": MAX_TEXT}, listed["items"]]}
        return {"anyOf": [*part["anyOf"], {**listed, "items": part}]}


Said = Annotated[
    tuple[Annotated[SaidPart, BeforeValidator(_part)], ...],
    OneOrSeveral,
    Field(min_length=1, max_length=MAX_PARTS),
    _SchemaOfSaid(),
]
