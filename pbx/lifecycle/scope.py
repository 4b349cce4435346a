"""The scope of a disclosure: calls of which time, and whose, are given, and no others (D-13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pbx.core.errors import ParseError

_FORM = "write 2026-05-01..2026-05-31, or minutes as in 2026-05-03T14:00..2026-05-03T15:00 (UTC)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Calls that began at or after `since_at` and before `before_at`, of `party`; "" = of anybody.

    `words` is the period as it was written. A party is a number in E.164, or an extension.
    """

    words: str
    since_at: datetime
    before_at: datetime
    party: str = ""

    def __str__(self) -> str:
        return f"{self.words} of {self.party}" if self.party else self.words

    def within(self, other: "Scope") -> bool:
        """Whether it asks for nothing that `other` does not."""
        is_of_time = other.since_at <= self.since_at and self.before_at <= other.before_at
        return is_of_time and other.party in ("", self.party)

    def has(self, began_at: datetime, parties: Collection[str]) -> bool:
        """Whether a call that began then, with these parties, is in it."""
        is_of_time = self.since_at <= began_at < self.before_at
        return is_of_time and (not self.party or self.party in parties)


def parse_scope(name: str, text: str, party: str = "") -> Scope:
    """Return `FROM..TO` as a scope, whole days with their last one; ParseError names the option."""
    first, dots, last = text.strip().partition("..")
    if not dots:
        raise ParseError(f"{name}: {text!r} is no period, {_FORM}", 0)
    since_at, _ = _moment(name, first)
    begins, length = _moment(name, last)
    scope = Scope(words=f"{first}..{last}", since_at=since_at, before_at=begins + length, party=party)
    if scope.before_at <= scope.since_at:
        raise ParseError(f"{name}: {last} is before {first}", 0)
    return scope


def _moment(name: str, text: str) -> tuple[datetime, timedelta]:
    """A minute or a day in UTC, and how long it lasts."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ParseError(f"{name}: {text!r} is no day, {_FORM}", 0) from None
    if "T" not in text:
        return datetime.combine(moment.date(), time(), UTC), timedelta(days=1)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware, timedelta(minutes=1)
