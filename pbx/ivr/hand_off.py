"""The step `hand_off`: a program decides what follows, and may hand over steps that do it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pbx.ivr.program_steps import ProgramStep
from pbx.ivr.step import Step

MAX_HAND_OFFS = 20  # of one flow: a program that sends a caller to itself again and again has lost him
ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff(ProgramStep):
    """Tell a server how it stands, and go on by what it answers.

    `leads_to` = the steps of the flow that it may send the caller to. `names` and `secret_entries` are those
    of the flow, which an answer may not touch.
    """

    server: str
    path: str
    failed: str
    leads_to: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    secret_entries: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        return "hand_off"

    @property
    def asked(self) -> str:
        return self.server

    @property
    def needs(self) -> tuple[str, ...]:
        return (*self.send, *self.secrets)

    @property
    def may_tell(self) -> tuple[str, ...]:
        return self.secrets

    @property
    def ways(self) -> Mapping[str, str | None]:
        return {ANSWERED: None, **{name: name for name in self.leads_to}, "failed": self.failed}

    @property
    def words(self) -> str:
        return f"lets the server {self.server} decide what follows"

    def within(self, names: frozenset[str], secret_entries: frozenset[str]) -> "HandOff":
        """Return the step as a flow orders it."""
        return replace(self, names=names, secret_entries=secret_entries)


def goes_round(steps: Mapping[str, Step]) -> bool:
    """Whether some of these steps can lead to each other for ever without waiting."""
    idle = {name for name, step in steps.items() if not step.waits}
    while True:
        leading = {name for name in idle if not idle.isdisjoint(steps[name].following)}
        if leading == idle:
            return bool(idle)
        idle = leading
