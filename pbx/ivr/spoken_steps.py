"""Steps that speak to the caller, or ask for keys."""

from dataclasses import dataclass

from pbx.ivr.fields import FIELDS, FieldKind
from pbx.ivr.step import Following, Step
from pbx.phrases.phrase import Spoken
from pbx.sip.causes import Ending

_KINDS = {"digits": "digits", "amount": "an amount", "phone": "a telephone number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Step):
    """Speak `text` to its end, or the `parts`, some of which are values; None as `next` ends the call."""

    text: str
    next: str | None
    parts: tuple[str | Spoken, ...] = ()

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return "says a sentence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Step):
    """Speak, then one key; `keys` maps a digit to a step; `fallback` after `attempts` fruitless rounds."""

    asks = True

    text: str
    keys: dict[str, str]
    fallback: str
    invalid_text: str
    attempts: int = 3
    timeout_s: float = 5.0

    @property
    def following(self) -> Following:
        return (*self.keys.values(), self.fallback)

    @property
    def unattended(self) -> Following:
        return (self.fallback,)

    @property
    def words(self) -> str:
        return f"asks for one of the keys {' '.join(sorted(self.keys))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Step):
    """Speak, then `min_digits` to `max_digits` digits into `variable`; `fallback` when there are none."""

    asks = True

    text: str
    variable: str
    min_digits: int
    max_digits: int
    next: str
    fallback: str
    invalid_text: str
    attempts: int = 3
    first_digit_timeout_s: float = 5.0
    inter_digit_timeout_s: float = 4.0
    secret: bool = True  # taps of the leg are silent while the caller types
    kind: FieldKind = "digits"

    def read(self, digits: str, country: str) -> str | None:
        """Return what is kept of the digits, None if they are none of this kind in this country."""
        field = FIELDS.get(self.kind)
        return digits if field is None else field.read(digits, country)

    @property
    def sample(self) -> str:
        """The keys of an entry that is taken."""
        field = FIELDS.get(self.kind)
        keys = "0" * self.min_digits if field is None else field.sample
        return keys + ("#" if len(keys) < self.max_digits else "")

    @property
    def following(self) -> Following:
        return (self.next, self.fallback)

    @property
    def unattended(self) -> Following:
        return (self.fallback,)

    @property
    def open_names(self) -> tuple[str, ...]:
        return () if self.secret else (self.variable,)

    @property
    def secret_names(self) -> tuple[str, ...]:
        return (self.variable,) if self.secret else ()

    @property
    def words(self) -> str:
        asked = self.kind.partition("_")[0]  # the order of a date is nothing for a story
        return f"asks for {_KINDS.get(asked, f'a {asked}')} into {self.variable}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo(Step):
    """Send the caller his own voice until he hangs up."""

    text: str = ""

    @property
    def following(self) -> Following:
        return (None,)

    @property
    def words(self) -> str:
        return "sends the caller his own voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milliwatt(Step):
    """Send the tone by which lines are measured; None as `next` ends the call."""

    duration_s: float
    next: str | None

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return f"sends the tone of a milliwatt for {self.duration_s:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Step):
    """Say goodbye ("" = say nothing) and end the call; `cause` None = as flows end."""

    text: str = ""
    cause: Ending | None = None

    @property
    def following(self) -> Following:
        return (None,)

    @property
    def words(self) -> str:
        return f"ends the call as {self.cause}" if self.cause else "ends the call"
