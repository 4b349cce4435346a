"""The decision: each reason at its boundary, their order, and that an opt-out goes before everything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.marketing.decision import Blocked, Passed, Question, decide
from pbx.marketing.policy import MarketingPolicy
from pbx.marketing.register import Standing
from pbx.marketing.week import parse_week
from tests.marketing.known import (
    BERLIN,
    CALLABLE,
    CLEAN,
    LONDON,
    MIAMI,
    NEW_YORK,
    OURS,
    PARIS,
    POLICY,
    TUESDAY,
    agreed,
    placed,
    question,
    screened,
)

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
AGREED = Standing(agreements=(agreed(at=datetime(2020, 1, 1, tzinfo=UTC)),))


def reason(asked: Question, standing: Standing = CALLABLE, policy: MarketingPolicy = POLICY) -> str:
    verdict = decide(asked, standing, policy)
    return verdict.reason if isinstance(verdict, Blocked) else ""


def test_a_call_passes_and_names_its_rules() -> None:
    assert decide(question(), CALLABLE, POLICY) == Passed(rules=("GB",), has_agreed=False)
    assert decide(question(), replace(AGREED, screenings=CLEAN), POLICY) == Passed(
        rules=("GB",), has_agreed=True
    )


@pytest.mark.requirement("C-14")
def test_suppressed() -> None:
    assert reason(question(), replace(CALLABLE, is_stopped=True)) == "suppressed"


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize("name", ["tps", "ctps"])
def test_registered(name: str) -> None:
    screenings = tuple(one for one in CLEAN if one.name != name)
    standing = Standing(screenings=(*screenings, screened(name, registered=True)))
    assert reason(question(), standing) == "registered"
    assert reason(question(), replace(standing, agreements=AGREED.agreements)) == ""


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (28 * DAY, ""),
        (28 * DAY + SECOND, "stale_screening"),
        (28 * DAY + timedelta(microseconds=1), "stale_screening"),
    ],
)
def test_a_screening_holds_28_days_to_the_second(age: timedelta, expected: str) -> None:
    standing = Standing(screenings=(screened(at=TUESDAY - age), screened("ctps")))
    assert reason(question(), standing) == expected


@pytest.mark.requirement("C-14")
def test_who_was_never_screened_is_not_called() -> None:
    assert reason(question(), Standing()) == "stale_screening"
    assert reason(question(), Standing(screenings=CLEAN[:1])) == "stale_screening"
    assert reason(question(), AGREED) == ""


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize(
    ("number", "utc", "expected"),
    [
        (LONDON, "2026-11-24T07:59:59", "out_of_hours"),
        (LONDON, "2026-11-24T08:00:00", ""),
        (LONDON, "2026-11-24T20:59:59", ""),
        (LONDON, "2026-11-24T21:00:00", "out_of_hours"),
        (LONDON, "2026-07-14T06:59:59", "out_of_hours"),  # summer time
        (LONDON, "2026-07-14T07:00:00", ""),
        (LONDON, "2026-10-25T08:59:59", "out_of_hours"),  # a Sunday, on which one o'clock comes twice
        (LONDON, "2026-10-25T09:00:00", ""),
        (LONDON, "2026-03-29T07:59:59", "out_of_hours"),  # a Sunday without it
        (LONDON, "2026-03-29T08:00:00", ""),
        (LONDON, "2026-12-25T08:30:00", "out_of_hours"),  # Christmas, a Friday
        (PARIS, "2026-11-24T12:00:00", "out_of_hours"),  # 13:00
        (PARIS, "2026-11-24T13:00:00", ""),
        (PARIS, "2026-11-11T14:00:00", "out_of_hours"),  # Armistice
        (PARIS, "2026-11-28T14:00:00", "out_of_hours"),  # a Saturday
        (NEW_YORK, "2026-11-24T12:59:59", "out_of_hours"),
        (NEW_YORK, "2026-11-24T13:00:00", ""),
        (NEW_YORK, "2026-11-25T01:30:00", ""),  # 20:30 there
        (MIAMI, "2026-11-25T01:30:00", "out_of_hours"),  # and there: Florida ends an hour earlier
        (MIAMI, "2026-11-25T00:59:59", ""),
        (BERLIN, "2026-11-29T12:00:00", "out_of_hours"),
    ],
)
def test_the_hours_are_those_of_whoever_is_called(number: str, utc: str, expected: str) -> None:
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert reason(question(number, at), AGREED) == expected


@pytest.mark.requirement("C-14")
def test_every_zone_in_which_a_number_may_be_has_to_be_open() -> None:
    """+1 308 is Nebraska, of which a part is in Mountain time."""
    asked = question("+13085550100", datetime(2026, 11, 24, 14, 30, tzinfo=UTC))  # 8:30 and 7:30
    assert asked.place is not None
    assert len(asked.place.zones) == 2
    assert reason(asked, AGREED) == "out_of_hours"
    assert reason(replace(asked, at=asked.at + timedelta(minutes=30)), AGREED) == ""


def test_a_tenant_narrows_the_hours_and_never_widens_them() -> None:
    short = replace(POLICY, hours={"GB": parse_week({"mon-fri": ["06:00-12:00"]})})
    assert reason(question(), policy=short) == "out_of_hours"
    assert reason(question(at=TUESDAY - SECOND), AGREED, short) == ""
    assert reason(question(at=TUESDAY.replace(hour=7)), AGREED, short) == "out_of_hours"


def test_consent_where_the_law_asks_for_it() -> None:
    at = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    assert reason(question(BERLIN, at), Standing()) == "no_consent"
    assert reason(question(PARIS, at), Standing()) == "no_consent"
    assert reason(question(PARIS, datetime(2026, 8, 10, 12, 30, tzinfo=UTC)), Standing()) == ""
    expired = Standing(agreements=(agreed(until=at),))
    assert reason(question(BERLIN, at), expired) == "no_consent"
    assert reason(question(BERLIN, at), AGREED) == ""


def test_too_often() -> None:
    at = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    calls = tuple(placed(at - 30 * DAY + n * SECOND) for n in range(1, 5))
    assert reason(question(PARIS, at), replace(AGREED, contacts=calls)) == "too_often"
    assert reason(question(PARIS, at + SECOND), replace(AGREED, contacts=calls)) == ""
    thrice = tuple(placed(at - DAY + n * SECOND) for n in range(1, 4))
    evening = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    florida = tuple(replace(one, at=one.at + (evening - at)) for one in thrice)
    assert reason(question(MIAMI, evening), replace(AGREED, contacts=florida)) == "too_often"
    assert reason(question(NEW_YORK, evening), replace(AGREED, contacts=florida)) == ""
    assert reason(question(MIAMI, evening + SECOND), replace(AGREED, contacts=florida)) == ""


def test_resting() -> None:
    at = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    refused = replace(AGREED, contacts=(placed(at - 60 * DAY, "refused"),))
    assert reason(question(PARIS, at), refused) == ""
    assert reason(question(PARIS, at - SECOND), refused) == "resting"
    assert reason(question(LONDON, at - SECOND), refused) == ""
    silence = replace(AGREED, contacts=(placed(at - 3 * DAY, "abandoned"),))
    assert reason(question(LONDON, at), silence) == ""
    assert reason(question(LONDON, at - SECOND), silence) == "resting"


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize(
    "shown", [(), ("",), (OURS, ""), ("+442079460999",), ("1010",), (OURS, "+33123456789")]
)
def test_a_number_of_ours_has_to_be_shown_by_whichever_trunk(shown: tuple[str, ...]) -> None:
    assert reason(question(shown=shown)) == "no_number"


@pytest.mark.parametrize(
    "number", ["+18005550100", "+61291234567", "+441534123456", "+882123456789", "nonsense"]
)
def test_where_no_rule_is_known_nobody_is_called(number: str) -> None:
    assert reason(question(number), AGREED) == "no_rule"


@pytest.mark.requirement("C-15")
def test_who_may_have_wished_something_unknown_is_not_called() -> None:
    assert reason(question(is_stale=True)) == "stale_register"


def test_the_first_reason_is_the_one_that_is_said() -> None:
    """All at once; each is taken away in turn."""
    night = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    calls = (*(placed(night - n * SECOND) for n in range(4)), placed(night, "refused"))
    worst = Standing(is_stopped=True, contacts=calls)
    asked = question(PARIS, night, shown=("",), is_stale=True)
    expected = [
        "suppressed",
        "stale_register",
        "no_consent",
        "out_of_hours",
        "too_often",
        "resting",
        "no_number",
    ]
    assert reason(asked, worst) == expected[0]
    worst = replace(worst, is_stopped=False)
    assert reason(asked, worst) == expected[1]
    asked = replace(asked, is_stale=False)
    assert reason(asked, worst) == expected[2]
    worst = replace(worst, agreements=AGREED.agreements)
    assert reason(asked, worst) == expected[3]
    day = timedelta(hours=12)
    asked = replace(asked, at=night + day + timedelta(hours=1))
    assert reason(asked, worst) == expected[4]
    worst = replace(worst, contacts=calls[4:])
    assert reason(asked, worst) == expected[5]
    worst = replace(worst, contacts=())
    assert reason(asked, worst) == expected[6]


@pytest.mark.requirement("C-14")
@pytest.mark.requirement("C-15")
@settings(max_examples=60, deadline=None)
@given(
    number=st.sampled_from([LONDON, PARIS, BERLIN, MIAMI, NEW_YORK, "+18005550100"]),
    since=st.integers(0, 80_000_000),
    shown=st.sampled_from([(), (OURS,), ("",)]),
    ages=st.lists(st.integers(0, 5_000_000), max_size=4),
    has_agreed=st.booleans(),
    is_stale=st.booleans(),
)
def test_whatever_else_is_said_a_suppressed_number_never_passes(  # noqa: PLR0913
    number: str, since: int, shown: tuple[str, ...], ages: list[int], has_agreed: bool, is_stale: bool
) -> None:
    at = TUESDAY + since * SECOND
    standing = Standing(
        is_stopped=True,
        screenings=tuple(
            screened(name, at=at - age * SECOND)
            for name, age in zip(("tps", "ctps", "dnc"), ages, strict=False)
        ),
        agreements=AGREED.agreements if has_agreed else (),
        contacts=tuple(placed(at - age * SECOND) for age in ages),
    )
    asked = question(number, at, shown=shown, is_stale=is_stale)
    assert reason(asked, standing) == "suppressed"
