"""How much of a decoding may be believed, and what is listened for."""

import pytest

from pbx.verify.recogniser import Word, certainty, grammars
from pbx.verify.spoken_date import LANGUAGES
from pbx.verify.spoken_entry import CERTAIN, GRAMMAR

GOOD = Word(word="third", score=-60.0, n_frames=24, posterior=1.0)


def test_a_good_fit_is_certain() -> None:
    assert certainty([GOOD, GOOD], agrees=True) >= CERTAIN


@pytest.mark.parametrize(
    "bad",
    [
        Word(word="third", score=-160.0, n_frames=20, posterior=1.0),
        Word(word="third", score=-400.0, n_frames=60, posterior=1.0),
        Word(word="third", score=-60.0, n_frames=24, posterior=0.39),
    ],
    ids=["one word is nothing like it", "all of it", "another word fits as well"],
)
def test_one_bad_word_is_enough(bad: Word) -> None:
    assert certainty([GOOD] * 5 + [bad], agrees=True) < CERTAIN


def test_two_decodings_that_differ_are_never_believed() -> None:
    perfect = Word(word="third", score=0.0, n_frames=24, posterior=1.0)
    assert certainty([perfect], agrees=False) <= 0.5


def test_it_is_a_ratio() -> None:
    assert certainty([], agrees=True) == 0.0
    terrible = Word(word="third", score=-690.0, n_frames=3, posterior=0.0)
    assert certainty([terrible], agrees=True) == 0.0
    assert certainty([Word(word="a", score=0.0, n_frames=3, posterior=1.5)], agrees=True) == 1.0


def test_there_is_a_grammar_for_every_question() -> None:
    assert set(grammars()) == {(GRAMMAR, language) for language in LANGUAGES}
