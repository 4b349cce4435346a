"""Variables of a flow: the steps that give them a text, and those that go by them.

Strings are compared and nothing else: no expression, no code, no search that begins again (S-23, S-25).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pbx.core.secret import Secret
from pbx.ivr.step import Following, Step

MAX_VARIABLES = 64  # of one flow
OF_CALL = ("caller", "called", "language")  # what a step may go by besides


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTo(Step):
    """Give each of these variables a text that stands in the plan."""

    waits = False

    values: Mapping[str, str]
    next: str

    @property
    def following(self) -> Following:
        return (self.next,)

    @property
    def words(self) -> str:
        return f"sets {', '.join(f'{name} to {text}' for name, text in self.values.items())}"

    @property
    def open_names(self) -> tuple[str, ...]:
        return tuple(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way of a match: for what is one of `values`, or begins with one of `prefixes`."""

    then: str
    values: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def fits(self, value: str) -> bool:
        """Return whether `value` goes this way; "" never does, as nothing written is empty."""
        return value in self.values or value.startswith(self.prefixes)

    def takes(self, prefix: str) -> bool:
        """Return whether all that begins with `prefix` goes this way."""
        return prefix.startswith(self.prefixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Step):
    """Go by what `of` names: the first case that fits, `otherwise` if none does or there is nothing."""

    waits = False
    asks = True

    of: str
    cases: tuple[Case, ...]
    otherwise: str

    @property
    def following(self) -> Following:
        return (*(case.then for case in self.cases), self.otherwise)

    @property
    def words(self) -> str:
        return f"goes by {self.of}, else to {self.otherwise}"

    def chosen(self, values: Mapping[str, str]) -> str:
        """Return the step that follows."""
        value = values.get(self.of, "")
        return next((case.then for case in self.cases if case.fits(value)), self.otherwise)


class Variables:
    """What a caller has entered in one flow, and what steps have set; `open_names` are no secrets."""

    __slots__ = ("_all", "_open_names")

    def __init__(self, open_names: frozenset[str]) -> None:
        self._all: dict[str, Secret[str]] = {}
        self._open_names = open_names

    @property
    def all(self) -> dict[str, Secret[str]]:
        """Secrets too."""
        return dict(self._all)

    @property
    def told(self) -> dict[str, Secret[str]]:
        """What others may be told of."""
        return {name: text for name, text in self._all.items() if name in self._open_names}

    @property
    def texts(self) -> dict[str, str]:
        """The same, as texts: nothing else is read to the caller, which is recorded, or decides his way."""
        return {name: text.reveal() for name, text in self.told.items()}

    def now_open(self, open_names: frozenset[str]) -> None:
        """Other steps may give variables from now on."""
        self._open_names = open_names

    def keep(self, given: Mapping[str, Secret[str]]) -> None:
        """The latest text of a variable counts; those beyond MAX_VARIABLES are not kept."""
        for name, text in given.items():
            if name in self._all or len(self._all) < MAX_VARIABLES:
                self._all[name] = text
