"""One row of the consent rules: its schema, and how it is read (compliance reference §3.4)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, get_args

from pbx.consent.effects import Mode, Overlay, Withdrawal
from pbx.core.errors import ConfigError

STRICTNESS: tuple[Mode, ...] = get_args(Mode)  # none < notify < notify_optout < optin_one < optin_all < never
KEPT: tuple[Withdrawal, ...] = get_args(Withdrawal)  # stop_keep < stop_review < stop_delete
ANY = "any"  # the region of an overlay that holds wherever somebody may be
BEEPS = ("off", "us-classic", "au")
PURPOSES = ("quality", "compliance", "evidence", "fraud")
OVERLAYS: tuple[Overlay, ...] = get_args(Overlay)
LEAST_IF_UNSURE: Mode = "notify_optout"  # a row of confidence L may not be laxer
MAX_CITED, MAX_TEXT = 16, 200
MAX_DAYS = 36_525  # a century
_LANGUAGE = re.compile(r"[a-z]{2}-[A-Z]{2}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|any|unknown", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a recording is kept at least and at most, in days; None = the rule has no say."""

    min_days: int = 0
    max_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row. `cite` names the law, `confidence` is H, M or L; `reviewer` "" = no lawyer has looked at it.

    `supersedes` is the `sha256` of the row that this one replaces, "" = there is none.
    """

    region: str
    overlay: Overlay | None
    mode: Mode
    mandatory: bool
    optout_for: tuple[str, ...]  # purposes for which who is told may say no at once
    announcement_in_recording: bool
    beep: str
    purposes_allowed: tuple[str, ...]  # empty = all
    retention: Retention
    languages: tuple[str, ...]  # in which the announcement has to exist; empty = the caller's
    withdrawal: Withdrawal
    cite: tuple[str, ...]
    confidence: str
    checked_on: date
    reviewer: str
    supersedes: str
    sha256: str

    @property
    def name(self) -> str:
        """What the row is called: `GB`, or `GB+fca`."""
        return f"{self.region}+{self.overlay}" if self.overlay else self.region

    def demand(self, purposes: tuple[str, ...]) -> tuple[Mode, str]:
        """Return the mode for a recording with these purposes, and why it is not the row's own if so."""
        allowed = self.purposes_allowed
        if purposes and allowed and not set(purposes) & set(allowed):
            return "never", f"only for {', '.join(allowed)}"
        objectionable = [purpose for purpose in purposes if purpose in self.optout_for]
        if objectionable and is_laxer(self.mode, "notify_optout"):
            return "notify_optout", f"for {', '.join(objectionable)}"
        return self.mode, ""


def is_laxer(mode: Mode, than: Mode) -> bool:
    """Whether a mode asks less of us than another."""
    return STRICTNESS.index(mode) < STRICTNESS.index(than)


def read_rule(row: Any, file: str, path: str) -> Rule:
    """Return a row; ConfigError names the key of it that is wrong."""

    def wrong(key: str, message: str) -> ConfigError:
        return ConfigError(file=file, line=1, column=1, path=f"{path}{key}", message=message)

    if not isinstance(row, Mapping) or set(row) != _READERS.keys():
        raise wrong("", f"must hold exactly {', '.join(sorted(_READERS))}")
    read: dict[str, Any] = {}
    for key, reader in _READERS.items():
        try:
            read[key] = reader(row[key])
        except ValueError as error:
            raise wrong(f".{key}", str(error)) from None
    if (read["region"] == ANY) and read["overlay"] is None:
        raise wrong(".region", "any needs an overlay")
    if read["confidence"] == "L" and is_laxer(read["mode"], LEAST_IF_UNSURE):
        raise wrong(".mode", f"confidence L may not be laxer than {LEAST_IF_UNSURE}")
    octets = json.dumps(row, sort_keys=True, default=str).encode()
    return Rule(**read, sha256=sha256(octets).hexdigest())


def _one_of(allowed: tuple[Any, ...]) -> Callable[[Any], Any]:
    names = ", ".join(["null"] * (None in allowed) + [str(one) for one in allowed if one is not None])

    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | None) or value not in allowed:
            raise ValueError(f"must be one of {names}")
        return value

    return read


def _each(read_one: Callable[[Any], str], most: int) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"must be a list of at most {most}")
        found = tuple(read_one(one) for one in value)
        if len(set(found)) != len(found):
            raise ValueError("has the same entry twice")
        return found

    return read


def _matching(pattern: re.Pattern[str], expected: str, *, may_be_empty: bool = False) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if isinstance(value, str) and (pattern.fullmatch(value) or (may_be_empty and not value)):
            return value
        raise ValueError(f"must be {expected}")

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"must be text of at most {MAX_TEXT} characters")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _retention(value: Any) -> Retention:
    if not isinstance(value, Mapping) or set(value) != {"min_days", "max_days"}:
        raise ValueError("must hold min_days and max_days")
    least, most = value["min_days"], value["max_days"]
    if type(least) is not int or not 0 <= least <= MAX_DAYS:
        raise ValueError(f"min_days must be 0 to {MAX_DAYS}")
    if most is not None and (type(most) is not int or not max(least, 1) <= most <= MAX_DAYS):
        raise ValueError(f"max_days must be null, or min_days to {MAX_DAYS}")
    return Retention(min_days=least, max_days=most)


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be a date such as 2026-11-23") from None


_READERS: dict[str, Callable[[Any], Any]] = {
    "region": _matching(
        _REGION, 'GB, US-CA, "NO", the name of a group, any or unknown, in quotes if need be'
    ),
    "overlay": _one_of((None, *OVERLAYS)),
    "mode": _one_of(STRICTNESS),
    "mandatory": _flag,
    "optout_for": _each(_one_of(PURPOSES), len(PURPOSES)),
    "announcement_in_recording": _flag,
    "beep": _one_of(BEEPS),
    "purposes_allowed": _each(_one_of(PURPOSES), len(PURPOSES)),
    "retention": _retention,
    "languages": _each(_matching(_LANGUAGE, "a language such as en-GB"), MAX_CITED),
    "withdrawal": _one_of(KEPT),
    "cite": _each(_text, MAX_CITED),
    "confidence": _one_of(("H", "M", "L")),
    "checked_on": _day,
    "reviewer": _text,
    "supersedes": _matching(_SHA256, "the SHA-256 of a row, or empty", may_be_empty=True),
}
