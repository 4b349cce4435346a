"""One row of the rule file: what it demands for which purposes, and what is refused."""

from datetime import date
from typing import Any

import pytest

from pbx.consent.effects import Mode
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.rule_rows import Retention, Rule, is_laxer, read_rule
from pbx.core.errors import ConfigError
from tests.consent.rows import rule_row


def rule(**changed: Any) -> Rule:
    return read_rule(rule_row(**changed), "rules.yaml", "rules[3]")


def test_a_row_is_read_whole() -> None:
    read = rule(
        overlay="fca",
        mandatory=True,
        retention={"min_days": 1826, "max_days": 2557},
        languages=["en-GB"],
        purposes_allowed=["compliance"],
        cite=["SYSC 10A.1.6R"],
        reviewer="counsel",
        supersedes="ab" * 32,
    )
    assert (read.name, read.mandatory, read.retention) == (
        "GB+fca",
        True,
        Retention(min_days=1826, max_days=2557),
    )
    assert (read.languages, read.purposes_allowed, read.cite) == (
        ("en-GB",),
        ("compliance",),
        ("SYSC 10A.1.6R",),
    )
    assert (read.checked_on, read.reviewer, read.supersedes) == (date(2026, 11, 23), "counsel", "ab" * 32)


def test_a_row_is_named_by_its_content() -> None:
    assert rule().sha256 == rule().sha256
    assert rule().sha256 != rule(reviewer="counsel").sha256
    assert len(rule(supersedes=rule().sha256).sha256) == 64


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize(
    ("mode", "purposes", "demanded"),
    [
        ("notify", ("evidence",), "notify"),
        ("notify", ("quality",), "notify_optout"),
        ("notify", ("evidence", "quality"), "notify_optout"),
        ("notify", (), "notify"),
        ("none", ("quality",), "notify_optout"),
        ("optin_one", ("quality",), "optin_one"),
        ("never", ("quality",), "never"),
    ],
)
def test_who_may_object_to_a_purpose_is_asked_at_once(
    mode: Mode, purposes: tuple[str, ...], demanded: Mode
) -> None:
    assert rule(mode=mode, optout_for=["quality"]).demand(purposes)[0] == demanded


@pytest.mark.parametrize(
    ("purposes", "demanded"),
    [
        (("quality",), ("never", "only for evidence, fraud")),
        (("quality", "fraud"), ("notify", "")),
        ((), ("notify", "")),
    ],
)
def test_nothing_is_recorded_for_purposes_that_are_not_allowed(
    purposes: tuple[str, ...], demanded: tuple[Mode, str]
) -> None:
    assert rule(purposes_allowed=["evidence", "fraud"]).demand(purposes) == demanded


def test_modes_have_an_order() -> None:
    assert is_laxer("none", "notify") and is_laxer("optin_all", "never")
    assert not is_laxer("notify", "notify")


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"region": "gb"}, "region"),
        ({"region": "GB-"}, "region"),
        ({"overlay": "any"}, "overlay"),
        ({"overlay": []}, "overlay"),
        ({"mode": None}, "mode"),
        ({"mandatory": "yes"}, "mandatory"),
        ({"optout_for": "quality"}, "optout_for"),
        ({"optout_for": ["marketing"]}, "optout_for"),
        ({"optout_for": ["quality", "quality"]}, "optout_for"),
        ({"announcement_in_recording": 1}, "announcement_in_recording"),
        ({"beep": False}, "beep"),
        ({"purposes_allowed": [["evidence"]]}, "purposes_allowed"),
        ({"retention": {"min_days": 1}}, "retention"),
        ({"retention": {"min_days": -1, "max_days": None}}, "retention"),
        ({"retention": {"min_days": True, "max_days": None}}, "retention"),
        ({"retention": {"min_days": 10, "max_days": 9}}, "retention"),
        ({"retention": {"min_days": 0, "max_days": 36_526}}, "retention"),
        ({"languages": ["en"]}, "languages"),
        ({"withdrawal": "honour"}, "withdrawal"),
        ({"cite": ["law"] * 17}, "cite"),
        ({"cite": ["x" * 201]}, "cite"),
        ({"confidence": "L"}, "mode"),
        ({"checked_on": "2026-13-01"}, "checked_on"),
        ({"reviewer": None}, "reviewer"),
        ({"supersedes": "ab"}, "supersedes"),
    ],
)
def test_the_key_that_is_wrong_is_named(changed: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rule(**changed)
    assert caught.value.path == f"rules[3].{key}"


@pytest.mark.parametrize("key", sorted(rule_row()))
def test_every_key_is_required(key: str) -> None:
    row = rule_row()
    del row[key]
    with pytest.raises(ConfigError) as caught:
        read_rule(row, "rules.yaml", "rules[3]")
    assert caught.value.path == "rules[3]"


def test_limits_of_a_row() -> None:
    read = rule(cite=["x" * 200] * 1, retention={"min_days": 36_525, "max_days": 36_525})
    assert read.retention.max_days == 36_525


def test_a_yes_that_is_taken_back_takes_along_what_it_allowed() -> None:
    """Compliance reference §3.3: where consent is the basis, what was kept before goes too."""
    for one in shipped_rules().rules:
        assert (one.withdrawal == "stop_delete") == one.mode.startswith("optin")
