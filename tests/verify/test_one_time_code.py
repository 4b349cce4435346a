"""The code itself: how it is drawn, how often it is sent, what is said of it."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.verify.one_time_code import MIN_AGE, draw_code, is_settled, may_send, parse_code, text_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CODES = 100_000
CHI_SQUARE_999 = 148.2  # of 99 degrees of freedom at 0.999; the median is 98.3


class Octets:
    """Gives what it was told."""

    def __init__(self, *drawn: int) -> None:
        self._drawn = list(drawn)

    def octets(self, n_bytes: int) -> bytes:
        return self._drawn.pop(0).to_bytes(n_bytes)


@pytest.mark.requirement("V-11")
@pytest.mark.parametrize("place", [0, 2, 4])
def test_all_codes_are_equally_likely(place: int) -> None:
    """Chi-square over each pair of digits of 100,000 codes, from a seed: the same in each run."""
    ids = SeededIds("codes")
    pairs = Counter(draw_code(ids).reveal()[place : place + 2] for _ in range(CODES))
    expected = CODES / 100
    assert len(pairs) == 100
    assert sum((n - expected) ** 2 / expected for n in pairs.values()) < CHI_SQUARE_999


@pytest.mark.requirement("V-11")
@pytest.mark.parametrize(
    ("drawn", "code"),
    [((0,), "000000"), ((7,), "000007"), ((15_999_999,), "999999"), ((16_000_000, 16_777_215, 42), "000042")],
)
def test_what_would_make_small_codes_likelier_is_drawn_again(drawn: tuple[int, ...], code: str) -> None:
    assert draw_code(Octets(*drawn)) == Secret(code)


@pytest.mark.requirement("V-11")
@pytest.mark.parametrize(
    ("ages", "may"),
    [
        ((), True),
        ((HOUR / 2, HOUR / 2), True),
        ((TICK, TICK, HOUR - TICK), False),
        ((TICK, TICK, HOUR), True),
        ((2 * HOUR,) * 5, True),
        ((2 * HOUR,) * 5 + (DAY - TICK,), False),
        ((2 * HOUR,) * 5 + (DAY,), True),
    ],
)
def test_how_often_it_may_be_sent(ages: tuple[timedelta, ...], may: bool) -> None:
    assert may_send([NOW - age for age in ages], NOW) == may


@pytest.mark.parametrize(
    ("since", "age", "settled"),
    [
        (None, MIN_AGE, False),
        (NOW - MIN_AGE, MIN_AGE, True),
        (NOW - MIN_AGE + TICK, MIN_AGE, False),
        (NOW - MIN_AGE + TICK, timedelta(0), False),
        (NOW - 2 * MIN_AGE, 3 * MIN_AGE, False),
        (NOW + DAY, MIN_AGE, False),
    ],
)
def test_a_contact_is_on_file_for_a_week_at_least(
    since: datetime | None, age: timedelta, settled: bool
) -> None:
    assert is_settled(since, age, NOW) == settled


@pytest.mark.parametrize(
    ("typed", "fits"), [("012345", True), ("01234", False), ("0123456", False), ("01234٥", False)]
)
def test_what_can_be_a_code(typed: str, fits: bool) -> None:
    assert (parse_code(Secret(typed)) is not None) == fits


@pytest.mark.parametrize(
    ("language", "said"), [("en-GB", "will never ask"), ("de-AT", "fragen nie"), ("cy-GB", "will never ask")]
)
def test_the_text_says_what_it_is_for(language: str, said: str) -> None:
    text = text_of(Secret("012345"), "change of address", "Acme", language)
    shown = text.text.reveal()
    assert shown.startswith("012345 ") and "change of address" in shown and "Acme" in shown and said in shown
    assert "012345" not in repr(text)
