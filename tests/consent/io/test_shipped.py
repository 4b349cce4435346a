"""The data that comes with the product loads and hangs together."""

from pbx.consent.effects import Mode
from pbx.consent.io.shipped import shipped_rules, shipped_texts
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
    assert rules.version == "2026-11-23"
    assert len(rules.sha256) == 64
    assert all(STRICTNESS.index(rule.mode) > 0 for rule in rules.rules)
