"""Templates are read whole or refused, and pieces end where they say."""

import pytest

from pbx.phrases.template import Gap, Part, Slot, Word, appended, parse, written


def test_a_template_has_words_values_and_gaps() -> None:
    assert parse("{q:ein}|hundert[|{r}]") == (
        Slot("q", "ein"),
        Gap("|"),
        Word("hundert"),
        Gap("|", left_over=True),
        Slot("r", "", left_over=True),
    )


def test_an_underscore_is_a_space_within_a_piece() -> None:
    assert parse("half_past") == (Word("half past"),)


def test_a_comma_is_a_pause_only_before_a_space() -> None:
    assert parse("a, b,c") == (Word("a"), Gap(", "), Word("b"), Word(","), Word("c"))


@pytest.mark.parametrize("text", ["[a", "a]", "[[a]]", "{A}", "{a", "a}", "{}", "{a:}"])
def test_what_is_left_open_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|cannot be read"):
        parse(text)


def test_pieces_grow_together_or_follow() -> None:
    parts = [Part("", "zwei")]
    appended(parts, [Part("", "hundert"), Part(" ", "Euro")], "|")
    appended(parts, [Part("", "s")], "")
    assert parts == [Part("", "zwei"), Part("|", "hundert"), Part(" ", "Euros")]
    assert written(parts) == "zweihundert Euros"


def test_the_first_piece_follows_as_it_says_itself() -> None:
    parts = [Part("", "thousand")]
    appended(parts, [Part(" ", "and"), Part(" ", "one")], "")
    assert written(parts) == "thousand and one"


def test_nothing_is_written_before_the_first_piece() -> None:
    assert written([Part(", ", "one"), Part(", ", "two")]) == "one, two"
    assert written([]) == ""
