"""The table of sentences."""

import pytest

from pbx.media.dialogue import Say
from pbx.verify.prompts import TEXTS, all_texts, texts_for
from pbx.verify.spoken_date import LANGUAGES


def test_all_texts_lists_each_sentence_once() -> None:
    assert len(set(all_texts())) == len(all_texts()) == 14 * len(TEXTS) + 2 * len(LANGUAGES)
    assert {tag for tag, texts in TEXTS.items() if texts.say and texts.unclear} == set(LANGUAGES)
    assert Say(text="Sorry, we could not verify those details.", language="en-GB") in all_texts()


@pytest.mark.parametrize(
    ("asked", "spoken"), [("en-GB", "en-GB"), ("en", "en-GB"), ("de-AT", "de-DE"), ("cy-GB", "en-GB")]
)
def test_language(asked: str, spoken: str) -> None:
    assert texts_for(asked) == (spoken, TEXTS[spoken])
