"""Call-backs in the database: decided like a code, listed among codes, and never typed as one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from pbx.call.effects import CheckCode, KeepCallBack, PlanCallBack
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.call_backs import save_all
from pbx.verify.facts import CallBackOutcome
from tests.store.test_codes import (
    ANN,
    COMPANY,
    GUARDED,
    LANDLINE,
    NOW,
    PORTED,
    SHARED,
    TICK,
    UNKNOWN,
    YOUNG,
    Office,
)
from tests.store.test_codes import office as office

ASKED = PlanCallBack(
    call=CallId("call"),
    leg=LegId("a"),
    tenant="acme",
    purpose="change of address",
    number=ANN,
    customer="",
    flow="support",
    step="prove",
)


async def told(office: Office) -> list[dict[str, object]]:
    events = await AuditStore(office.database).list(limit=100)
    return [dict(fact.details) for _, fact in events if fact.kind == "verification.call_back"]


async def keep(office: Office, call_back: str, outcome: CallBackOutcome, at: datetime) -> None:
    entries: Sequence[tuple[KeepCallBack, datetime]] = [
        (KeepCallBack(call_back=call_back, outcome=outcome), at)
    ]
    await office.database.write(lambda connection: save_all(connection, entries))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (UNKNOWN, "unknown"),
        (None, "unknown"),
        (COMPANY, "company"),
        (SHARED, "ambiguous"),
        (YOUNG, "young"),
        (PORTED, "moved"),
    ],
)
async def test_who_is_not_called(office: Office, number: str | None, reason: str) -> None:
    planned = await office.store.plan(replace(ASKED, number=number), NOW)
    assert (planned.call_back, planned.customer) == ("", "")
    [fact] = await told(office)
    assert (fact["outcome"], fact["reason"]) == ("unplanned", reason)


@pytest.mark.parametrize(("number", "asks_date"), [(ANN, True), (LANDLINE, True), (GUARDED, False)])
async def test_a_number_that_is_on_file_for_long_enough_is_called(
    office: Office, number: str, asks_date: bool
) -> None:
    planned = await office.store.plan(replace(ASKED, number=number), NOW)
    assert planned.call_back and planned.customer and planned.asks_date is asks_date
    [fact] = await told(office)
    assert fact == {"purpose": "change of address", "outcome": "planned"}


async def test_a_number_becomes_old_enough_to_the_microsecond(office: Office) -> None:
    since = datetime.combine(date(2026, 11, 17), time.max, NOW.tzinfo)
    young = replace(ASKED, number=YOUNG)
    week = timedelta(days=7)
    assert not (await office.store.plan(young, since + week - TICK)).call_back
    assert (await office.store.plan(young, since + week)).call_back
    assert not (await office.store.plan(young, since + week, age=timedelta(days=30))).call_back


async def test_calls_and_codes_to_one_number_count_together(office: Office) -> None:
    await office.made()
    assert (await office.store.plan(ASKED, NOW)).call_back
    assert (await office.store.plan(replace(ASKED, call=CallId("other")), NOW)).call_back
    assert not (await office.store.plan(ASKED, NOW)).call_back
    assert (await told(office))[0]["reason"] == "often"
    assert (await office.store.plan(ASKED, NOW + timedelta(hours=1))).call_back


@pytest.mark.parametrize(
    ("outcome", "shown"), [("confirmed", ("used", "")), ("busy", ("failed", "busy")), ("", ("void", ""))]
)
async def test_it_is_listed_with_what_came_of_it(
    office: Office, outcome: CallBackOutcome, shown: tuple[str, str]
) -> None:
    planned = await office.store.plan(ASKED, NOW)
    if outcome:
        await keep(office, planned.call_back, outcome, NOW)
    [view] = await office.store.list(["acme"], NOW)
    assert (view.way, view.outcome, view.reason) == ("call_back", *shown)
    assert view.customer == planned.customer


async def test_it_does_not_stand_in_the_way_of_a_code(office: Office) -> None:
    """Nor is it one: it has none that anybody could type."""
    code = await office.code()
    planned = await office.store.plan(ASKED, NOW + TICK)
    await keep(office, planned.call_back, "confirmed", NOW + TICK)
    names = {name: getattr(ASKED, name) for name in ("call", "leg", "tenant", "purpose")}
    office.now += 2 * TICK
    asked = CheckCode(token=Token(1), code=code, **names)
    assert (await office.store.check(asked, office.now)).reason == "matched"
    await office.store.check(replace(asked, code=Secret("000000")), office.now)
    called, typed = await office.store.list(["acme"], office.now)
    assert (called.tries, typed.tries) == (0, 2)
