"""What becomes of what was recorded before a party withdrew: erased, kept from everybody, or kept (§3.3)."""

from datetime import datetime

from pbx.lifecycle.io.due import UNKNOWN, Policies, Stores
from pbx.lifecycle.precedence import Block, Ground, rule
from pbx.lifecycle.restriction import Restriction
from pbx.lifecycle.retention import standing
from pbx.store.erasures import Wish
from pbx.store.withdrawals import Reached

ACTOR = "withdrawal"  # of what nobody has ordered by hand
REASON = "withdrawn"


async def obey(stores: Stores, policies: Policies, now: datetime) -> int:
    """Ask for what the withdrawals of calls want of the recordings that are stored now; return of how many.

    An erasure is a request as any other: a hold, a statute and a minimum still win, and restrict meanwhile.
    Broken off after any step it is done again, and changes nothing twice.
    """
    reached = await stores.withdrawals.open(now)
    for one in reached:
        blocked_by = ""
        if one.policy == "stop_delete":
            blocked_by = await _erase(stores, one, policies, now)
        else:
            await _restrict(stores, one, now)
        await stores.withdrawals.done(one, blocked_by, now)
    return len(reached)


async def _erase(stores: Stores, one: Reached, policies: Policies, now: datetime) -> str:
    """Return the rule that keeps it, "" = it goes."""
    kept = await stores.retained.get(one.recording)
    if kept is None:
        return ""  # it has gone meanwhile
    blocked_by = UNKNOWN
    if (policy := policies.get(kept.tenant)) is not None:
        held = await stores.holds.held([one.recording])
        known: tuple[Ground | Block, ...] = ("request", "hold") if held else ("request",)
        ruling = rule(standing(kept, policy, now, known))
        blocked_by = ruling.cause if ruling.action == "restrict" else ""
    wish = Wish(recording=one.recording, ground="request", reason=REASON, actor=ACTOR, blocked_by=blocked_by)
    await stores.erasures.ask(wish, now)
    return blocked_by


async def _restrict(stores: Stores, one: Reached, now: datetime) -> None:
    kept = await stores.retained.get(one.recording)
    before = await stores.restrictions.of(one.recording)
    if kept is None or any(found.reason == REASON for found in before):
        return
    placed = Restriction(
        restriction=f"w-{one.recording}",
        recording=one.recording,
        tenant=kept.tenant,
        reason=REASON,
        actor=ACTOR,
        since_at=now,
    )
    await stores.restrictions.place(placed)
