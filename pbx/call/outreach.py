"""Outreach: marketing calls as the gate before them sees them, and what it orders for calls."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent
from pbx.call.leg import Leg
from pbx.core.ids import CallId, LegId
from pbx.dialplan.routes import Route, ToTrunk
from pbx.marketing.decision import TEXTS
from pbx.marketing.effects import Block, GateEffect, How, KeepContact, KeepStop, Tell, fact
from pbx.marketing.events import (
    DialAnswered,
    DialAsked,
    DialClosed,
    DialEnded,
    DialPlaced,
    DialTried,
    StopWished,
)
from pbx.marketing.gate import MarketingGate
from pbx.marketing.policy import MarketingPolicy
from pbx.media.events import LegClosed, LegFailed
from pbx.sip.events import LegAnswered, LegEnded, LegRejected


class Outreach:
    """Nothing is asked for emergency calls and service calls; without a gate no marketing call leaves."""

    __slots__ = ("_gate",)

    def __init__(self, gate: MarketingGate | None = None) -> None:
        self._gate = gate

    def ask(
        self, call: CallId, tenant: str, route: ToTrunk, shown: tuple[str, ...], now: float
    ) -> tuple[list[CallEffect], str]:
        """Return what to order and the reason for whoever calls, "" = the call may go out."""
        if not is_marketing(route):
            return [], ""
        if self._gate is None:
            told = fact("marketing.blocked", tenant, call, account=route.account, reason="no_gate")
            return [Audit(fact=told.fact)], TEXTS["no_gate"]
        effects = self._gate.handle(_asked(call, tenant, route, shown), now)
        return _ordered(effects), next((one.text for one in effects if isinstance(one, Block)), "")

    def tried(self, leg: LegId, call: CallId, tenant: str, route: ToTrunk, now: float) -> None:
        """A leg of a call that may go out is made."""
        if self._gate is not None and is_marketing(route):
            self._gate.handle(DialTried(leg=leg, asked=_asked(call, tenant, route)), now)

    def placed(self, leg: LegId, call: CallId, tenant: str, route: ToTrunk, now: float) -> list[CallEffect]:
        """A call that may go out does, by this leg first."""
        if self._gate is None or not is_marketing(route):
            return []
        return _ordered(self._gate.handle(DialPlaced(leg=leg, asked=_asked(call, tenant, route)), now))

    def heard(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Something happened to any leg."""
        if self._gate is None:
            return []
        match event:
            case LegAnswered():
                return _ordered(self._gate.handle(DialAnswered(leg=event.leg), now))
            case LegEnded():
                return _ordered(self._gate.handle(DialEnded(leg=event.leg, by_peer=event.by_peer), now))
            case LegRejected() | LegClosed() | LegFailed():
                return _ordered(self._gate.handle(DialClosed(leg=event.leg), now))
        return []

    def stop(
        self, call: CallId, tenant: str, number: str, by: tuple[How, str], now: float
    ) -> list[CallEffect]:
        """Somebody at this E.164 number wants no more marketing calls: how that is known, and from whom."""
        if self._gate is None:
            return []
        how, actor = by
        wish = StopWished(call=call, tenant=tenant, number=number, how=how, actor=actor)
        return _ordered(self._gate.handle(wish, now))

    def key(self, tenant: str) -> str | None:
        """What whoever is called presses to be called no more; None = there is no such key."""
        policy = self._gate.policy(tenant) if self._gate is not None else None
        return policy.opt_out_key if policy is not None else None

    def swap(self, policies: Mapping[str, MarketingPolicy]) -> None:
        """Decide by other policies from now on."""
        if self._gate is not None:
            self._gate.swap(policies)


def is_marketing(route: Route) -> bool:
    """Whether a route takes a marketing call out; one for help never is."""
    return isinstance(route, ToTrunk) and route.purpose == "marketing" and not route.emergency


def inherited(route: ToTrunk, began: Route, legs: Iterable[Leg]) -> ToTrunk:
    """Return the route with the purpose of its call, where whoever chose it has not said another.

    Else a transfer, or a 302, would lead out of a marketing call without anybody asking.
    """
    is_outreach = is_marketing(began) or any(leg.is_outreach for leg in legs)
    if route.purpose or route.emergency or not is_outreach:
        return route
    return replace(route, purpose="marketing")


def _asked(call: CallId, tenant: str, route: ToTrunk, shown: tuple[str, ...] = ()) -> DialAsked:
    return DialAsked(call=call, tenant=tenant, account=route.account, number=route.number, shown=shown)


def _ordered(effects: list[GateEffect]) -> list[CallEffect]:
    ordered: list[CallEffect] = []
    for effect in effects:
        match effect:
            case Tell():
                ordered.append(Audit(fact=effect.fact))
            case KeepStop() | KeepContact():
                ordered.append(effect)
            case Block():
                pass  # the caller's status says so
    return ordered
