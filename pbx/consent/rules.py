"""Which consent rule applies: dated rows by region, the strictest of all parties wins."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pbx.consent.effects import ConsentDecision, Mode, Overlay, RuleTrace
from pbx.consent.regions import UNKNOWN, Areas, Candidate, PartyFacts, candidates
from pbx.consent.rule_rows import ANY, BEEPS, KEPT, STRICTNESS, Rule, is_laxer, read_rule
from pbx.consent.stance import UNDECIDED, Stance
from pbx.core.errors import ConfigError

__all__ = ["STRICTNESS", "ConsentRules", "PartyFacts", "Rule"]

MAX_ROWS = 1_000  # ISO 3166 has 249 countries; states and provinces on top
STALE_AFTER = timedelta(days=365)
DEFAULT_UNKNOWN = "default_unknown"  # what has decided where there is no row
NOBODY = PartyFacts(role="")
_Key = tuple[str, Overlay | None]


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
            if (region, None) not in self._rules:
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

    def stale(self, today: date) -> tuple[Rule, ...]:
        """Return the rows that nobody has checked for a year (C-18)."""
        return tuple(rule for rule in self.rules if today - rule.checked_on > STALE_AFTER)

    def resolve(
        self,
        parties: tuple[PartyFacts, ...],
        stance: Stance = UNDECIDED,
        purposes: tuple[str, ...] = (),
    ) -> ConsentDecision:
        """Return the strictest mode of all candidate regions of all parties, and why.

        `purposes` of the recording, () = nobody has named any: then no rule that is about purposes counts.
        """
        found = (
            reason
            for party in parties or (NOBODY,)
            for place in candidates(party, self._areas)
            for reason in self._reasons(party, place, stance, purposes)
        )
        trace = tuple(dict.fromkeys(found))
        return ConsentDecision(
            mode=max((reason.mode for reason in trace), key=STRICTNESS.index),
            regions=tuple(sorted({reason.region for reason in trace})),
            rules=tuple(sorted({_said(reason) for reason in trace})),
            rules_version=self.version,
            rules_sha256=self.sha256,
            mandatory=any(reason.mandatory for reason in trace),
            withdrawal=max((reason.withdrawal for reason in trace), key=KEPT.index),
            trace=trace,
        )

    def beep(self, regions: tuple[str, ...]) -> str:
        """Return the name of the beep that these regions have for a recording; of several the last listed."""
        rows = [self.row(region) for region in regions]
        return max((row.beep for row in rows if row is not None), key=BEEPS.index, default=BEEPS[0])

    def languages(self, decision: ConsentDecision, role: str) -> tuple[str, ...]:
        """Return the languages that may be spoken to a party in the place of its own, () = none.

        Each rule of the places where it may be has to allow them; an overlay that names none has no say.
        """
        names = {one.rule for one in decision.trace if one.role == role}
        rows = [self._row_called(name) for name in sorted(names)]
        lists = [
            row.languages if row else () for row in rows if row is None or row.languages or not row.overlay
        ]
        first = lists[0] if lists else ()
        return tuple(one for one in first if all(one in others for others in lists))

    def _row_called(self, name: str) -> Rule | None:
        return next((row for row in self._rules.values() if row.name == name), None)

    def _reasons(
        self, party: PartyFacts, place: Candidate, stance: Stance, purposes: tuple[str, ...]
    ) -> Iterator[RuleTrace]:
        """What holds for one party in one place: the rule there, and each overlay that has one."""
        row, names = self.row(place.region), self._names(place.region)
        if row is None:
            mode, name = stance.default_unknown, DEFAULT_UNKNOWN
            told = RuleTrace(role=party.role, region=place.region, source=place.source, rule=name, mode=mode)
            yield _raised(told, names, stance)
        else:
            yield _raised(
                _lowered(_reason(party.role, place, row, purposes), names, row, stance), names, stance
            )
        for overlay in dict.fromkeys((*stance.overlays, *party.overlays)):
            if (row := self._overlaid(place.region, overlay)) is not None:
                yield _reason(party.role, place, row, purposes)

    def row(self, region: str) -> Rule | None:
        """The row of a region, its country or its country's group; None = `default_unknown` decides."""
        return None if region == UNKNOWN else self._first(self._names(region), None)

    def _overlaid(self, region: str, overlay: Overlay) -> Rule | None:
        """The row of an overlay there, None = it says nothing of this place."""
        return self._first((*self._names(region), ANY), overlay)

    def _names(self, region: str) -> tuple[str, ...]:
        country = region.partition("-")[0]
        return (region, country, self._groups.get(country, ""))

    def _first(self, names: tuple[str, ...], overlay: Overlay | None) -> Rule | None:
        found = (self._rules.get((name, overlay)) for name in names)
        return next((row for row in found if row is not None), None)


def _reason(role: str, place: Candidate, row: Rule, purposes: tuple[str, ...]) -> RuleTrace:
    mode, why = row.demand(purposes)
    return RuleTrace(
        role=role,
        region=place.region,
        source=place.source,
        rule=row.name,
        mode=mode,
        why=why,
        mandatory=row.mandatory,
        withdrawal=row.withdrawal,
        confidence=row.confidence,
        checked_on=row.checked_on.isoformat(),
        cite=row.cite,
    )


def _lowered(reason: RuleTrace, names: tuple[str, ...], row: Rule, stance: Stance) -> RuleTrace:
    """What two people have made of the law's reason.

    A row that is sure is never lowered to silence, whatever stands in the store; nor does anybody allow a
    purpose that the law does not.
    """
    lowered = stance.override(names)
    is_banned = reason.mode == "never" and row.mode != "never"
    if lowered is not None and not is_banned and is_laxer(lowered.mode, reason.mode):
        least: Mode = "notify" if row.confidence == "H" else "none"
        mode = max(lowered.mode, least, key=STRICTNESS.index)
        return replace(reason, mode=mode, why=f"override {lowered.override}")
    return reason


def _raised(reason: RuleTrace, names: tuple[str, ...], stance: Stance) -> RuleTrace:
    """What the tenant wants at least."""
    floor = stance.floor(names)
    if floor is not None and is_laxer(reason.mode, floor):
        reason = replace(reason, mode=floor, why="floor of consent.yaml")
    return reason


def _said(reason: RuleTrace) -> str:
    """A reason in two words: `GB: notify`, `GB+fca: notify, mandatory`."""
    _, plus, overlay = reason.rule.partition("+")
    return f"{reason.region}{plus}{overlay}: {reason.mode}{', mandatory' if reason.mandatory else ''}"


def _wrong(file: str, path: str, message: str) -> ConfigError:
    return ConfigError(file=file, line=1, column=1, path=path, message=message)


def _rules(rows: Any, file: str) -> dict[_Key, Rule]:
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS:
        raise _wrong(file, "rules", f"must be a list of 1 to {MAX_ROWS} rows")
    rules: dict[_Key, Rule] = {}
    for number, row in enumerate(rows):
        path = f"rules[{number}]"
        rule = read_rule(row, file, path)
        if (rule.region, rule.overlay) in rules:
            raise _wrong(file, f"{path}.region", f"{rule.name} has two rows")
        rules[rule.region, rule.overlay] = rule
    return rules


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
