"""An override: a rule of recording that two people lower for one tenant, with a reason and an end (C-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pbx.consent.effects import Mode
from pbx.consent.rule_rows import Rule, is_laxer
from pbx.core.audit import AuditFact
from pbx.lifecycle.approval import DECIDERS, PENDING
from pbx.lifecycle.listening import Listener

LONGEST = timedelta(days=366)
LEAST_REASON, MOST_REASON = 10, 500  # characters
LEAST_WHERE_SURE: Mode = "notify"  # under a row of confidence H nobody is recorded without a word
SEEN_FOR = timedelta(days=30)  # so long an override that has run out is an alarm, unless another one holds
Decision = Literal["", "approved", "denied"]
State = Literal["open", "approved", "denied", "ended", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A wish to lower the rule of a region, and what came of it; never deleted."""

    override: str
    tenant: str
    region: str
    mode: Mode
    reason: str
    actor: str
    uid: int
    asked_at: datetime
    expires_at: datetime
    decision: Decision = ""
    decided_by: str = ""
    decided_uid: int | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None

    def state(self, now: datetime) -> State:
        """What it is worth at this moment; `over` = nobody has decided in time."""
        if self.decision == "approved":
            return "ended" if self.ended_at is not None or now >= self.expires_at else "approved"
        if self.decision == "denied":
            return "denied"
        return "over" if now - self.asked_at >= PENDING or now >= self.expires_at else "open"

    def fact(self, kind: str) -> AuditFact:
        """What the audit log says of it."""
        said: dict[str, str | int | bool | None] = {"override": self.override, "actor": self.actor}
        said |= {"region": self.region, "mode": self.mode, "uid": self.uid, "reason": self.reason}
        said |= {"until": self.expires_at.isoformat(timespec="seconds")}
        said |= {"decided_by": self.decided_by} if self.decided_by else {}
        return AuditFact(kind=kind, tenant=self.tenant, details=said)


def objection_to_wish(wish: Override, law: Rule | None, now: datetime) -> str:
    """Return why a wish is refused, "" = somebody else may decide on it; `law` = the region's own row."""
    if law is None or law.region != wish.region:
        return f"there is no rule of its own for {wish.region}"
    demanded, _ = law.demand(law.optout_for)
    if not is_laxer(wish.mode, demanded):
        return f"{wish.mode} is not laxer than {demanded}: what is stricter stands in consent.yaml"
    if law.confidence == "H" and is_laxer(wish.mode, LEAST_WHERE_SURE):
        return f"the law of {wish.region} is sure: no rule there is laxer than {LEAST_WHERE_SURE}"
    if not LEAST_REASON <= len(wish.reason) <= MOST_REASON:
        return f"the reason has {LEAST_REASON} to {MOST_REASON} characters"
    if not now < wish.expires_at <= now + LONGEST:
        return f"it ends within {LONGEST.days} days"
    return ""


def objection_to_party(tenant: str, roles: Sequence[Listener]) -> str:
    """Return why a user has no say in the overrides of a tenant, "" = he has."""
    role = next((one.role for one in roles if one.tenant == tenant), None)
    if role is None:
        return "there is no such tenant or override"
    return "" if role in DECIDERS else "your role decides nothing: compliance and admin do"


def objection_to_decider(
    wish: Override, roles: Sequence[Listener], who: tuple[str, int], now: datetime
) -> str:
    """Return why `who` (name and uid) may not decide on a wish, "" = he may."""
    if why := objection_to_party(wish.tenant, roles):
        return why
    if who[1] == wish.uid or who[0] == wish.actor:
        return "nobody approves what he has asked for himself"
    state = wish.state(now)
    return "" if state == "open" else f"it is decided: {state}" if state != "over" else "its time is over"
