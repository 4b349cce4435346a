"""Reputations: servers of tenants are asked what they know of a calling number, each within a box of time."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pbx.call.effects import AskReputation
from pbx.call.events import ReputationTold
from pbx.store.sources.reputation import ReputationServer
from pbx.store.sources.source import SourceAway

MAX_AT_ONCE = 32  # of one tenant; more callers at once than that are an attack on its server
_log = logging.getLogger("pbx.reputation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The server of one tenant, and how long it may take."""

    server: ReputationServer
    box_s: float


@dataclass(slots=True)
class Reputations:
    """Whatever goes wrong is an answer without a score: the policy says what that counts."""

    tenants: Mapping[str, Asked] = field(default_factory=dict)
    _n_open: Counter[str] = field(default_factory=Counter)

    async def ask(self, effect: AskReputation, tell: Callable[[ReputationTold], None]) -> None:
        """Ask, and tell in any case."""
        tell(ReputationTold(token=effect.token, score=await self._score(effect)))

    async def _score(self, effect: AskReputation) -> int | None:
        asked, tenant = self.tenants.get(effect.tenant), effect.tenant
        if asked is None:
            return None
        if self._n_open[tenant] >= MAX_AT_ONCE:
            _log.warning("reputation for %s: more than %d callers at once", tenant, MAX_AT_ONCE)
            return None
        self._n_open[tenant] += 1
        try:
            async with asyncio.timeout(asked.box_s):
                return await asked.server.score(effect.number)
        except SourceAway as error:
            _log.warning("%s (for %s)", error, tenant)
        except TimeoutError:
            _log.warning("reputation for %s: the server is too late", tenant)
        finally:
            self._n_open[tenant] -= 1
        return None
