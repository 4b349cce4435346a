"""Four eyes: which access needs a second person, what he is asked, and for how long his word holds (D-11).

Who asks and who decides is whom the kernel names; the two are never one person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.lifecycle.listening import Listener, Role

GRANT = timedelta(hours=1)  # compliance §7: "break-glass 4-eyes, 1 h"
GLASS_SEEN = "access.glass_seen"
UNSEEN = timedelta(days=30)  # so long a broken glass is an alarm, when nobody says that he has looked into it
PENDING = timedelta(hours=24)  # a request that nobody has looked at for a day is asked again
Asker = Role | Literal["operator"]  # `operator`: the PBX's own user, with `pbx recordings`
Decision = Literal["", "approved", "denied", "broken_glass"]
State = Literal["open", "approved", "denied", "broken_glass", "over"]
DECIDERS: tuple[Role, ...] = ("compliance", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class FourEyes:
    """The roles and purposes of one tenant for which one person is not enough."""

    roles: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()

    def asks(self, role: Asker, purpose: str) -> bool:
        """Whether somebody else has to agree."""
        return role in self.roles or purpose.strip().casefold() in self.purposes


ONE_IS_ENOUGH = FourEyes()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """A wish to hear one recording for one purpose, and what came of it; never deleted."""

    request: str
    recording: str
    tenant: str
    actor: str
    uid: int
    purpose: str
    asked_at: datetime
    reason: str = ""
    decision: Decision = ""
    decided_by: str = ""
    decided_uid: int | None = None
    decided_at: datetime | None = None

    def state(self, now: datetime) -> State:
        """What it is worth at this moment."""
        since, holds = (self.asked_at, PENDING) if self.decided_at is None else (self.decided_at, GRANT)
        if self.decision != "denied" and now - since >= holds:
            return "over"
        return self.decision or "open"

    @property
    def valid_until(self) -> datetime | None:
        """When a grant ends; None = there is none."""
        is_grant = self.decision in ("approved", "broken_glass")
        return self.decided_at + GRANT if self.decided_at is not None and is_grant else None

    def fact(self, kind: str) -> AuditFact:
        """What the audit log says of it."""
        said: dict[str, str | int | bool | None] = {"recording": self.recording, "actor": self.actor}
        said |= {"request": self.request, "purpose": self.purpose, "uid": self.uid}
        said |= {name: word for name in ("reason", "decided_by") if (word := getattr(self, name))}
        return AuditFact(kind=kind, tenant=self.tenant, details=said)


def seen_fact(request: AccessRequest, who: tuple[str, int]) -> AuditFact:
    """What the audit log says when `who` (name and uid) has looked into a broken glass."""
    said: dict[str, str | int | bool | None] = {"recording": request.recording, "request": request.request}
    said |= {"actor": who[0], "uid": who[1]}
    return AuditFact(kind=GLASS_SEEN, tenant=request.tenant, details=said)


def objection_to_seer(request: AccessRequest, roles: Sequence[Listener], who: tuple[str, int]) -> str:
    """Return why `who` may not end the alarm of a broken glass, "" = he may; told as to who decides."""
    role = next((one.role for one in roles if one.tenant == request.tenant), None)
    if role is None:
        return "there is no such request"
    if who[1] == request.uid or who[0] == request.actor:
        return "nobody looks into what he has done himself"
    if role not in DECIDERS:
        return "your role looks into nothing: compliance and admin do"
    return "" if request.decision == "broken_glass" else "no glass was broken for it"


def objection_to_decider(
    request: AccessRequest, roles: Sequence[Listener], who: tuple[str, int], now: datetime
) -> str:
    """Return why `who` (name and uid) may not decide, "" = he may.

    Somebody without a role for the tenant is told what he would be told of a request that does not exist.
    """
    role = next((one.role for one in roles if one.tenant == request.tenant), None)
    if role is None:
        return "there is no such request"
    if who[1] == request.uid or who[0] == request.actor:
        return "nobody approves what he has asked for himself"
    if role not in DECIDERS:
        return "your role decides nothing: compliance and admin do"
    state = request.state(now)
    return "" if state == "open" else f"it is decided: {state}" if state != "over" else "its time is over"
