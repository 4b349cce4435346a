"""Lookups: sources of customers are asked once the caller is asked, each within one box of time.

The comparison waits for the end of the box, however fast the answers are: how long a server of the tenant
takes for a number it knows, and for one it does not, is heard by nobody.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pbx.call.effects import DeliverEntry, FetchCustomers
from pbx.call.events import EntryDelivered
from pbx.core.errors import StorageError
from pbx.core.ids import CallId
from pbx.core.io.clock import monotonic, utc_now
from pbx.runner.entries import Entries
from pbx.runner.reputations import Reputations
from pbx.store.customer_cache import CustomerCache
from pbx.store.sources.source import Source, SourceAway

MAX_AT_ONCE = 32  # of one tenant; more callers at once than that are an attack on its server
OnOutage = Literal["unverified", "cached", "agent"]
Outage = Literal["", "unverified", "agent"]
_log = logging.getLogger("pbx.customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The sources of one tenant; an answer is kept for `keep`, for outages that may be bridged (`cached`)."""

    sources: tuple[Source, ...]
    box_s: float
    keep: timedelta
    on_outage: OnOutage


@dataclass(slots=True)
class Lookups:
    """`cache` None = no tenant has a source of customers.

    `entries` = what is told to servers of a tenant; `reputations` = what others tell of callers.
    """

    cache: CustomerCache | None = None
    entries: Entries = field(default_factory=Entries)
    reputations: Reputations = field(default_factory=Reputations)
    tenants: Mapping[str, Lookup] = field(default_factory=dict)
    answered: Callable[[str, bool], None] = lambda _tenant, _has_answered: None
    _waiting: dict[CallId, asyncio.Future[Outage]] = field(default_factory=dict)
    _n_open: dict[str, int] = field(default_factory=dict)

    @property
    def takes(self) -> tuple[type, ...]:
        """The effects that it carries out."""
        return FetchCustomers, DeliverEntry

    async def swap(self, tenants: Mapping[str, Lookup]) -> None:
        """Ask these from now on; answers of sources that are not among them are deleted, or StorageError."""
        if self.cache is not None:
            known = [(name, one.name) for name, lookup in tenants.items() for one in lookup.sources]
            await self.cache.keep_only(known)
        before, self.tenants = self.tenants, tenants
        for lookup in before.values():
            for source in lookup.sources:
                await source.close()

    async def settled(self, call: CallId) -> Outage:
        """Wait for the end of the box; return what an outage makes of the check, "" = compare."""
        waiting = self._waiting.get(call)
        return await asyncio.shield(waiting) if waiting is not None else ""

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._waiting.pop(call, None)

    def begun(
        self, effect: FetchCustomers | DeliverEntry, tell: Callable[[EntryDelivered], None]
    ) -> tuple[CallId, Coroutine[None, None, None]]:
        """Return what is to be done, and with whose end it ends: who hangs up has typed what he has typed."""
        if isinstance(effect, DeliverEntry):
            return CallId(f"entry/{effect.token}"), self.entries.deliver(effect, tell)
        self.expect(effect)
        return effect.call, self.fetch(effect)

    def expect(self, effect: FetchCustomers) -> None:
        """From now on `settled` waits; `fetch` has to follow."""
        self._waiting[effect.call] = asyncio.get_running_loop().create_future()

    async def fetch(self, effect: FetchCustomers) -> None:
        """Ask every source of the tenant at once, and keep what they say."""
        lookup, waiting = self.tenants.get(effect.tenant), self._waiting.get(effect.call)
        outage: Outage = ""
        try:
            if lookup is not None:
                outage = await self._ask(lookup, effect)
        finally:
            if waiting is not None and not waiting.done():
                waiting.set_result(outage)

    async def _ask(self, lookup: Lookup, effect: FetchCustomers) -> Outage:
        ends_at = monotonic() + lookup.box_s
        n_open = self._n_open.get(effect.tenant, 0)
        self._n_open[effect.tenant] = n_open + 1
        try:
            if n_open >= MAX_AT_ONCE:
                _log.warning("customers of %s: more than %d callers at once", effect.tenant, MAX_AT_ONCE)
                has_answered = False
            else:
                asked = (self._fill(lookup, one, effect) for one in lookup.sources)
                has_answered = all(await asyncio.gather(*asked))
                self.answered(effect.tenant, has_answered)
            await self._forget_old(lookup, effect.tenant)
            await asyncio.sleep(max(0.0, ends_at - monotonic()))
        finally:
            self._n_open[effect.tenant] -= 1
        return "" if has_answered or lookup.on_outage == "cached" else lookup.on_outage

    async def _fill(self, lookup: Lookup, source: Source, effect: FetchCustomers) -> bool:
        assert self.cache is not None
        try:
            async with asyncio.timeout(lookup.box_s):
                people = await source.by_number(effect.number)
            await self.cache.replace((effect.tenant, source.name), effect.number, people, utc_now())
        except (SourceAway, StorageError) as error:
            _log.warning("call=%s customers of %s: %s", effect.call, effect.tenant, error)
            return False
        except TimeoutError:
            _log.warning("call=%s customers of %s: %s is too late", effect.call, effect.tenant, source.name)
            return False
        return True

    async def _forget_old(self, lookup: Lookup, tenant: str) -> None:
        assert self.cache is not None
        names = [one.name for one in lookup.sources]
        try:
            await self.cache.forget_old(tenant, names, utc_now() - lookup.keep)
        except StorageError as error:
            _log.warning("customers of %s: %s", tenant, error)
