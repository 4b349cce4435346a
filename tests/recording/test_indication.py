"""What parties are told of the recording: short, in every language that we have, and never nothing."""

from typing import get_args

import pytest

from pbx.media.dialogue import Say
from pbx.recording.indication import WORDS, Indication, indication

MOST = 100  # characters, about seven seconds


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize("language", WORDS)
def test_every_sentence_is_there_and_short(language: str) -> None:
    assert set(WORDS[language]) == set(get_args(Indication))
    assert all(0 < len(text) <= MOST for text in WORDS[language].values())


def test_a_language_that_we_have_not_is_english() -> None:
    assert indication("failed", "fr-FR") == Say(text=WORDS["en-GB"]["failed"], language="en-GB")
    assert indication("failed", "de-AT").language == "de-DE"
