"""Sources are asked within one box of time, and what is compared are rows (VER-08)."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from pbx.call.effects import CheckCaller, FetchCustomers
from pbx.core.ids import CallId, Token
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.secret import Secret
from pbx.runner.lookups import MAX_AT_ONCE, Lookup, Lookups, OnOutage, Outage
from pbx.store.customer_cache import CustomerCache
from pbx.store.database import Database
from pbx.store.identity import IdentityStore
from pbx.store.keys import StoreKeys
from pbx.store.sources.source import SourceAway
from pbx.verify.people import Person, parse_person
from tests.store.conftest import database as database
from tests.store.conftest import keys as keys
from tests.store.conftest import url as url

NUMBER, BOX_S = "+441632960123", 0.1
ANN = {"name": "Ann", "entity_type": "individual", "phone": NUMBER, "date_of_birth": "1980-02-03", "id": "7"}
pytestmark = pytest.mark.requirement("VER-08")


@dataclass(slots=True)
class Crm:
    """A source whose mood the test sets: fast, away, or silent for ever."""

    name: str = "crm"
    mood: str = "fast"
    closed: bool = False
    asked: list[str] = field(default_factory=list)

    async def by_number(self, e164: str) -> list[Person]:
        self.asked.append(e164)
        if self.mood == "away":
            raise SourceAway("crm: away")
        if self.mood == "silent":
            await asyncio.Event().wait()
        return [parse_person(ANN, "GB")] if e164 == NUMBER else []

    async def close(self) -> None:
        self.closed = True


class Desk:
    """Callers of one tenant, one after the other."""

    def __init__(self, database: Database, keys: StoreKeys) -> None:
        self.crm, self.lookups = Crm(), Lookups(cache=CustomerCache(database, keys))
        self._identities, self._n = IdentityStore(database, keys), 0

    async def serve(self, on_outage: OnOutage, *, keep: timedelta = timedelta(hours=1)) -> None:
        lookup = Lookup(sources=(self.crm,), box_s=BOX_S, keep=keep, on_outage=on_outage)
        await self.lookups.swap({"acme": lookup})

    async def call(self, number: str = NUMBER) -> tuple[Outage, str, float]:
        """What an outage makes of the check, what the comparison says, and how long both waited."""
        self._n += 1
        call, began = CallId(f"call-{self._n}"), monotonic()
        effect = FetchCustomers(call=call, tenant="acme", number=number)
        self.lookups.expect(effect)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lookups.fetch(effect))
            outage = await self.lookups.settled(call)
        waited_s = monotonic() - began
        self.lookups.forget(call)
        born = Secret("19800203")
        asked = CheckCaller(
            call=call, token=Token(1), tenant="acme", number=number, date_of_birth=born, trunk="t"
        )
        return outage, (await self._identities.check(asked, utc_now())).reason, waited_s


@pytest.fixture
def desk(database: Database, keys: StoreKeys) -> Desk:
    return Desk(database, keys)


async def test_the_comparison_waits_for_the_box_whoever_is_known(desk: Desk) -> None:
    await desk.serve("unverified")
    for number, reason in ((NUMBER, "matched"), ("+441632960124", "unknown")):
        outage, found, waited_s = await desk.call(number)
        assert (outage, found) == ("", reason)
        assert waited_s >= BOX_S


@pytest.mark.parametrize("mood", ["away", "silent"])
@pytest.mark.parametrize("policy", ["unverified", "cached", "agent"])
async def test_the_branch_of_an_outage_is_the_policys(desk: Desk, mood: str, policy: OnOutage) -> None:
    await desk.serve(policy)
    desk.crm.mood = mood
    expected = "" if policy == "cached" else policy
    assert (await desk.call())[:2] == (expected, "unknown"), "nothing is known yet"
    desk.crm.mood = "fast"
    assert (await desk.call())[:2] == ("", "matched")
    desk.crm.mood = mood
    outage, reason, waited_s = await desk.call()
    assert (outage, reason) == (expected, "matched")
    assert waited_s >= BOX_S


async def test_an_answer_counts_in_no_outage_that_is_longer_than_it_is_kept(desk: Desk) -> None:
    await desk.serve("cached", keep=timedelta(hours=1))
    await desk.call()
    await desk.serve("cached", keep=timedelta())
    desk.crm.mood = "away"
    assert (await desk.call())[:2] == ("", "unknown")


async def test_sources_that_are_asked_no_more_are_closed_and_their_answers_gone(desk: Desk) -> None:
    await desk.serve("cached")
    await desk.call()
    await desk.lookups.swap({})
    assert desk.crm.closed
    assert (await desk.call())[:2] == ("", "unknown")
    assert desk.crm.asked == [NUMBER]


async def test_more_callers_at_once_than_a_source_is_asked_for(desk: Desk) -> None:
    await desk.serve("unverified")
    desk.crm.mood = "silent"
    waiting = [FetchCustomers(call=CallId(f"w{n}"), tenant="acme", number=NUMBER) for n in range(MAX_AT_ONCE)]
    for effect in waiting:
        desk.lookups.expect(effect)
    async with asyncio.TaskGroup() as tasks:
        for effect in waiting:
            tasks.create_task(desk.lookups.fetch(effect))
        await asyncio.sleep(0)
        assert (await desk.call())[0] == "unverified"
        assert len(desk.crm.asked) == MAX_AT_ONCE


async def test_a_call_that_asks_nobody_does_not_wait(desk: Desk) -> None:
    assert await desk.lookups.settled(CallId("other")) == ""
