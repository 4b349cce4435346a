"""A month, what moves it, and how days are written."""

from datetime import date

import pytest

from pbx.core.errors import ParseError
from pbx.lifecycle.deadline import Stop, due, parse_day, parse_stop
from pbx.lifecycle.words import MAX_WORD


def stop(first: int, last: int) -> Stop:
    return Stop(start=date(2026, 5, first), end=date(2026, 5, last), reason="who are you")


@pytest.mark.requirement("D-04")
@pytest.mark.parametrize(
    ("received", "answer", "extended"),
    [
        (date(2026, 5, 3), date(2026, 6, 3), date(2026, 8, 3)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)),
        (date(2028, 1, 31), date(2028, 2, 29), date(2028, 4, 30)),
        (date(2026, 12, 15), date(2027, 1, 15), date(2027, 3, 15)),
    ],
)
def test_a_month_and_two_more(received: date, answer: date, extended: date) -> None:
    assert due(received) == answer
    assert due(received, is_extended=True) == extended


@pytest.mark.requirement("D-04")
@pytest.mark.parametrize(
    ("stops", "day"),
    [
        ([stop(5, 12)], 10),
        ([stop(5, 5)], 3),
        ([stop(5, 12), stop(10, 14)], 12),
        ([stop(10, 11), stop(5, 14)], 12),
        ([stop(20, 22), stop(5, 7)], 7),
        ([stop(1, 5)], 5),  # asked before the request was there
    ],
)
def test_the_clock_stands_while_the_person_is_asked(stops: list[Stop], day: int) -> None:
    assert due(date(2026, 5, 3), stops) == date(2026, 6, day)


def test_how_a_stop_is_written() -> None:
    assert parse_stop("--stopped", "2026-05-05..2026-05-12 who are you") == stop(5, 12)
    assert len(parse_stop("--stopped", f"2026-05-05..2026-05-12 {'x' * MAX_WORD}").reason) == MAX_WORD
    assert parse_day("--received", "2026-05-03") == date(2026, 5, 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-05-05 who",
        "2026-05-05..2026-05-12",
        "2026-05-12..2026-05-05 who",
        "2026-05-05..2026-05-32 who",
        f"2026-05-05..2026-05-12 {'x' * (MAX_WORD + 1)}",
    ],
)
def test_what_is_no_stop(text: str) -> None:
    with pytest.raises(ParseError):
        parse_stop("--stopped", text)


def test_what_is_no_day() -> None:
    with pytest.raises(ParseError):
        parse_day("--received", "3 May")
