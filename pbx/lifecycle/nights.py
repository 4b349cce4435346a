"""When what is due is erased: each night, and soon after a start, for a machine that is off at night."""

from datetime import datetime, timedelta

HOUR = 3  # UTC: nobody telephones, and backups of midnight are done
AFTER_START = timedelta(minutes=10)  # long enough to stop a PBX that was started with wrong terms

NOTICE = timedelta(hours=24)  # between the first time that something is seen to fall due, and its erasure
RETRY = timedelta(hours=1)  # after a look that failed: a configuration that is wrong is soon corrected


def first_due(started_at: datetime) -> datetime:
    """Return when a process that starts now looks for the first time."""
    return started_at + AFTER_START


def next_due(now: datetime) -> datetime:
    """Return the next night's time, later than now."""
    tonight = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)


def next_look(now: datetime, unripe: datetime | None) -> datetime:
    """Return when to look again: tonight, or when the oldest notice that is not a day old will be."""
    return next_due(now) if unripe is None else min(next_due(now), unripe + NOTICE)
