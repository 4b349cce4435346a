"""Throttles: how often anybody may guess who a caller is, over all calls. Arithmetic: no clock, no store.

Reaching a limit locks in silence: same words, same time, no match. Source: compliance reference §4.2-4.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Subject = Literal["record", "cli", "trunk"]  # cli = the calling number; trunk = whoever withholds his there
MAX_FAILURES = 5  # of one record, and of one calling number, within LOCK
LOCK = timedelta(hours=24)
MAX_NUMBERS = 5  # for which one date may be tried from one trunk, within WAVE
WAVE = timedelta(hours=1)
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRule:
    """A tenant's own limit: so many failures within `window_s` seconds lock a record, and a calling number.

    It tightens the fixed ones: both hold.
    """

    failures: int = MAX_FAILURES
    window_s: float = LOCK.total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `failures` of one subject in a sliding window; None = since its last success."""

    subject: Subject
    failures: int
    window: timedelta | None


FIXED_LIMITS = (
    Limit(subject="record", failures=MAX_FAILURES, window=LOCK),
    Limit(subject="record", failures=20, window=None),
    Limit(subject="cli", failures=MAX_FAILURES, window=LOCK),
    Limit(subject="cli", failures=10, window=timedelta(days=7)),
    Limit(subject="trunk", failures=20, window=timedelta(hours=1)),
)
# Records keep their failures until the next success. A tenant's window is at most seven days as well.
KEPT: dict[Subject, timedelta] = {"cli": timedelta(days=7), "trunk": timedelta(hours=1)}


def limits_of(lock: LockRule) -> tuple[Limit, ...]:
    """Every limit of a tenant: its own, for each record and each calling number, and the fixed ones."""
    window = timedelta(seconds=lock.window_s)
    record = Limit(subject="record", failures=lock.failures, window=window)
    cli = Limit(subject="cli", failures=lock.failures, window=window)
    return (record, cli, *FIXED_LIMITS)


def locked_until(
    subject: Subject, limits: Iterable[Limit], failed_at: Iterable[datetime], now: datetime
) -> datetime | None:
    """When a subject with these failures may try again; None = it may now, FOREVER = not by time alone.

    A failure leaves its window at its very end: one of 12:00:00 counts within a day, and not a day later.
    """
    newest = sorted(failed_at, reverse=True)
    ends = [
        FOREVER if limit.window is None else newest[limit.failures - 1] + limit.window
        for limit in limits
        if limit.subject == subject and len(newest) >= limit.failures
    ]
    return max((end for end in ends if end > now), default=None)
