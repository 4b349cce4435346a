"""The words per language."""

from typing import Any

import pytest

from pbx.consent.io.shipped import shipped_texts
from pbx.consent.texts import MAX_TEXT, ConsentTexts
from pbx.core.errors import ConfigError
from pbx.media.dialogue import Say

TEXTS = shipped_texts()


def test_purposes_are_joined() -> None:
    assert TEXTS.prompt("notify", "en-GB", ("quality", "compliance", "fraud")) == Say(
        text=(
            "This call will be recorded to improve our service, to check that we follow our rules "
            "and to detect fraud."
        ),
        language="en-GB",
    )


def test_optout_names_the_key() -> None:
    prompt = TEXTS.prompt("notify_optout", "en-GB")
    assert prompt is not None
    assert "press 2 if you do not wish to be recorded" in prompt.text


def test_german_also_serves_austria() -> None:
    prompt = TEXTS.prompt("optin_all", "de-AT", ("quality",))
    assert prompt is not None
    assert prompt.language == "de-DE"
    assert "Drücken Sie die 1" in prompt.text


@pytest.mark.requirement("C-05")
def test_no_text_for_an_unknown_language_purpose_or_mode() -> None:
    assert TEXTS.prompt("notify", "fr-FR") is None
    assert TEXTS.prompt("notify", "en-GB", ("quality", "espionage")) is None
    assert TEXTS.prompt("never", "en-GB") is None


def test_every_change_of_a_word_is_another_version() -> None:
    one, other = (ConsentTexts.from_data({"en-GB": language(ask=ask)}) for ask in ("May we?", "May we ?"))
    assert len({one.sha256, other.sha256, shipped_texts().sha256}) == 3
    assert one.sha256 == ConsentTexts.from_data({"en-GB": language(ask="May we?")}).sha256


def language(**changed: Any) -> dict[str, Any]:
    keys = ("notify", "notify_optout", "ask", "withdraw", "star", "and", "default_purpose")
    return {**dict.fromkeys(keys, "text"), "purposes": {}, **changed}


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ({"en-GB": {}}, "en-GB"),
        ({"en-GB": language(ask="")}, "en-GB.ask"),
        ({"en-GB": language(ask="x" * (MAX_TEXT + 1))}, "en-GB.ask"),
        ({"en-GB": language(purposes=[])}, "en-GB.purposes"),
        ({"en-GB": language(purposes={"fraud": 1})}, "en-GB.fraud"),
    ],
)
def test_mistakes_are_named(bad: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ConsentTexts.from_data(bad)
    assert caught.value.path == path


def test_longest_text_is_accepted() -> None:
    ConsentTexts.from_data({"en-GB": language(ask="x" * MAX_TEXT)})
