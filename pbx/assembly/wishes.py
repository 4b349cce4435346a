"""Wishes: what people have asked not to be done to them, as the store knows it, and what keeps that so."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from pbx.call.outreach import Outreach
from pbx.call.refusals import Refusals
from pbx.core.wall import Wall
from pbx.marketing.gate import MarketingGate, Tag
from pbx.marketing.io.shipped import shipped_rules
from pbx.marketing.register import Register
from pbx.runner import refusals, suppressions
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.refusals import RefusalStore
from pbx.store.suppressions import SuppressionStore

Work = Coroutine[Any, Any, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Who does not want to be recorded, and who wants no marketing calls; `work` follows both."""

    refusals: Refusals
    register: Register
    tag: Tag
    work: tuple[Work, ...]

    def outreach(self, wall: Wall) -> Outreach:
        """The gate before marketing calls."""
        return Outreach(MarketingGate(shipped_rules(), self.register, wall, self.tag))


async def known_wishes(database: Database, keys: StoreKeys) -> Wishes:
    """Return all of them; StorageError when they cannot be read: then nobody may be called or recorded."""
    suppressed = SuppressionStore(database, keys)
    refused, follow_refusals = await refusals.remembered(RefusalStore(database, keys))
    register, follow_stops = await suppressions.remembered(suppressed)
    work = (follow_refusals, follow_stops)
    return Wishes(refusals=refused, register=register, tag=suppressed.tag, work=work)
