"""Steps that ask a program outside of the PBX, and go on by its answer (IVR-04)."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.core.json_pointer import pointer_parts, text_of, value_at
from pbx.core.secret import Secret
from pbx.ivr.placeholders import MAX_VALUE, filled, filled_url, placeholders
from pbx.ivr.step import Following, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramAnswer:
    """What came of asking: `outcome` = the way to go, `values` by variable.

    `why` it failed is for the log and the record: never with what was sent or answered. `steps` are handed
    over by a program that decides what follows, beginning with `start`; their names are none of the flow's.
    """

    outcome: str
    values: Mapping[str, Secret[str]] = field(default_factory=dict)
    why: str = ""
    steps: Mapping[str, Step] = field(default_factory=dict)
    start: str = ""


class ProgramStep(Step):
    """A step of this kind; what it asks may change between two calls, so no replay knows the answer."""

    __slots__ = ()

    waits = False
    asks = True

    @property
    @abstractmethod
    def kind(self) -> str:
        """The word of the step in the file of a flow."""

    @property
    @abstractmethod
    def asked(self) -> str:
        """Who is asked, as the plan names it."""

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The names whose values are told to the program."""

    @property
    @abstractmethod
    def may_tell(self) -> tuple[str, ...]:
        """Secret entries that are told to it all the same, as the plan says."""

    @property
    def needed_level(self) -> str:
        """How sure it has to be who calls; of a caller of whom it is not, nobody is asked."""
        return "V0"

    @property
    @abstractmethod
    def ways(self) -> Mapping[str, str | None]:
        """What follows by outcome; `failed` is among them, for every outcome that is not."""

    def way(self, outcome: str) -> str | None:
        """Return the step that follows."""
        ways = self.ways
        return ways.get(outcome, ways["failed"])

    @property
    def following(self) -> Following:
        return tuple(dict.fromkeys(self.ways.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHttp(ProgramStep):
    """GET from a server, or POST where there is a `body`; `take` = places of the answer by variable.

    A value goes behind the question mark of `path`, percent-encoded, or into the body. `keep_s` = for how
    long an answer counts for the same question, 0 = it is asked again.
    """

    server: str
    path: str
    next: str
    failed: str
    not_found: str | None = None
    body: Mapping[str, str] | None = None
    take: Mapping[str, str] = field(default_factory=dict)
    keep_s: float = 0.0
    secrets: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return "http"

    @property
    def asked(self) -> str:
        return self.server

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(name for text in (self.path, *(self.body or {}).values()) for name in placeholders(text))

    @property
    def may_tell(self) -> tuple[str, ...]:
        return self.secrets

    @property
    def ways(self) -> Mapping[str, str | None]:
        return {"next": self.next, "failed": self.failed, "not_found": self.not_found or self.failed}

    @property
    def open_names(self) -> tuple[str, ...]:
        return tuple(self.take)

    @property
    def words(self) -> str:
        verb = "asks" if self.body is None else "tells"
        taken = f" for {', '.join(self.take)}" if self.take else ""
        return f"{verb} the server {self.server}{taken}"

    def target(self, values: Mapping[str, str]) -> str:
        """Return path and query with their values."""
        return filled_url(self.path, values)

    def told(self, values: Mapping[str, str]) -> dict[str, str] | None:
        """Return what is posted, None = nothing."""
        return None if self.body is None else {key: filled(text, values) for key, text in self.body.items()}

    def read(self, document: object) -> ProgramAnswer:
        """Return what is taken from an answer; a value that is not there is empty, no text has failed."""
        taken: dict[str, Secret[str]] = {}
        for name, pointer in self.take.items():
            text = text_of(value_at(document, pointer_parts(pointer)))
            if text is None:
                return ProgramAnswer(outcome="failed", why=f"{pointer} is no text, number or truth value")
            if len(text) > MAX_VALUE:
                return ProgramAnswer(outcome="failed", why=f"{pointer} is longer than {MAX_VALUE} characters")
            taken[name] = Secret(text)
        return ProgramAnswer(outcome="next", values=taken)
