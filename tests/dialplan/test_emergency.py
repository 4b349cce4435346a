"""Emergency numbers by country, directly and after the prefix for an outside line."""

import pytest

from pbx.dialplan.emergency import emergency_number, emergency_numbers, known_numbers


@pytest.mark.parametrize(
    ("country", "numbers"), [("GB", {"999", "112"}), ("US", {"911"}), ("DE", {"112", "110"}), ("XX", {"112"})]
)
def test_numbers_of_a_country(country: str, numbers: set[str]) -> None:
    assert set(emergency_numbers(country)) == numbers


@pytest.mark.parametrize(
    ("called", "prefix", "number"),
    [
        ("999", "9", "999"),
        ("9999", "9", "999"),
        ("9112", "9", "112"),
        ("9999", "", None),
        ("9999", "0", None),
        ("99", "9", None),
        ("99999", "9", None),
        ("911", "9", None),  # not ours: an extension may have it
    ],
)
def test_what_is_meant(called: str, prefix: str, number: str | None) -> None:
    assert emergency_number(called, emergency_numbers("GB"), prefix) == number


def test_numbers_of_several_countries_are_there_once() -> None:
    assert known_numbers(("GB", "DE", "GB")) == ("999", "112", "110")
    assert known_numbers(()) == ()
