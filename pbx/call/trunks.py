"""TrunkBoard: which trunks can take a call now, and in which order a call tries them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from pbx.call.context import CallContext, TrunkRoute
from pbx.core.audit import AuditFact
from pbx.core.ids import Ids
from pbx.core.weights import by_priority
from pbx.sip.trunk.events import TrunkChanged

DOWN_NO_REPLY_S = 2.0  # enough for an INVITE and two repetitions (timer A), while a caller needs help

Parties = Callable[[], Iterable[tuple[str, str]]]  # (tenant, party) of every leg that is up


def _nobody() -> Iterable[tuple[str, str]]:
    return ()


class TrunkBoard:
    """The state of all trunks; how busy one is, is counted from the calls and stored nowhere."""

    __slots__ = ("_down", "_parties")

    def __init__(self, parties: Parties = _nobody) -> None:
        self._down: set[tuple[str, str]] = set()
        self._parties = parties

    def changed(self, event: TrunkChanged) -> AuditFact:
        """Note what the watch over a trunk has found out; the fact of record of it.

        A trunk that could not register still takes calls out: many carriers want no registration for them.
        """
        key = (event.tenant, event.trunk)
        if event.state == "down":
            self._down.add(key)
        elif event.state == "up":
            self._down.discard(key)
        details = {"trunk": event.trunk, "reason": event.reason, "retry_s": event.retry_s or None}
        return AuditFact(kind=f"trunk.{event.state}", tenant=event.tenant, details=details)

    def is_full(self, context: CallContext, trunk: str) -> bool:
        """Whether a trunk has as many calls, in and out, as it may have."""
        limit = context.trunk_limits.get(trunk, 0)
        if not limit:
            return False
        wanted = (context.tenant, f"trunk/{trunk}")
        return sum(party == wanted for party in self._parties()) >= limit

    def engaged(self, tenant: str) -> frozenset[str]:
        """The parties of a tenant that have a call."""
        return frozenset(party for owner, party in self._parties() if owner == tenant)

    def candidates(
        self, context: CallContext, name: str, ids: Ids, *, emergency: bool = False
    ) -> tuple[TrunkRoute, ...]:
        """Return the trunks of a trunk or group that can take a call, the one to try first first.

        An emergency call tries every other trunk that carries such calls too, then those that are full, and
        last those that are down: better than nothing. One that is down gets little time.
        """
        members = context.trunk_groups.get(name, ((name, 0, 0),))
        routes = [context.trunks[trunk] for trunk in by_priority(members, ids) if trunk in context.trunks]
        if emergency:
            routes += [
                one for one in context.trunks.values() if one.profile.help.carries and one not in routes
            ]
        usable = [route for route in routes if self._is_usable(context, route.name)]
        if not emergency:
            return tuple(usable)
        down = [route for route in routes if self._is_down(context, route.name)]
        full = [route for route in routes if route not in usable and route not in down]
        return (*usable, *full, *map(_hurried, down[:-1]), *down[-1:])

    def _is_down(self, context: CallContext, trunk: str) -> bool:
        return (context.tenant, trunk) in self._down

    def _is_usable(self, context: CallContext, trunk: str) -> bool:
        return not self._is_down(context, trunk) and not self.is_full(context, trunk)


def _hurried(route: TrunkRoute) -> TrunkRoute:
    return replace(route, no_reply_s=min(route.no_reply_s, DOWN_NO_REPLY_S))
