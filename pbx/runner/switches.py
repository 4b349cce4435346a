"""Schedules switched by hand: a call has that kept, and what the store says is followed."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Protocol

from pbx.call.effects import SetSchedule
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.core.io.clock import utc_now
from pbx.ivr.events import SwitchEnded
from pbx.runner.desk import Tell, Work
from pbx.schedules.switches import Switched, Switches

POLL_S = 1.0  # the next call after somebody has switched at the command line goes by it
_log = logging.getLogger("pbx.schedules")


class Keeping(Protocol):
    """Where switches are kept."""

    async def keep(
        self,
        whose: tuple[str, str],
        switched: Switched | None,
        by: str,
        at: datetime,
        *,
        call: CallId | None = None,
    ) -> None:
        """Keep how a schedule is from now on."""
        ...

    async def all(self) -> Mapping[tuple[str, str], Switched]:
        """Return what is switched."""
        ...


class SwitchDesk:
    """Keeps what calls order; the call is told when that is on disk, and so is everybody who asks."""

    def __init__(self, store: Keeping, switches: Switches) -> None:
        self._store, self._switches = store, switches

    @property
    def takes(self) -> tuple[type, ...]:
        """The effects that it carries out."""
        return (SetSchedule,)

    def begun(self, effect: SetSchedule, tell: Tell) -> tuple[CallId, Work]:
        """Return whose task it is, and the work: who hangs up at once has switched all the same."""
        return CallId(f"schedule/{effect.call}"), self._keep(effect, tell)

    async def _keep(self, effect: SetSchedule, tell: Tell) -> None:
        whose = effect.tenant, effect.schedule
        try:
            await self._store.keep(whose, effect.switched, effect.by, utc_now(), call=effect.call)
        except StorageError as error:
            _log.error("call=%s a schedule could not be switched: %s", effect.call, error)
            tell(SwitchEnded(call=effect.call, outcome="failed"))
            return
        self._switches.note(*whose, effect.switched)
        tell(SwitchEnded(call=effect.call, outcome="open" if effect.opens else "closed"))

    def forget(self, call: CallId) -> None:
        """Nothing is kept of a call."""


def following(store: Keeping) -> tuple[Switches, Coroutine[Any, Any, None]]:
    """Return what calls ask, which are the hours until the work that comes along has run."""
    switches = Switches()
    return switches, follow(store, switches)


async def follow(store: Keeping, switches: Switches) -> None:
    """Keep what calls ask as the store has it, for ever; while nobody can read it what was known holds."""
    is_known = True
    while True:
        version = switches.version
        try:
            found = await store.all()
        except StorageError as error:
            if is_known:
                _log.error("whether schedules are switched cannot be read: %s", error)
            is_known = False
        else:
            is_known = True
            if version == switches.version:  # else somebody has switched meanwhile, and this is older
                switches.restore(found)
        await asyncio.sleep(POLL_S)
