"""The step `plugin`: a function of an installed package decides what follows (IVR-10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.ivr.program_steps import ProgramStep


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlugin(ProgramStep):
    """Call the plug-in `name` with what is `given` it: `settings` of the plan, and `send` of the call.

    `take` = what it gives by variable; `by_outcome` = where its outcomes lead.
    """

    name: str
    by_outcome: Mapping[str, str]
    failed: str
    settings: Mapping[str, object] = field(default_factory=dict)
    send: tuple[str, ...] = ()
    take: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    budget_s: float = 1.0

    @property
    def kind(self) -> str:
        return "plugin"

    @property
    def asked(self) -> str:
        return self.name

    @property
    def needs(self) -> tuple[str, ...]:
        return (*self.send, *self.secrets)

    @property
    def may_tell(self) -> tuple[str, ...]:
        return self.secrets

    @property
    def ways(self) -> Mapping[str, str | None]:
        return {**self.by_outcome, "failed": self.failed}

    @property
    def open_names(self) -> tuple[str, ...]:
        return tuple(self.take)

    @property
    def words(self) -> str:
        return f"asks the plug-in {self.name}"
