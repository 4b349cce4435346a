"""Keeps the life cycle going in the finaliser: pending erasures, holds for the object store, what is due.

At the start it takes up what a crash left; then it looks twice a minute, and each night for what is due.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from pbx.core.errors import ConfigError, StorageError
from pbx.core.io.clock import utc_now
from pbx.lifecycle.io.due import Policies, Stores, ask, due, rule_again
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.object_holds import settle
from pbx.lifecycle.io.sweeper import Sweeper
from pbx.lifecycle.io.withdrawn import obey
from pbx.lifecycle.nights import NOTICE, RETRY, first_due, next_look
from pbx.lifecycle.retention import ends_at
from pbx.recording.io.object_store import ObjectStore

POLL_S = 30.0  # a hold reaches the object store within 60 s (E-18)
ACTOR = "retention"  # of erasures that nobody ordered
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class LifeKeeper:
    """`policies` reads the configuration as it is now; ConfigError when something is wrong with it."""

    stores: Stores
    eraser: Eraser
    sweeper: Sweeper
    store: ObjectStore
    policies: Callable[[], Policies]
    _due: datetime | None = field(default=None)

    async def tick(self, now: datetime) -> None:
        """Do what can be done now; what fails is logged and stops nothing else."""
        self._due = first_due(now) if self._due is None else self._due
        await self._tried(settle(self.stores.holds, self.store))
        await self._tried(self._revive(now, "hold"))
        await self._tried(self._obey(now))
        if now >= self._due:
            self._due = now + RETRY
            await self._tried(self._look(now))
            await self._tried(self.sweeper.work())
        await self._tried(self.eraser.work())

    async def _look(self, now: datetime) -> None:
        await self._revive(now)
        policies, notices = self.policies(), self.stores.notices
        falling = {name: await due(self.stores, name, one, now + NOTICE) for name, one in policies.items()}
        named = {one.recording: tenant for tenant, found in falling.items() for one in found}
        if n_new := await notices.announce(named, now):
            _log.info("recordings fall due, see `pbx recordings erasures --due`", n=n_new)
        since, n_asked = await notices.all(), 0
        for tenant, policy in policies.items():
            ripe = [one for one in falling[tenant] if since[one.recording] <= now - NOTICE]
            over = [one for one in ripe if ends_at(one, policy) <= now]
            n_asked += await ask(self.stores, over, policy, actor=ACTOR, now=now)
        _log.info("recordings whose retention has ended", n=n_asked)
        self._due = next_look(now, await notices.first_after(now - NOTICE))

    async def _obey(self, now: datetime) -> None:
        """What parties have withdrawn in calls reaches back to what was recorded before."""
        if await self.stores.withdrawals.open(now):  # the configuration takes a second to read
            n_done = await obey(self.stores, self.policies(), now)
            _log.info("recordings of parties who have withdrawn", n=n_done)

    async def _revive(self, now: datetime, blocked_by: str = "") -> None:
        """Rule again on blocked erasures that no hold forbids any more: all, or those of one rule."""
        blocked = await self.stores.erasures.blocked()
        held = await self.stores.holds.held([one.recording for one in blocked])
        free = [one for one in blocked if one.recording not in held and blocked_by in ("", one.blocked_by)]
        if free:
            policies = self.policies()
            for one in free:
                await rule_again(self.stores, one, policies, now)

    async def _tried(self, work: Awaitable[object]) -> None:
        try:
            await work
        except (StorageError, ConfigError) as error:
            _log.warning("the life cycle of recordings waits", reason=str(error))
        except Exception:  # our own bug: recordings are still finalised
            _log.exception("the life cycle of recordings does not go on")


async def run(keeper: LifeKeeper, stop: asyncio.Event) -> None:
    """Look until `stop` is set."""
    while not stop.is_set():
        await keeper.tick(utc_now())
        try:
            await asyncio.wait_for(stop.wait(), POLL_S)
        except TimeoutError:
            continue
