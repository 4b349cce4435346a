"""Dates of birth as they are spoken, and the grammar that they are heard by."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.secret import Secret
from pbx.verify.spoken_date import MAX_OCTETS, jsgf, parse_spoken_date
from pbx.verify.spoken_words import DIGITS
from tests.verify.speech import FORMS, spoken

TODAY = date(2026, 11, 24)


def parsed(said: str) -> str | None:
    born = parse_spoken_date(Secret(said), TODAY)
    return None if born is None else born.reveal()


@pytest.mark.requirement("V-08")
@pytest.mark.parametrize(
    ("said", "born"),
    [
        ("the third of february nineteen eighty", "19800203"),
        ("third february nineteen eighty", "19800203"),
        ("february the third nineteen eighty", "19800203"),
        ("february twenty ninth nineteen ninety two", "19920229"),
        ("twentieth of may two thousand and one", "20010520"),
        ("may twentieth twenty oh one", "20010520"),
        ("zero three zero two one nine eight zero", "19800203"),
        ("double two oh one one nine double eight", "19880122"),
        ("twenty ninth of february nineteen ninety three", None),
        ("thirty first of june nineteen eighty", None),
        ("third of february eighty", None),
        ("february nineteen eighty", None),
        ("third of february", None),
        ("third of may of june nineteen eighty", None),
        ("twenty fifth of november twenty twenty six", None),
        ("third of february nineteen hundred", None),
        ("one two three", None),
        ("three two one three two two seven eight nine", None),
        ("what is it to you", None),
        ("", None),
    ],
)
def test_what_words_mean(said: str, born: str | None) -> None:
    assert parsed(said) == born


def test_the_length_of_an_answer_has_a_limit() -> None:
    said = "the third of february nineteen eighty"
    assert parsed(said + " the" * ((MAX_OCTETS - len(said)) // 4)) == "19800203"
    assert parsed(said + " the" * ((MAX_OCTETS - len(said)) // 4 + 1)) is None


@given(st.integers(min_value=0, max_value=(TODAY - date(1907, 1, 1)).days), st.integers(0, len(FORMS) - 1))
def test_every_date_is_understood_as_people_say_it(days: int, form: int) -> None:
    born = date(1907, 1, 1) + timedelta(days=days)
    assert parsed(spoken(born, FORMS[form])) == born.strftime("%Y%m%d")


@given(st.lists(st.sampled_from(["the", "first", "twenty", "may", "of", "nineteen", "double", *DIGITS])))
def test_no_heap_of_words_breaks_it(words: list[str]) -> None:
    born = parsed(" ".join(words))
    assert born is None or len(born) == 8


def test_the_grammar_has_each_rule_once() -> None:
    rules = [line.split(" = ")[0] for line in jsgf().splitlines()[2:]]
    assert len(rules) == len(set(rules))
    assert all(line.endswith(";") for line in jsgf().splitlines())
