"""Conditions: all that is asked must hold; what is said of it names no number."""

from datetime import UTC, datetime, time

import pytest

from pbx.conditions.circumstances import UNKNOWN, Circumstances
from pbx.conditions.condition import Condition, HeaderIs, ScheduleIs
from pbx.conditions.pattern import Pattern
from pbx.schedules.holiday import Holiday
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Schedules
from pbx.sip.stir.condition import VerdictCondition
from pbx.sip.stir.verdict import Status, StirVerdict

OFFICE = Schedule(
    name="office",
    opening=Opening(spans={"mon": ((time(9), time(17)),)}, holidays=(Holiday(yearly=((12, 25), (12, 25))),)),
)
CALL = Circumstances(
    at=datetime(2026, 11, 30, 12, tzinfo=UTC),
    schedules=Schedules(tenant="acme", schedules={"office": OFFICE}),
    verdict=StirVerdict(status=Status.PASSED, attestation="A"),
    caller="+447700900123",
    headers=(("X-Campaign", "spring 2026"), ("x-campaign", "mail")),
    level="V1",
)


def office(*kinds: str) -> Condition:
    return Condition(schedules=(ScheduleIs(schedule="office", kinds=kinds),))  # type: ignore[arg-type]


def callers(*patterns: str) -> Condition:
    return Condition(callers=tuple(map(Pattern, patterns)))


def campaign(*patterns: str) -> Condition:
    return Condition(headers=(HeaderIs(name="X-CAMPAIGN", patterns=tuple(map(Pattern, patterns))),))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(), True),
        (Condition(verdict=VerdictCondition(attestations=("A",))), True),
        (Condition(verdict=VerdictCondition(verdicts=("failed",))), False),
        (office("open"), True),
        (office("closed"), False),
        (office("open", "closed"), True),
        (callers("+44*"), True),
        (callers("+33*", "+447700900123"), True),
        (callers("withheld"), False),
        (campaign("spring*"), True),
        (campaign("autumn*", "mail"), True),
        (campaign("autumn*"), False),
        (Condition(level="V1"), True),
        (Condition(level="V2"), False),
        (Condition(schedules=office("open").schedules, callers=(Pattern("withheld"),)), False),
    ],
)
def test_what_holds(condition: Condition, holds: bool) -> None:
    assert condition.holds(CALL) is holds


def test_closed_means_holidays_too_and_a_holiday_nothing_else() -> None:
    feast = Circumstances(at=datetime(2026, 12, 25, 12, tzinfo=UTC), schedules=CALL.schedules)
    assert office("closed").holds(feast)
    assert office("holiday").holds(feast)
    assert not office("open").holds(feast)
    assert office("closed").holds(UNKNOWN)  # nobody tells the time
    assert not office("holiday").holds(UNKNOWN)


def test_who_shows_no_number_is_withheld() -> None:
    assert callers("withheld").holds(UNKNOWN)
    assert not callers("+*").holds(UNKNOWN)


def test_words() -> None:
    whole = Condition(
        verdict=VerdictCondition(verdicts=("passed",)),
        schedules=office("open", "holiday").schedules,
        callers=(Pattern("+447700900123"), Pattern("withheld")),
        headers=campaign("spring*").headers,
        level="V2",
    )
    assert str(whole) == (
        "verdict passed, office is open or holiday, caller +447*******23 or withheld, "
        "X-CAMPAIGN is spring*, verified V2"
    )
    assert whole.met(CALL) == (
        "the calling number has the verdict passed, attestation A",
        "office is open",
        "X-CAMPAIGN fits",
    )
    assert campaign("autumn").met(CALL) == ("X-CAMPAIGN does not fit",)
    assert Condition().met(CALL) == ()
    assert whole.asks_verdict and not office("open").asks_verdict
