"""The retention lock of a recording's object: until when the object store itself refuses to delete it.

Governance keeps whoever lacks a special permission from it, compliance keeps everybody, us too; so compliance
is never longer than what a statute demands, and neither is longer than the recording is kept for its purpose.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.lifecycle.retention import Kept, RetentionMode, RetentionPolicy, purposes

# `not_offered`: the store has no object lock; `refused`: it has one, and did not keep this one.
LockEnd = Literal["locked", "not_offered", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLock:
    """Nobody deletes the object before `until`."""

    mode: RetentionMode
    until: datetime


def lock_of(kept: Kept, policy: RetentionPolicy, now: datetime) -> ObjectLock | None:
    """Return the lock of a recording's purposes; None = it has none, or its time is over.

    An object has one lock only: what the law demands goes before what the tenant likes, then the longest.
    """
    terms = [policy.term(one) for one in purposes(kept, policy)]
    found = [
        ObjectLock(mode=term.lock, until=kept.started_at + timedelta(days=term.lock_days))
        for term in terms
        if term.lock is not None
    ]
    wanted = [one for one in found if one.mode == "compliance" and one.until > now] or found
    longest = max(wanted, key=lambda one: one.until, default=None)
    return longest if longest is not None and longest.until > now else None


def lock_fact(kept: Kept, lock: ObjectLock, end: LockEnd) -> AuditFact:
    """What the audit log says of it."""
    said: dict[str, str | int | bool | None] = {"recording": kept.recording, "mode": lock.mode}
    said |= {"until": lock.until.isoformat(timespec="seconds")}
    if end != "locked":
        said["reason"] = end
    kind = "recording.locked" if end == "locked" else "recording.not_locked"
    return AuditFact(kind=kind, call=CallId(kept.call), tenant=kept.tenant, details=said)
