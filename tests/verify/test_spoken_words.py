"""Numbers as they are spoken."""

import pytest

from pbx.verify.spoken_words import MAX_WORDS, below_hundred, day_of, digits_of, year_of


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("zero three oh two one nine eight zero", "03021980"),
        ("double two oh one", "2201"),
        ("two zero oh two two triple zero", "20022000"),
        ("double", None),
        ("double double two", None),
        ("two ten", None),
        ("", None),
        (" ".join(["one"] * MAX_WORDS), "1" * MAX_WORDS),
        (" ".join(["one"] * (MAX_WORDS + 1)), None),
    ],
)
def test_digits(said: str, digits: str | None) -> None:
    assert digits_of(said.split()) == digits


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("one", 1),
        ("nineteen", 19),
        ("twenty", 20),
        ("ninety nine", 99),
        ("zero", None),
        ("nineteen one", None),
        ("twenty zero", None),
        ("two thirty", None),
    ],
)
def test_numbers_below_a_hundred(said: str, value: int | None) -> None:
    assert below_hundred(said.split()) == value


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("first", 1),
        ("twentieth", 20),
        ("twenty first", 21),
        ("thirtieth", 30),
        ("thirty first", 31),
        ("thirty second", None),
        ("twenty tenth", None),
        ("three", None),
        ("", None),
    ],
)
def test_days(said: str, day: int | None) -> None:
    assert day_of(said.split()) == day


@pytest.mark.parametrize(
    ("said", "year"),
    [
        ("nineteen hundred", 1900),
        ("nineteen oh five", 1905),
        ("nineteen eighty", 1980),
        ("nineteen ninety nine", 1999),
        ("two thousand", 2000),
        ("two thousand nine", 2009),
        ("two thousand twenty five", 2025),
        ("twenty oh five", 2005),
        ("twenty eleven", 2011),
        ("twenty twenty four", 2024),
        ("nineteen", None),
        ("nineteen five", None),
        ("twenty", None),
        ("eighty four", None),
        ("two thousand oh five", None),
        ("nineteen oh zero", None),
    ],
)
def test_years(said: str, year: int | None) -> None:
    assert year_of(said.split()) == year
