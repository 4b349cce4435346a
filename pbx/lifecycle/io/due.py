"""What falls due, and what is asked for because of that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pbx.lifecycle.erasure import Erasure
from pbx.lifecycle.precedence import Block, Ground, rule
from pbx.lifecycle.retention import Kept, RetentionPolicy, standing
from pbx.store.erasures import ErasureStore, Wish
from pbx.store.holds import HoldStore
from pbx.store.notices import NoticeStore
from pbx.store.restrictions import RestrictionStore
from pbx.store.retained import PAGE, RetainedStore
from pbx.store.withdrawals import WithdrawalStore

UNKNOWN = "terms_unknown"  # blocks what belongs to a tenant that is not configured any more
Policies = Mapping[str, RetentionPolicy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What the database has for the life cycle."""

    retained: RetainedStore
    erasures: ErasureStore
    holds: HoldStore
    notices: NoticeStore
    restrictions: RestrictionStore
    withdrawals: WithdrawalStore


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


async def ask(
    stores: Stores, wanted: Iterable[Kept], policy: RetentionPolicy, *, actor: str, now: datetime
) -> int:
    """Ask for the erasure of what is due; return how many. What a rule keeps is blocked until it ends."""
    kept = list(wanted)
    held = await stores.holds.held([one.recording for one in kept])
    for one in kept:
        known: tuple[Block, ...] = ("hold",) if one.recording in held else ()
        ruling = rule(standing(one, policy, now, known))
        wish = Wish(
            recording=one.recording,
            ground="retention",
            reason="the retention has ended",
            actor=actor,
            blocked_by=ruling.cause if ruling.action == "restrict" else "",
        )
        await stores.erasures.ask(wish, now)
    return len(kept)


async def rule_again(stores: Stores, one: Erasure, policies: Policies, now: datetime) -> bool:
    """Look at a blocked erasure that no hold forbids: whether it goes on. The terms are those of today."""
    kept, policy = await stores.retained.get(one.recording), policies.get(one.tenant)
    if kept is None or policy is None:
        await stores.erasures.block(one.recording, UNKNOWN)
        return False
    known: tuple[Ground, ...] = () if one.ground == "retention" else (one.ground,)
    ruling = rule(standing(kept, policy, now, known))
    match ruling.action:
        case "erase":
            await stores.erasures.unblock(one.recording)
        case "restrict":
            await stores.erasures.block(one.recording, ruling.cause)
        case "keep":
            await stores.erasures.withdraw(one.recording, now)
    return ruling.action == "erase"
