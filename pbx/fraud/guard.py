"""The guard before the telephone network: each call is allowed or not, and paid; abuse is stopped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from pbx.core.audit import AuditFact
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import Ids, LegId, hex_id
from pbx.core.phone import mask
from pbx.core.wall import Wall
from pbx.fraud.account import AHEAD_S, Account, Running
from pbx.fraud.callers import Callers
from pbx.fraud.destinations import Destination, place_of
from pbx.fraud.effects import (
    OUTBOUND,
    TENANT,
    Charge,
    EndLegs,
    FraudEffect,
    Hold,
    KeepCharge,
    KeepHold,
    Refuse,
    Tell,
)
from pbx.fraud.events import (
    FraudEvent,
    HoldReleased,
    OutboundAnswered,
    OutboundAsked,
    OutboundEnded,
    OutboundPlaced,
)
from pbx.fraud.policy import REFUSALS_S, TollPolicy
from pbx.fraud.reputation import Reputation
from pbx.fraud.velocity import MINUTE_S, Velocity

Key = tuple[str, str]  # tenant and account
_ONE = Decimal(1)
AT_ONCE = frozenset({"spend_per_hour", "spend_per_day", "minutes_per_hour", "minutes_per_day"})
OF_CALLER = frozenset({"caller", "caller_range", "short_calls"})
ABROAD = frozenset({Destination.INTERNATIONAL, Destination.HIGH_RISK})


class TollGuard:
    """Asked before every leg to the network but those of emergency calls; a tenant without policy is free."""

    __slots__ = (
        "_accounts",
        "_due",
        "_holds",
        "_ids",
        "_legs",
        "_policies",
        "_velocity",
        "_wall",
        "_waves",
        "callers",
        "refused",
    )

    def __init__(self, policies: Mapping[str, TollPolicy], ids: Ids, wall: Wall) -> None:
        self._policies, self._ids, self._wall = dict(policies), ids, wall
        self._accounts: dict[Key, Account] = {}
        self._holds: dict[tuple[str, str, str], Hold] = {}  # tenant, account, what
        self._legs: dict[LegId, tuple[Key, Key]] = {}
        self._due: DeadlineHeap[Key] = DeadlineHeap()
        self._velocity, self.callers = Velocity(), Callers(self._listed)
        self._waves: dict[Key, float] = {}
        self.refused: Counter[str] = Counter()  # by reason, since the start

    @property
    def deadline(self) -> float | None:
        """When a running call may pass a limit."""
        return self._due.deadline

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What is held or was released."""
        return tuple(self._holds.values())

    def swap(self, policies: Mapping[str, TollPolicy]) -> None:
        """Decide by other policies from now on; running calls keep the limits they began with."""
        self._policies = dict(policies)

    def restore(self, holds: Sequence[Hold], charges: Sequence[Charge], now: float) -> None:
        """Know what an earlier run has held and what was spent."""
        for hold in holds:
            self._holds[hold.tenant, hold.account, hold.what] = hold
        for charge in sorted(charges, key=lambda one: one.at):
            at = min(now, self._wall.monotonic_of(charge.at))
            for account in (charge.account, TENANT):
                self._account((charge.tenant, account)).settle(charge.seconds, charge.spend, at)

    def handle(self, event: FraudEvent, now: float) -> list[FraudEffect]:
        """Something happened to a call to the network, or to a hold."""
        match event:
            case OutboundAsked():
                return self._asked(event, now)
            case OutboundPlaced():
                return self._placed(event, now)
            case OutboundAnswered():
                return self._answered(event.leg, now)
            case OutboundEnded():
                return self._ended(event.leg, now)
            case HoldReleased():
                return self._release(event, now)

    def tick(self, now: float) -> list[FraudEffect]:
        """Look at the accounts whose calls may have become too dear."""
        return [effect for key in self._due.pop_due(now) for effect in self._look(key, now)]

    def why_not(self, event: OutboundAsked, now: float) -> str:
        """Return why a call would be refused now, "" = it would not; nothing is counted."""
        return self._reason(event, now)[0]

    def offered(self, tenant: str, called: str, caller: str | None, now: float) -> list[FraudEffect] | None:
        """Count a call from the network; None = it may come in, else what to order beside its refusal.

        One fact for each wave: a call that is refused within a minute of another is not told again.
        """
        policy = self._policies.get(tenant)
        denied = self._velocity.denied(policy.inbound, tenant, called, caller, now) if policy else ""
        if not denied:
            return None
        self.refused[f"inbound_{denied}"] += 1
        key = (tenant, denied)
        last, self._waves[key] = self._waves.get(key, -MINUTE_S), now
        if now - last < MINUTE_S:
            return []
        number = mask(caller or "" if denied in OF_CALLER else called)
        details = {"of": denied, "number": number}
        return [Tell(fact=AuditFact(kind="fraud.crowd", tenant=tenant, details={**details}))]

    def _listed(self, tenant: str) -> Reputation | None:
        policy = self._policies.get(tenant)
        return policy.reputation if policy is not None else None

    def over(self, tenant: str, caller: str | None, talked_s: float, now: float) -> None:
        """An answered call from the network has ended."""
        policy = self._policies.get(tenant)
        if policy is not None and talked_s < policy.inbound.short_s:
            self._velocity.short(policy.inbound, tenant, caller, now)

    def _asked(self, event: OutboundAsked, now: float) -> list[FraudEffect]:
        policy = self._policies.get(event.tenant)
        if policy is None:
            return []
        reason, is_of_account = self._reason(event, now)
        if not reason:
            for key in self._keys(event):
                self._account(key).began(now)
            return []
        self.refused[reason.partition(" ")[0]] += 1
        effects: list[FraudEffect] = [Refuse(reason=reason)]
        if reason == "suspended":
            return effects
        effects.append(Tell(fact=_fact("fraud.refused", event, reason)))
        what = place_of(event.number)
        if reason == "new_country" and self._hold_of(event, what) is None:
            effects += self._hold(event.tenant, event.account, what, reason, now)
        if not is_of_account:
            return effects
        account = self._account((event.tenant, event.account))
        account.refused.add(_ONE, now)
        if reason in AT_ONCE or account.refused.sum(now) >= policy.refusals:
            effects += self._suspend((event.tenant, event.account), reason, now, ends=reason in AT_ONCE)
        return effects

    def _reason(self, event: OutboundAsked, now: float) -> tuple[str, bool]:
        """Why not, and whether that is this account's own doing and not the tenant's."""
        policy = self._policies.get(event.tenant)
        if policy is None:
            return "", False
        if any(self._is_held(event.tenant, name, OUTBOUND) for name in (event.account, TENANT)):
            return "suspended", False
        allowed = policy.account(event.account)
        kind = policy.destination(event.number)
        if event.is_forwarded and kind not in allowed.forward:
            return "forward_barred", True
        if kind not in allowed.allow:
            return "class_barred", True
        if self._is_new_country(event, policy, kind):
            return "new_country", True
        at = self._wall.time(now)
        price = policy.rates.charge(AHEAD_S, policy.rates.per_minute(event.number, kind))
        mine = self._account((event.tenant, event.account))
        denied = mine.denied(policy.limits(allowed.limits, at), price, now)
        if denied:
            return denied, True
        whole = self._account((event.tenant, TENANT)).denied(policy.limits(policy.tenant, at), price, now)
        return (f"tenant_{whole}" if whole else ""), False

    def _is_new_country(self, event: OutboundAsked, policy: TollPolicy, kind: Destination) -> bool:
        if kind not in ABROAD or not policy.holds_new_countries:
            return False
        place = place_of(event.number)
        if place in policy.countries or place == policy.country:
            return False
        hold = self._hold_of(event, place)
        return hold is None or hold.released_at is None

    def _placed(self, event: OutboundPlaced, now: float) -> list[FraudEffect]:
        asked = event.asked
        policy = self._policies.get(asked.tenant)
        if policy is None:
            return []
        at, rates = self._wall.time(now), policy.rates
        running = Running(
            leg=event.leg,
            rates=rates,
            per_minute=rates.per_minute(asked.number, policy.destination(asked.number)),
            limits=policy.limits(policy.account(asked.account).limits, at),
            tenant_limits=policy.limits(policy.tenant, at),
        )
        self._legs[event.leg] = keys = self._keys(asked)
        for key in keys:
            self._account(key).running[event.leg] = running
        return []

    def _answered(self, leg: LegId, now: float) -> list[FraudEffect]:
        keys = self._legs.get(leg)
        if keys is None:
            return []
        self._account(keys[0]).running[leg].since = now
        return [effect for key in keys for effect in self._look(key, now)]

    def _ended(self, leg: LegId, now: float) -> list[FraudEffect]:
        keys = self._legs.pop(leg, None)
        if keys is None:
            return []
        running = [self._account(key).running.pop(leg) for key in keys][0]
        for key in keys:
            self._due.set(key, self._account(key).next_look(now))
        if running.since is None:
            return []
        seconds = now - running.since
        spend = running.rates.charge(seconds + AHEAD_S, running.per_minute)  # the BYE is on its way
        for key in keys:
            self._account(key).settle(seconds, spend, now)
        tenant, account = keys[0]
        charge = Charge(tenant=tenant, account=account, at=self._wall.time(now), seconds=seconds, spend=spend)
        return [KeepCharge(charge=charge)]

    def _look(self, key: Key, now: float) -> list[FraudEffect]:
        """End the calls of an account that costs too much, and let it make no more."""
        account = self._account(key)
        for limits in account.in_force():
            exceeded = account.exceeded(limits, now)
            if exceeded:
                return self._suspend(key, exceeded, now, ends=True)
        self._due.set(key, account.next_look(now))
        return []

    def _suspend(self, key: Key, cause: str, now: float, *, ends: bool) -> list[FraudEffect]:
        effects: list[FraudEffect] = []
        legs = tuple(self._account(key).running) if ends else ()
        if legs:
            effects.append(EndLegs(legs=legs, cause=cause))
        self._due.set(key, None)
        if self._is_held(*key, OUTBOUND):
            return effects
        return [*effects, *self._hold(*key, OUTBOUND, cause, now)]

    def _hold(self, tenant: str, account: str, what: str, cause: str, now: float) -> list[FraudEffect]:
        hold = Hold(
            id=hex_id(self._ids, 8),
            tenant=tenant,
            account=account,
            what=what,
            cause=cause,
            since_at=self._wall.time(now),
        )
        self._holds[tenant, account, what] = hold
        kind = "fraud.suspended" if what == OUTBOUND else "fraud.country_held"
        fact = AuditFact(kind=kind, tenant=tenant, details={"account": account, "what": what, "cause": cause})
        return [KeepHold(hold=hold), Tell(fact=fact)]

    def _release(self, event: HoldReleased, now: float) -> list[FraudEffect]:
        for place, hold in self._holds.items():
            if hold.id == event.hold and hold.released_at is None:
                return self._released(place, hold, now)
        return []

    def _released(self, place: tuple[str, str, str], hold: Hold, now: float) -> list[FraudEffect]:
        """A released account begins anew: else the next call would suspend it for the same money."""
        if hold.what == OUTBOUND:
            del self._holds[place]
            self._account((hold.tenant, hold.account)).pardon()
        else:
            self._holds[place] = _with_release(hold, self._wall, now)
        details = {"account": hold.account, "what": hold.what}
        return [Tell(fact=AuditFact(kind="fraud.lifted", tenant=hold.tenant, details={**details}))]

    def _is_held(self, tenant: str, account: str, what: str) -> bool:
        hold = self._holds.get((tenant, account, what))
        return hold is not None and hold.released_at is None

    def _hold_of(self, event: OutboundAsked, what: str) -> Hold | None:
        return self._holds.get((event.tenant, event.account, what))

    def _keys(self, event: OutboundAsked) -> tuple[Key, Key]:
        return (event.tenant, event.account), (event.tenant, TENANT)

    def _account(self, key: Key) -> Account:
        found = self._accounts.get(key)
        if found is None:
            policy = self._policies.get(key[0])
            found = self._accounts[key] = Account(
                policy.refusals_s if policy else REFUSALS_S, is_tenant=key[1] == TENANT
            )
        return found


def _fact(kind: str, event: OutboundAsked, reason: str) -> AuditFact:
    number = mask(event.number)
    details = {"account": event.account, "number": number, "place": place_of(event.number), "cause": reason}
    return AuditFact(kind=kind, tenant=event.tenant, details={**details})


def _with_release(hold: Hold, wall: Wall, now: float) -> Hold:
    return replace(hold, released_at=wall.time(now))
