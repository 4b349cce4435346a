"""Keeps the life cycle going in the finaliser: pending erasures, holds for the object store, what is due.

At the start it takes up what a crash left; then it looks once a minute, and each night for what is due.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from pbx.core.errors import StorageError
from pbx.core.io.clock import utc_now
from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.io.eraser import Eraser
from pbx.lifecycle.io.object_holds import settle
from pbx.lifecycle.nights import first_due, next_due
from pbx.lifecycle.precedence import Block, rule
from pbx.lifecycle.retention import Kept, RetentionPolicy, standing
from pbx.recording.io.object_store import ObjectStore
from pbx.store.erasures import ErasureStore, Wish
from pbx.store.holds import HoldStore
from pbx.store.retained import PAGE, RetainedStore

POLL_S = 30.0  # a hold reaches the object store within 60 s (E-18)
ACTOR = "retention"  # of erasures that nobody ordered
Policies = Callable[[], Mapping[str, RetentionPolicy]]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What the database has for the life cycle."""

    retained: RetainedStore
    erasures: ErasureStore
    holds: HoldStore


async def due(stores: Stores, tenant: str, policy: RetentionPolicy, now: datetime) -> list[Kept]:
    """Return a tenant's recordings whose last purpose has ended, oldest first."""
    found: list[Kept] = []
    place: tuple[datetime, str] | None = None
    before = now - timedelta(days=policy.shortest_days)
    while page := await stores.retained.older(tenant, before, place):
        found += [one for one in page if "retention" in standing(one, policy, now, ()).grounds]
        place = (page[-1].started_at, page[-1].recording)
        if len(page) < PAGE:
            break
    return found


async def ask_due(stores: Stores, policies: Mapping[str, RetentionPolicy], now: datetime) -> int:
    """Ask for the erasure of everything that is due; return how many. What is held is restricted."""
    n_asked = 0
    for tenant, policy in sorted(policies.items()):
        kept = await due(stores, tenant, policy, now)
        held = await stores.holds.held([one.recording for one in kept])
        for one in kept:
            known: tuple[Block, ...] = ("hold",) if one.recording in held else ()
            ruling = rule(standing(one, policy, now, known))
            wish = Wish(
                recording=one.recording,
                ground="retention",
                reason="the retention has ended",
                actor=ACTOR,
                blocked_by=ruling.cause if ruling.action == "restrict" else "",
            )
            await stores.erasures.ask(wish, now)
            n_asked += 1
    return n_asked


async def revive(stores: Stores, policies: Policies, now: datetime, *, only_freed: bool) -> int:
    """Let blocked erasures go on that nothing forbids any more; return how many.

    `only_freed`: look only at those of which a hold was released; the others wait for a day to come.
    """
    blocked = await stores.erasures.blocked()
    held = await stores.holds.held([one.recording for one in blocked])
    wanted = [one for one in blocked if one.recording not in held]
    if only_freed:
        wanted = [one for one in wanted if one.blocked_by == "hold"]
    if not wanted:
        return 0
    found = policies()
    going = [one for one in wanted if await _may_go(stores, one, found, now)]
    for one in going:
        await stores.erasures.unblock(one.recording)
    return len(going)


async def _may_go(
    stores: Stores, one: Erasure, policies: Mapping[str, RetentionPolicy], now: datetime
) -> bool:
    kept, policy = await stores.retained.get(one.recording), policies.get(one.tenant)
    if kept is None or policy is None:
        return False
    return rule(standing(kept, policy, now, (one.ground,))).action == "erase"


@dataclass(slots=True, kw_only=True)
class LifeKeeper:
    """`policies` reads the configuration as it is now; what is wrong with it raises."""

    stores: Stores
    eraser: Eraser
    store: ObjectStore
    policies: Policies
    _due: datetime | None = field(default=None)

    async def tick(self, now: datetime) -> None:
        """Do what can be done now; what fails is logged and done at the next call."""
        self._due = first_due(now) if self._due is None else self._due
        is_night = now >= self._due
        try:
            await settle(self.stores.holds, self.store)
            await revive(self.stores, self.policies, now, only_freed=not is_night)
            if is_night:
                n_asked = await ask_due(self.stores, self.policies(), now)
                _log.info("recordings whose retention has ended", n=n_asked)
                self._due = next_due(now)
            while await self.eraser.work():
                continue
        except StorageError as error:
            _log.warning("the life cycle of recordings waits", reason=str(error))
        except Exception:  # a broken configuration, or our own bug: recordings are still finalised
            _log.exception("the life cycle of recordings does not go on")
            self._due = next_due(now) if is_night else self._due


async def run(keeper: LifeKeeper, stop: asyncio.Event) -> None:
    """Look until `stop` is set."""
    while not stop.is_set():
        await keeper.tick(utc_now())
        try:
            await asyncio.wait_for(stop.wait(), POLL_S)
        except TimeoutError:
            continue
