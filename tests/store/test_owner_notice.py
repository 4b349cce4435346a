"""Where an owner is told of a lock, how often, and what is on the record of it."""

from dataclasses import replace

import pytest

from pbx.core.ids import CallId
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.codes import Owner, Reached
from pbx.store.customers import CustomerStore
from pbx.verify.facts import Unsent
from tests.store.test_codes import ANN, BOTH, DAY, LANDLINE, NOW, PORTED, TICK, YOUNG, Office
from tests.store.test_codes import office as office

pytestmark = pytest.mark.requirement("V-12")
CALL = CallId("call")


async def owner_of(office: Office, number: str) -> Owner:
    [found] = await CustomerStore(office.database, office.keys).find("acme", number)
    return Owner(tenant="acme", call=CALL, number=number, customer=found.ref)


async def told(office: Office) -> list[dict[str, object]]:
    events = await AuditStore(office.database).list(limit=100)
    return [dict(fact.details) for _, fact in reversed(events) if fact.kind == "verification.notice"]


async def test_once_a_day_to_one_number(office: Office) -> None:
    owner = await owner_of(office, ANN)
    reached = await office.store.notice(owner, BOTH, NOW)
    assert reached == Reached(way="sms", to=Secret(ANN), language="")
    assert await office.store.notice(owner, BOTH, NOW + DAY - TICK) == "often"
    assert await office.store.notice(owner, BOTH, NOW + DAY) == reached


async def test_by_mail_where_the_number_takes_no_texts(office: Office) -> None:
    owner = await owner_of(office, LANDLINE)
    reached = await office.store.notice(owner, BOTH, NOW)
    assert reached == Reached(way="mail", to=Secret("hugo@example.org"), language="")
    assert "hugo" not in repr(reached) and LANDLINE not in repr(owner)


@pytest.mark.parametrize(("number", "why"), [(YOUNG, "young"), (PORTED, "moved")])
async def test_whoever_has_taken_the_number_over_is_not_told(
    office: Office, number: str, why: Unsent
) -> None:
    owner = await owner_of(office, number)
    assert await office.store.notice(owner, BOTH, NOW) == why
    assert await told(office) == [{"customer": owner.customer, "way": "", "outcome": "unsent", "reason": why}]


async def test_who_is_gone_or_has_another_number_is_not_told(office: Office) -> None:
    owner = await owner_of(office, ANN)
    assert await office.store.notice(replace(owner, customer="0" * 32), BOTH, NOW) == "unknown"
    assert await office.store.notice(replace(owner, number=LANDLINE), BOTH, NOW) == "unknown"
    assert await office.store.notice(owner, (), NOW) == "no_way"


async def test_it_takes_nothing_of_what_he_has_of_codes(office: Office) -> None:
    await office.store.notice(await owner_of(office, ANN), BOTH, NOW)
    for _ in range(3):
        await office.made()


@pytest.mark.parametrize(("unsent", "outcome"), [(None, "sent"), ("failed", "unsent")])
async def test_what_came_of_it(office: Office, unsent: Unsent | None, outcome: str) -> None:
    owner = await owner_of(office, ANN)
    await office.store.noticed(owner, "sms", NOW, unsent=unsent)
    assert await told(office) == [
        {"customer": owner.customer, "way": "sms", "outcome": outcome, "reason": unsent or ""}
    ]
