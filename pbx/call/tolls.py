"""Tolls: calls to the network as the guard against toll fraud sees them, and what it orders for calls."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent, HoldsReleased
from pbx.call.record import CallRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.core.phone import mask, to_e164
from pbx.dialplan.routes import Routing, ToFlow, ToTrunk
from pbx.fraud.effects import OUTBOUND, Charge, EndLegs, FraudEffect, Hold, KeepCharge, KeepHold, Refuse, Tell
from pbx.fraud.events import (
    HoldReleased,
    OutboundAnswered,
    OutboundAsked,
    OutboundEnded,
    OutboundPlaced,
)
from pbx.fraud.guard import TollGuard
from pbx.fraud.policy import TollPolicy
from pbx.media.events import LegClosed, LegFailed
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, LegAnswered, LegEnded, LegRejected, TrunkOrigin

BUSY = 486
REJECTED = 608  # by a list, not by a person: RFC 8688
STOPPED = (403, "Limit of the account")  # what both hear when a call costs too much (RFC 3326)


class Tolls:
    """Nothing is asked for emergency calls; without a guard nothing is asked at all."""

    __slots__ = ("_guard", "_stopped")

    def __init__(self, guard: TollGuard | None = None) -> None:
        self._guard = guard
        self._stopped: list[tuple[LegId, str]] = []

    @property
    def refused(self) -> Mapping[str, int]:
        """How many calls were refused, by reason."""
        return self._guard.refused if self._guard else {}

    def suspended(self) -> Mapping[str, int]:
        """How many accounts of each tenant may not call the network."""
        holds = self._guard.holds if self._guard else ()
        return Counter(one.tenant for one in holds if one.what == OUTBOUND and one.released_at is None)

    @property
    def deadline(self) -> float | None:
        """When running calls may have become too dear."""
        return self._guard.deadline if self._guard else None

    def ask(self, call: CallId, tenant: str, route: ToTrunk, now: float) -> list[CallEffect] | None:
        """Return what to order instead of a call that is refused, None = it may go out."""
        if self._guard is None or route.emergency:
            return None
        effects = self._guard.handle(_asked(tenant, route), now)
        refused = any(isinstance(effect, Refuse) for effect in effects)
        return self._ordered(effects, call) if refused else None

    def placed(self, leg: LegId, tenant: str, route: ToTrunk, now: float) -> None:
        """A leg of a call that may go out is made."""
        if self._guard is not None and not route.emergency:
            self._guard.handle(OutboundPlaced(leg=leg, asked=_asked(tenant, route)), now)

    def heard(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Something happened to any leg."""
        if self._guard is None:
            return []
        match event:
            case LegAnswered():
                return self._ordered(self._guard.handle(OutboundAnswered(leg=event.leg), now))
            case LegEnded() | LegRejected() | LegClosed() | LegFailed():
                return self._ordered(self._guard.handle(OutboundEnded(leg=event.leg), now))
            case HoldsReleased():
                released = [HoldReleased(hold=hold) for hold in event.holds]
                return [order for one in released for order in self._ordered(self._guard.handle(one, now))]
        return []

    def swap(self, policies: Mapping[str, TollPolicy]) -> None:
        """Decide by other policies from now on."""
        if self._guard is not None:
            self._guard.swap(policies)

    def restore(self, holds: Sequence[Hold], charges: Sequence[Charge], now: float) -> None:
        """Know what an earlier run has held, and what it has spent."""
        if self._guard is not None:
            self._guard.restore(holds, charges, now)

    def crowd(self, event: CallOffered, country: str, now: float) -> list[CallEffect]:
        """Return what to order instead of a call beyond what its number, or its caller, may have.

        486, not 503: that would let the carrier stop its calls to all our other numbers (RFC 3261 §21.5.4).
        """
        tenant = event.origin.tenant
        if self._guard is None or not isinstance(event.origin, TrunkOrigin):
            return []
        caller = caller_of(event, country)
        called = to_e164(event.called, country) or event.called
        known, advice, score = self._guard.callers.judge(tenant, caller, now)
        if known is not None and advice == "reject":
            self._guard.refused["inbound_reputation"] += 1
            told = _reputation("fraud.rejected", tenant, caller, score)
            return [told, Reject(leg=event.leg, status=REJECTED, reason="Rejected", card=known.card)]
        facts = self._guard.offered(tenant, called, caller, now)
        if facts is None:
            return []
        return [*self._ordered(facts), Reject(leg=event.leg, status=BUSY)]

    def unknown(self, event: CallOffered, country: str, now: float) -> str:
        """Return the number of a caller for whom a server is to be asked, "" = none is."""
        caller = caller_of(event, country)
        if self._guard is None or not isinstance(event.origin, TrunkOrigin) or event.replaces is not None:
            return ""
        is_asked = caller is not None and self._guard.callers.asks(event.origin.tenant, caller, now)
        return caller or "" if is_asked else ""

    def told(self, tenant: str, caller: str, score: int | None, now: float) -> None:
        """A server has told the score of a caller, None = it has not."""
        if self._guard is not None:
            self._guard.callers.told(tenant, caller, score, now)

    def doubted(
        self, offered: CallOffered, routing: Routing, country: str, now: float
    ) -> tuple[CallOffered, Routing, list[Audit]]:
        """Return a call from the network as its list wants it: with a label, or led to a test first."""
        tenant = offered.origin.tenant
        if self._guard is None or not isinstance(offered.origin, TrunkOrigin):
            return offered, routing, []
        caller = caller_of(offered, country)
        known, advice, score = self._guard.callers.judge(tenant, caller, now)
        if known is None or advice not in ("label", "challenge"):
            return offered, routing, []
        told: list[Audit] = []
        if advice == "challenge":
            told.append(_reputation("fraud.challenged", tenant, caller, score))
            trace = (*routing.trace, f"reputation {score}: challenge")
            routing = replace(routing, route=ToFlow(flow=known.challenge), trace=trace)
        if known.doubts(score):
            told.append(_reputation("fraud.labelled", tenant, caller, score))
            offered = replace(offered, from_display=f"{known.label} {offered.from_display}".strip())
        return offered, routing, told

    def over(self, record: CallRecord, now: float) -> None:
        """A call is over; of those from the network it counts how long they were answered."""
        answered_at, ended_at = record.answered_at, record.ended_at
        if self._guard is None or record.direction != "inbound" or answered_at is None or ended_at is None:
            return
        talked_s = (ended_at - answered_at).total_seconds()
        self._guard.over(record.tenant, record.caller_number or None, talked_s, now)

    def tick(self, now: float) -> list[CallEffect]:
        """A deadline passed."""
        return self._ordered(self._guard.tick(now)) if self._guard else []

    def take_stopped(self) -> list[tuple[LegId, str]]:
        """Return the legs whose calls have to end, each with the cause, once."""
        stopped, self._stopped = self._stopped, []
        return stopped

    def _ordered(self, effects: list[FraudEffect], call: CallId | None = None) -> list[CallEffect]:
        ordered: list[CallEffect] = []
        for effect in effects:
            match effect:
                case EndLegs():
                    self._stopped += [(leg, effect.cause) for leg in effect.legs]
                case Tell():
                    ordered.append(Audit(fact=replace(effect.fact, call=call)))
                case KeepHold() | KeepCharge():
                    ordered.append(effect)
                case Refuse():
                    pass  # the caller's status says so
        return ordered


def caller_of(event: CallOffered, country: str) -> str | None:
    """Return the number that a call from the network claims, None = it hides it, or it is none."""
    return None if event.private else to_e164(event.asserted_user or event.from_user, country)


def _reputation(kind: str, tenant: str, caller: str | None, score: int) -> Audit:
    details: dict[str, str | int | bool | None] = {"number": mask(caller or ""), "score": score}
    return Audit(fact=AuditFact(kind=kind, tenant=tenant, details=details))


def _asked(tenant: str, route: ToTrunk) -> OutboundAsked:
    return OutboundAsked(
        tenant=tenant, account=route.account, number=route.number, is_forwarded=route.is_forwarded
    )
