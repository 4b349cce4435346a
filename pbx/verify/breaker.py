"""The breaker: when the tries of a tenant's callers look like somebody who goes through all its customers.

Limits of a record and of a calling number do not end that: 50,000 records with three tries each open five or
six. Source: compliance reference §4.2, §4.4, V-03.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(minutes=10)
FAILURES = 50  # within the window
FACTOR = 5  # times what is usual
BEFORE = timedelta(days=7)
QUIET = timedelta(minutes=60)  # so long without a hot window, and it closes by itself
SLOT = timedelta(minutes=10)
# Fewer tries than that tell nothing of what is usual: whoever has the first ones of a new tenant fail would
# have made failing usual.
MIN_TRIES = 1000
MAX_USUAL = 0.8  # a week of slow guessing must not make guessing usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How tries fared."""

    tries: int = 0
    failures: int = 0

    @property
    def ratio(self) -> float:
        """Failures per try, 0 to 1."""
        return self.failures / self.tries if self.tries else 0.0

    def __str__(self) -> str:
        return f"{self.failures} of {self.tries} tries failed"


def bound(before: Rate) -> float:
    """The ratio above which tries are too bad: five times the usual, or a fifth of the usual success.

    Five times a quarter is more than everything, and then the first one would never be passed.
    """
    usual = min(before.failures / max(before.tries, MIN_TRIES), MAX_USUAL)
    return min(FACTOR * usual, 1 - (1 - usual) / FACTOR)


def is_hot(recent: Rate, before: Rate) -> bool:
    """Whether the tries of the last WINDOW look like an attack, by those of the BEFORE ahead of it."""
    return recent.failures >= FAILURES and recent.ratio > bound(before)


def slot_of(at: datetime) -> datetime:
    """The ten minutes of a try, by their beginning."""
    passed = (at - datetime(1970, 1, 1, tzinfo=UTC)) % SLOT
    return at - passed
