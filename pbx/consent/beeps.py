"""Which beep the parties of a recording hear: dated profiles, and a tenant's choice among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pbx.consent.rules import ConsentRules
from pbx.core.errors import ConfigError
from pbx.media.beeper import FRAME_MS
from pbx.media.effects import Beep

BY_REGION, OFF = "region", "off"
_NUMBERS = {"hz", "on_ms", "every_ms", "level_dbm0"}
_KEYS = _NUMBERS | {"checked_on", "cite"}
# What a telephone carries, and can be told from what is said.
_LIMITS = {"hz": (300, 3400), "on_ms": (40, 1000), "every_ms": (2000, 120_000), "first_ms": (40, 2000)}
LEVELS_DBM0 = (-40, -10)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeepProfile:
    """One row; `cite` names where the values come from."""

    name: str
    beep: Beep
    cite: tuple[str, ...]
    checked_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BeepChoice:
    """The name of a profile for all calls, `off`, or `region` = as the regions of a call have it."""

    name: str = OFF
    profiles: Mapping[str, BeepProfile] = field(default_factory=dict)

    def of(self, rules: ConsentRules, regions: tuple[str, ...]) -> BeepProfile | None:
        """Return the profile for a call whose parties may be in these regions."""
        name = rules.beep(regions) if self.name == BY_REGION else self.name
        return self.profiles.get(name)


def beep_profiles(data: Any, file: str = "beeps.yaml") -> dict[str, BeepProfile]:
    """Return the profiles of the parsed file by name; ConfigError names the row that is wrong."""
    if not isinstance(data, Mapping) or set(data) != {"version", "profiles"}:
        raise _wrong(file, "", "must hold version and profiles only")
    rows = data["profiles"]
    if not isinstance(rows, Mapping) or {BY_REGION, OFF} & set(rows):
        raise _wrong(file, "profiles", f"must map names to rows; {BY_REGION} and {OFF} are no names")
    return {str(name): _profile(str(name), row, file) for name, row in rows.items()}


def _profile(name: str, row: Any, file: str) -> BeepProfile:
    path = f"profiles.{name}"
    if not isinstance(row, Mapping) or set(row) - {"first_ms"} != _KEYS:
        raise _wrong(file, path, f"must hold {', '.join(sorted(_KEYS))}, and first_ms if need be")
    for key, (least, most) in _LIMITS.items():
        value = row.get(key, least)
        if not isinstance(value, int) or not least <= value <= most:
            raise _wrong(file, f"{path}.{key}", f"must be {least} to {most}")
        if key != "hz" and value % FRAME_MS:
            raise _wrong(file, f"{path}.{key}", f"must be a multiple of {FRAME_MS}")
    least, most = LEVELS_DBM0
    if not isinstance(row["level_dbm0"], int | float) or not least <= row["level_dbm0"] <= most:
        raise _wrong(file, f"{path}.level_dbm0", f"must be {least} to {most}")
    if not isinstance(row["cite"], list) or not all(isinstance(source, str) for source in row["cite"]):
        raise _wrong(file, f"{path}.cite", "must be a list of texts")
    try:
        checked_on = date.fromisoformat(str(row["checked_on"]))
    except ValueError:
        raise _wrong(file, f"{path}.checked_on", "must be a date such as 2026-11-29") from None
    numbers = {key: row[key] for key in (*sorted(_NUMBERS), "first_ms") if key in row}
    return BeepProfile(name=name, beep=Beep(**numbers), cite=tuple(row["cite"]), checked_on=checked_on)


def _wrong(file: str, path: str, message: str) -> ConfigError:
    return ConfigError(file=file, line=1, column=1, path=path, message=message)
