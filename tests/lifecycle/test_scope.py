"""A request asks for calls of some time; nothing else is given."""

from datetime import UTC, datetime, timedelta

import pytest

from pbx.core.errors import ParseError
from pbx.lifecycle.scope import parse_scope

NUMBER = "+447700900123"
MAY = parse_scope("--asked", "2026-05-01..2026-05-31", NUMBER)
FIRST, NEXT = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.requirement("D-13")
def test_its_ends_and_its_party() -> None:
    assert MAY.has(FIRST, {NUMBER}) and MAY.has(NEXT - TICK, {NUMBER, "1001"})
    assert not MAY.has(FIRST - TICK, {NUMBER}) and not MAY.has(NEXT, {NUMBER})
    assert not MAY.has(FIRST, {"1001"})
    assert str(MAY) == "2026-05-01..2026-05-31 of +447700900123"


def test_minutes_and_one_day() -> None:
    hour = parse_scope("--asked", "2026-05-03T14:00..2026-05-03T14:59")
    assert hour.has(datetime(2026, 5, 3, 14, 59, 59, tzinfo=UTC), ())
    assert not hour.has(datetime(2026, 5, 3, 15, 0, tzinfo=UTC), ())
    day = parse_scope("--asked", "2026-05-03..2026-05-03")
    assert hour.within(day) and not day.within(hour)


@pytest.mark.requirement("D-13")
def test_what_is_granted_is_no_more_than_what_is_asked() -> None:
    assert parse_scope("--granted", "2026-05-10..2026-05-31", NUMBER).within(MAY)
    assert not parse_scope("--granted", "2026-04-30..2026-05-31", NUMBER).within(MAY)
    assert not parse_scope("--granted", "2026-05-01..2026-05-31").within(MAY)


@pytest.mark.parametrize("text", ["", "2026-05-01", "2026-05-02..2026-05-01", "now..then", "..", "1..2"])
def test_what_is_no_scope_names_its_option(text: str) -> None:
    with pytest.raises(ParseError, match="--asked"):
        parse_scope("--asked", text)
