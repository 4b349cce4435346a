"""Which consent rule applies: dated rows by region, the strictest of all parties wins."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, get_args

from pbx.consent.effects import ConsentDecision, Mode
from pbx.consent.regions import UNKNOWN, Areas, PartyFacts, candidates
from pbx.core.errors import ConfigError

__all__ = ["STRICTNESS", "ConsentRules", "PartyFacts", "Reason", "Rule"]

STRICTNESS: tuple[Mode, ...] = get_args(Mode)  # none < notify < notify_optout < optin_one < optin_all < never
MAX_ROWS = 1_000  # ISO 3166 has 249 countries; states and provinces on top
STALE_AFTER = timedelta(days=365)
_ROW_KEYS = {"region", "mode", "beep", "cite", "confidence", "checked_on"}
_BEEPS = ("off", "us-classic", "au")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row; `cite` names the law, `confidence` is H, M or L."""

    region: str
    mode: Mode
    beep: str
    cite: tuple[str, ...]
    confidence: str
    checked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One step to a decision: who may be where, why we think so, and what the rule there says.

    Without `rule` the tenant's choice for the unknown has decided.
    """

    role: str
    region: str
    source: str
    mode: Mode
    rule: Rule | None


class ConsentRules:
    """One version of the rule file, immutable; running calls keep the one they began with (C-03)."""

    __slots__ = ("_areas", "_groups", "_rules", "sha256", "version")

    def __init__(self, data: Mapping[str, Any], file: str) -> None:
        self.version = str(data.get("version") or "")
        self.sha256 = hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
        self._rules = _rules(data.get("rules"), file)
        self._groups = _inverse(data.get("members", {}), "members", file)
        self._areas = _areas(data.get("areas", {}), file)
        if not self.version:
            raise _wrong(file, "version", "must be given")
        parts = [part for found in self._areas.values() for one in found.values() for part in one]
        for region in (UNKNOWN, *self._groups.values(), *(part[:2] for part in parts)):
            if region not in self._rules:
                raise _wrong(file, "rules", f"a row for {region} is missing")

    @classmethod
    def from_data(cls, data: Mapping[str, Any], file: str = "rules.yaml") -> "ConsentRules":
        """Build the rules from the parsed file; ConfigError names the row that is wrong."""
        if not isinstance(data, Mapping) or data.keys() - {"version", "rules", "members", "areas"}:
            raise _wrong(file, "", "must hold version, rules, members and areas only")
        return cls(data, file)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rows, for the compliance report."""
        return tuple(self._rules.values())

    def stale(self, today: date) -> tuple[str, ...]:
        """Return the regions whose row nobody has checked for a year (C-18)."""
        return tuple(rule.region for rule in self.rules if today - rule.checked_on > STALE_AFTER)

    def resolve(
        self, parties: tuple[PartyFacts, ...], default_unknown: Mode = "notify_optout"
    ) -> ConsentDecision:
        """Return the strictest mode of all candidate regions of all parties, and why.

        `default_unknown` is the tenant's choice for parties and regions of which no rule is known.
        """
        reasons = self.explain(parties, default_unknown) or (self._reason("", UNKNOWN, "", default_unknown),)
        modes = {reason.region: reason.mode for reason in reasons}
        return ConsentDecision(
            mode=max(modes.values(), key=STRICTNESS.index),
            regions=tuple(sorted(modes)),
            rules=tuple(f"{region}: {modes[region]}" for region in sorted(modes)),
            rules_version=self.version,
            rules_sha256=self.sha256,
        )

    def explain(
        self, parties: tuple[PartyFacts, ...], default_unknown: Mode = "notify_optout"
    ) -> tuple[Reason, ...]:
        """Return what `resolve` decides by, one for each region that each party may be in."""
        return tuple(
            self._reason(party.role, found.region, found.source, default_unknown)
            for party in parties
            for found in candidates(party, self._areas)
        )

    def beep(self, regions: tuple[str, ...]) -> str:
        """Return the name of the beep that these regions have for a recording; of several the last listed."""
        rows = [self._row(region) for region in regions]
        return max((row.beep for row in rows if row is not None), key=_BEEPS.index, default=_BEEPS[0])

    def _reason(self, role: str, region: str, source: str, default_unknown: Mode) -> Reason:
        row = self._row(region)
        mode = default_unknown if row is None else row.mode
        return Reason(role=role, region=region, source=source, mode=mode, rule=row)

    def _row(self, region: str) -> Rule | None:
        """The row of a region, its country or its country's group; None = `default_unknown` decides."""
        if region == UNKNOWN:
            return None
        country = region.partition("-")[0]
        found = (self._rules.get(name) for name in (region, country, self._groups.get(country, "")))
        return next((row for row in found if row is not None), None)


def _wrong(file: str, path: str, message: str) -> ConfigError:
    return ConfigError(file=file, line=1, column=1, path=path, message=message)


def _rules(rows: Any, file: str) -> dict[str, Rule]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS:
        raise _wrong(file, "rules", f"must be a list of 1 to {MAX_ROWS} rows")
    rules: dict[str, Rule] = {}
    for number, row in enumerate(rows):
        rule = _rule(row, file, f"rules[{number}]")
        if rule.region in rules:
            raise _wrong(file, f"rules[{number}].region", f"{rule.region} has two rows")
        rules[rule.region] = rule
    return rules


def _rule(row: Any, file: str, path: str) -> Rule:
    if not isinstance(row, Mapping) or set(row) != _ROW_KEYS:
        raise _wrong(file, path, f"must hold exactly {', '.join(sorted(_ROW_KEYS))}")
    closed = {"mode": STRICTNESS, "beep": _BEEPS, "confidence": ("H", "M", "L")}
    for key, allowed in closed.items():
        if row[key] not in allowed:
            raise _wrong(file, f"{path}.{key}", f"must be one of {', '.join(allowed)}")
    if not isinstance(row["region"], str) or not row["region"].isascii() or not row["region"]:
        raise _wrong(file, f"{path}.region", 'must be text such as GB, US-CA or "NO"')
    if not isinstance(row["cite"], list) or not all(isinstance(law, str) for law in row["cite"]):
        raise _wrong(file, f"{path}.cite", "must be a list of texts")
    lax = STRICTNESS.index(row["mode"]) < STRICTNESS.index("notify_optout")
    if row["confidence"] == "L" and lax:
        raise _wrong(file, f"{path}.mode", "confidence L may not be laxer than notify_optout")
    try:
        checked_on = date.fromisoformat(str(row["checked_on"]))
    except ValueError:
        raise _wrong(file, f"{path}.checked_on", "must be a date such as 2026-11-23") from None
    return Rule(**{**row, "cite": tuple(row["cite"]), "checked_on": checked_on})


def _inverse(groups: Any, path: str, file: str) -> dict[str, str]:
    """Turn {group: [member]} into {member: group}."""
    if not isinstance(groups, Mapping):
        raise _wrong(file, path, "must map a name to a list")
    inverse: dict[str, str] = {}
    for group, members in groups.items():
        if not isinstance(members, list) or not all(isinstance(name, str) for name in members):
            raise _wrong(file, f"{path}.{group}", "must be a list of quoted texts")
        inverse.update(dict.fromkeys(members, group))
    return inverse


def _areas(data: Any, file: str) -> Areas:
    """Turn {country code: {part: [digits]}} into {country code: {digits: parts}}."""
    if not isinstance(data, Mapping):
        raise _wrong(file, "areas", "must map a country code to its parts")
    areas: dict[str, dict[str, tuple[str, ...]]] = {}
    for code, parts in data.items():
        path = f"areas.{code}"
        if not isinstance(parts, Mapping) or not parts:
            raise _wrong(file, path, "must map a part of the country to a list of digits")
        found = areas[code] = {}
        for part, all_digits in parts.items():
            if not isinstance(all_digits, list) or not all(_is_digits(digits) for digits in all_digits):
                raise _wrong(file, f"{path}.{part}", "must be a list of quoted digits")
            for digits in all_digits:
                found[digits] = (*found.get(digits, ()), part)
        if len({len(digits) for digits in found}) != 1:
            raise _wrong(file, path, "must have as many digits in each entry")
    return areas


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()
