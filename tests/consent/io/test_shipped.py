"""The data that comes with the product loads and hangs together."""

from typing import get_args

import pytest

from pbx.config.consent import BeepName
from pbx.consent.beeps import BY_REGION, OFF
from pbx.consent.effects import Mode
from pbx.consent.io.shipped import shipped_beeps, shipped_rules, shipped_texts
from pbx.consent.rules import STRICTNESS

TALKING: tuple[Mode, ...] = ("notify", "notify_optout", "optin_one", "optin_all")


def test_every_mode_that_talks_has_words_in_every_language() -> None:
    texts = shipped_texts()
    assert set(texts.by_language) == {"en-GB", "de-DE"}
    for language in texts.by_language:
        for mode in TALKING:
            prompt = texts.prompt(mode, language, ("quality", "compliance", "evidence", "fraud"))
            assert prompt is not None
            assert "{" not in prompt.text


def test_rules_are_dated_and_never_silent() -> None:
    rules = shipped_rules()
    assert rules.version == "2026-11-29.2"
    assert len(rules.sha256) == 64
    assert all(STRICTNESS.index(rule.mode) > 0 for rule in rules.rules)


@pytest.mark.requirement("R-22")
def test_beeps_are_those_of_the_table() -> None:
    """Hz, duration and period in ms, and the first one's duration, from the compliance reference's table."""
    table = {
        "us-classic": (1400, 200, 15_000, 0),
        "fs1037": (1400, 500, 15_000, 0),
        "gb": (1400, 500, 60_000, 0),
        "de": (1400, 80, 15_000, 0),
        "ch": (1400, 80, 15_000, 0),
        "dk": (1400, 80, 15_000, 0),
        "au": (425, 360, 15_000, 1000),
    }
    beeps = {name: profile.beep for name, profile in shipped_beeps().items()}
    assert {n: (b.hz, b.on_ms, b.every_ms, b.first_ms) for n, b in beeps.items()} == table
    assert {beep.level_dbm0 for beep in beeps.values()} == {-20}


def test_every_beep_of_a_rule_and_of_the_configuration_exists() -> None:
    shipped = set(shipped_beeps())
    assert {rule.beep for rule in shipped_rules().rules} <= shipped | {OFF}
    assert set(get_args(BeepName)) == shipped | {OFF, BY_REGION}
