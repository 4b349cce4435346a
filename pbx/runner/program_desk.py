"""Program desk: asks for flows what they want to know of programs outside, each within its time."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pbx.call.effects import ConsultProgram
from pbx.call.events import CallEvent, ProgramAnswered
from pbx.core.errors import StorageError, TransportError
from pbx.core.ids import CallId
from pbx.core.io.clock import monotonic
from pbx.ivr.program_steps import ProgramAnswer
from pbx.runner.desk import Work

MAX_AT_ONCE = 64  # of one tenant; a program that is slow for more of them than that is away
FAILED = "failed"
_log = logging.getLogger("pbx.programs")


class Asker(Protocol):
    """Asks for one kind of step; TransportError, StorageError or TimeoutError = there is no answer."""

    async def ask(self, asked: ConsultProgram) -> ProgramAnswer: ...

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(slots=True)
class ProgramDesk:
    """`tenants` have an asker for each kind of step that they use."""

    tenants: Mapping[str, Mapping[str, Asker]] = field(default_factory=dict)
    _n_open: dict[str, int] = field(default_factory=dict)

    @property
    def takes(self) -> tuple[type, ...]:
        """The effects that it carries out."""
        return (ConsultProgram,)

    def begun(self, effect: ConsultProgram, tell: Callable[[CallEvent], None]) -> tuple[CallId, Work]:
        """Return the work, which ends with its call."""
        return effect.call, self._answer(effect, tell)

    def forget(self, call: CallId) -> None:
        """Nothing is kept of a call."""

    async def swap(self, tenants: Mapping[str, Mapping[str, Asker]]) -> None:
        """Ask by these from now on; questions that are under way are answered still."""
        before, self.tenants = self.tenants, tenants
        for askers in before.values():
            for one in askers.values():
                await one.close()

    async def _answer(self, asked: ConsultProgram, tell: Callable[[CallEvent], None]) -> None:
        began = monotonic()
        n_open = self._n_open.get(asked.tenant, 0)
        self._n_open[asked.tenant] = n_open + 1
        try:
            answer = await self._ask(asked) if n_open < MAX_AT_ONCE else _failed("too many at once")
        finally:
            self._n_open[asked.tenant] -= 1
        took_ms = round((monotonic() - began) * 1000)
        kind, why = asked.of.kind, f": {answer.why}" if answer.why else ""
        level = logging.WARNING if answer.outcome == FAILED else logging.INFO
        _log.log(
            level,
            "call=%s %s %s -> %s in %d ms%s",
            asked.call,
            kind,
            asked.step,
            answer.outcome,
            took_ms,
            why,
        )
        tell(ProgramAnswered(call=asked.call, token=asked.token, answer=answer))

    async def _ask(self, asked: ConsultProgram) -> ProgramAnswer:
        asker = self.tenants.get(asked.tenant, {}).get(asked.of.kind)
        if asker is None:
            return _failed("the plan of today has no such program")
        try:
            return await asker.ask(asked)
        except TimeoutError:
            return _failed("too late")
        except (TransportError, StorageError) as error:
            return _failed(str(error))


def _failed(why: str) -> ProgramAnswer:
    return ProgramAnswer(outcome=FAILED, why=why)
