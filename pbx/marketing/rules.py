"""Calling rules: what the law and the codes of a region say of marketing calls, as dated data."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pbx.core.errors import ConfigError
from pbx.marketing.place import Place, place_of
from pbx.marketing.week import Week, parse_week

MAX_ROWS = 1_000
STALE_AFTER = timedelta(days=365)
_KEYS = {
    "region",
    "numbers",
    "drama",
    "hours",
    "holidays",
    "holidays_until",
    "lists",
    "consent_from",
    "at_most",
    "rest_days",
    "cite",
    "confidence",
    "checked_on",
}
_RESTS = ("refused", "abandoned")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """So many calls to one number within so long."""

    calls: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingRule:
    """One row. `numbers` = it is for those alone that begin so, () = for the whole region.

    `drama` are beginnings of numbers that are nobody's, which the tables do not know. `lists` says how old a
    screening against each may be; `consent_from` the day since which only who has agreed is called.
    """

    region: str
    numbers: tuple[str, ...]
    drama: tuple[str, ...]
    week: Week
    lists: Mapping[str, timedelta]
    consent_from: date | None
    at_most: tuple[AtMost, ...]
    rests: Mapping[str, timedelta]
    cite: tuple[str, ...]
    confidence: str
    checked_on: date

    def needs_consent(self, at: datetime) -> bool:
        """Whether nobody is called who has not agreed."""
        return self.consent_from is not None and at.date() >= self.consent_from


class CallingRules:
    """One version of the rule file, immutable."""

    __slots__ = ("_drama", "_rows", "sha256", "version")

    def __init__(self, data: Mapping[str, Any], file: str = "rules.yaml") -> None:
        """ConfigError names the row that is wrong."""
        if not isinstance(data, Mapping) or set(data) != {"version", "rules"}:
            raise _wrong(file, "", "must hold version and rules only")
        rows = data["rules"]
        if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS:
            raise _wrong(file, "rules", f"must be a list of 1 to {MAX_ROWS} rows")
        self.version = str(data["version"])
        self.sha256 = hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
        self._rows = tuple(_row(row, file, f"rules[{i}]") for i, row in enumerate(rows))
        self._drama = {start: row.region for row in self._rows for start in row.drama}

    @property
    def rows(self) -> tuple[CallingRule, ...]:
        """All of them."""
        return self._rows

    def stale(self, today: date) -> tuple[str, ...]:
        """Return the regions whose row nobody has checked for a year, or whose holidays run out."""
        return tuple(
            row.region
            for row in self._rows
            if today - row.checked_on > STALE_AFTER
            or (row.week.known_until is not None and row.week.known_until - today < STALE_AFTER / 4)
        )

    def place(self, e164: str) -> Place | None:
        """Return where a number is, None when nobody knows."""
        region = next((name for start, name in self._drama.items() if e164.startswith(start)), "")
        return place_of(e164, region)

    def of(self, e164: str, place: Place) -> tuple[CallingRule, ...]:
        """Return every rule that a number there has; each of them counts."""
        rows = (row for row in self._rows if row.region.partition("-")[0] == place.region)
        return tuple(row for row in rows if not row.numbers or e164.startswith(row.numbers))


def _wrong(file: str, path: str, message: str) -> ConfigError:
    return ConfigError(file=file, line=1, column=1, path=path, message=message)


def _row(row: Any, file: str, path: str) -> CallingRule:
    if not isinstance(row, Mapping) or set(row) != _KEYS:
        raise _wrong(file, path, f"must hold exactly {', '.join(sorted(_KEYS))}")
    try:
        return CallingRule(
            region=_text(row["region"]),
            numbers=_starts(row["numbers"]),
            drama=_starts(row["drama"]),
            week=parse_week(row["hours"], row["holidays"], row["holidays_until"]),
            lists={_text(name): _days(days) for name, days in dict(row["lists"]).items()},
            consent_from=None if row["consent_from"] is None else date.fromisoformat(row["consent_from"]),
            at_most=tuple(_at_most(one) for one in row["at_most"]),
            rests=_rests(row["rest_days"]),
            cite=tuple(_text(one) for one in row["cite"]),
            confidence=_one_of(row["confidence"], ("H", "M", "L")),
            checked_on=date.fromisoformat(row["checked_on"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise _wrong(file, path, str(error)) from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r}: expected text")
    return value


def _starts(values: Any) -> tuple[str, ...]:
    starts = tuple(_text(one) for one in values)
    if not all(one.startswith("+") and one[1:].isdecimal() and one.isascii() for one in starts):
        raise ValueError("numbers begin with a plus and have digits only")
    return starts


def _days(value: Any) -> timedelta:
    if type(value) is not int or not 0 < value <= 3660:
        raise ValueError(f"{value!r}: expected a number of days")
    return timedelta(days=value)


def _at_most(value: Any) -> AtMost:
    if type(value["calls"]) is not int or value["calls"] < 1:
        raise ValueError("at_most: expected a number of calls")
    return AtMost(calls=value["calls"], within=_days(value["days"]))


def _rests(value: Any) -> dict[str, timedelta]:
    return {_one_of(what, _RESTS): _days(days) for what, days in dict(value).items()}


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r}: expected one of {', '.join(allowed)}")
    return str(value)
