"""The step `lookup`: a named question to a database of the tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from pbx.core.json_pointer import text_of
from pbx.core.secret import Secret
from pbx.ivr.placeholders import MAX_VALUE
from pbx.ivr.program_steps import ProgramAnswer, ProgramStep

FOUND, NOT_FOUND, UNVERIFIED = "found", "not_found", "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp(ProgramStep):
    """Ask `query`; `given` = values by parameter, `take` = columns by variable.

    A caller of a lower `level` goes to `unverified`, and nobody is asked: who writes the query says which
    of its columns are for whom.
    """

    query: str
    found: str
    failed: str
    not_found: str | None = None
    unverified: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    take: Mapping[str, str] = field(default_factory=dict)
    keep_s: float = 0.0
    secrets: tuple[str, ...] = ()
    level: str = "V0"

    @property
    def kind(self) -> str:
        return "lookup"

    @property
    def asked(self) -> str:
        return self.query

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(self.given.values())

    @property
    def may_tell(self) -> tuple[str, ...]:
        return self.secrets

    @property
    def needed_level(self) -> str:
        return self.level

    @property
    def ways(self) -> Mapping[str, str | None]:
        return {
            FOUND: self.found,
            NOT_FOUND: self.not_found or self.failed,
            UNVERIFIED: self.unverified or self.failed,
            "failed": self.failed,
        }

    @property
    def open_names(self) -> tuple[str, ...]:
        return tuple(self.take)

    @property
    def words(self) -> str:
        taken = f" for {', '.join(self.take)}" if self.take else ""
        return f"asks the query {self.query}{taken}"

    def read(self, row: Mapping[str, object]) -> ProgramAnswer:
        """Return what is taken of a row; NULL is empty, what is no text has failed."""
        taken: dict[str, Secret[str]] = {}
        for name, column in self.take.items():
            if column not in row:
                return ProgramAnswer(outcome="failed", why=f"there is no column {column}")
            text = _text(row[column])
            if text is None or len(text) > MAX_VALUE:
                why = f"{column} is no text of at most {MAX_VALUE} characters"
                return ProgramAnswer(outcome="failed", why=why)
            taken[name] = Secret(text)
        return ProgramAnswer(outcome=FOUND, values=taken)


def _text(value: object) -> str | None:
    """Write a value of SQL as `say` reads it: days as 2027-01-04, times as 09:30."""
    match value:
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case _:
            return text_of(value)
