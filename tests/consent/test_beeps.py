"""Which beep a tenant's calls have, and what is no profile."""

from typing import Any

import pytest

from pbx.consent.beeps import LEVELS_DBM0, BeepChoice, beep_profiles
from pbx.consent.io.shipped import shipped_beeps, shipped_rules
from pbx.core.errors import ConfigError

ROW = {
    "hz": 1400,
    "on_ms": 200,
    "every_ms": 15000,
    "level_dbm0": -20,
    "checked_on": "2026-11-29",
    "cite": ["a law"],
}


def data(**changes: Any) -> dict[str, Any]:
    return {"version": "1", "profiles": {"one": ROW | changes}}


@pytest.mark.requirement("REC-16")
@pytest.mark.parametrize(
    ("name", "regions", "expected"),
    [
        ("region", ("GB",), None),
        ("region", ("GB", "US-CT"), "us-classic"),
        ("region", ("US-NY", "GB"), None),
        ("region", ("AU-NSW",), "au"),
        ("region", ("AU", "US-CA"), "au"),
        ("region", ("FR",), None),
        ("region", ("unknown",), None),
        ("region", (), None),
        ("off", ("US-CT", "AU"), None),
        ("fs1037", ("GB",), "fs1037"),
    ],
)
def test_by_region_or_as_the_tenant_wants(name: str, regions: tuple[str, ...], expected: str | None) -> None:
    profile = BeepChoice(name=name, profiles=shipped_beeps()).of(shipped_rules(), regions)
    assert (profile.name if profile is not None else None) == expected


def test_a_profile_is_read() -> None:
    (profile,) = beep_profiles(data(first_ms=400)).values()
    assert (profile.name, profile.beep.hz, profile.beep.first_ms) == ("one", 1400, 400)
    assert (profile.cite, profile.checked_on.year) == (("a law",), 2026)


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [("hz", 300, 3400), ("on_ms", 40, 1000), ("every_ms", 2000, 120_000), ("first_ms", 40, 2000)],
)
def test_limits(key: str, least: int, most: int) -> None:
    for good in (least, most):
        assert beep_profiles(data(**{key: good}))
    for bad in (least - 1, most + 1, least + 0.5, str(least)):
        with pytest.raises(ConfigError, match=f"profiles.one.{key}"):
            beep_profiles(data(**{key: bad}))


def test_levels() -> None:
    least, most = LEVELS_DBM0
    assert beep_profiles(data(level_dbm0=least)) and beep_profiles(data(level_dbm0=most))
    for bad in (least - 1, most + 1, "loud"):
        with pytest.raises(ConfigError, match="level_dbm0"):
            beep_profiles(data(level_dbm0=bad))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ([], "version and profiles"),
        ({"version": "1", "profiles": []}, "profiles"),
        ({"version": "1", "profiles": {"off": ROW}}, "no names"),
        ({"version": "1", "profiles": {"one": {**ROW, "more": 1}}}, "must hold"),
        (data(on_ms=210), "multiple of 20"),
        (data(cite="a law"), "cite"),
        (data(checked_on="now"), "checked_on"),
    ],
)
def test_what_is_no_profile_is_named(wrong: Any, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        beep_profiles(wrong)
    assert named in str(caught.value)
