"""Patterns with stars: what they mean, and that they cost no more than reading the value."""

import re
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.conditions.pattern import MAX_COMPARED, Pattern

SMALL = st.text(alphabet="ab", max_size=6)


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("+44*", "+441632960100", True),
        ("+44*", "+331", False),
        ("spring", "spring", True),
        ("spring", "Spring", False),
        ("*", "", True),
        ("*b", "ab", True),
        ("a*a", "a", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "acb", False),
        ("", "", True),
    ],
)
def test_what_fits(pattern: str, value: str, fits: bool) -> None:
    assert Pattern(pattern).fits(value) is fits


@given(pattern=st.text(alphabet="ab*", max_size=8), value=SMALL)
def test_a_pattern_is_what_a_regular_expression_says(pattern: str, value: str) -> None:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert Pattern(pattern).fits(value) is (re.fullmatch(expression, value) is not None)


@given(one=st.text(alphabet="ab*", max_size=5), other=st.text(alphabet="ab*", max_size=5), value=SMALL)
def test_what_is_within_another_fits_it_too(one: str, other: str, value: str) -> None:
    if Pattern(one).within(Pattern(other)) and Pattern(one).fits(value):
        assert Pattern(other).fits(value)


def test_a_long_value_never_fits_and_an_evil_one_is_quick() -> None:
    assert Pattern("a*").fits("a" * MAX_COMPARED)
    assert not Pattern("a*").fits("a" * (MAX_COMPARED + 1))
    began = perf_counter()
    assert not Pattern("*a*a*a*b").fits("a" * MAX_COMPARED)
    assert perf_counter() - began < 0.05
