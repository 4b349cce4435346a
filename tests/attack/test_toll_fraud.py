"""A stolen account (S-12): 50 calls at once to ten dear prefixes, as the sample is and with all allowed."""

import asyncio
import sys
from collections import Counter
from decimal import Decimal
from functools import partial
from time import monotonic

import pytest
import yaml

from pbx.core.address import Address
from pbx.core.io.clock import utc_now
from pbx.fraud.destinations import Destination
from pbx.fraud.effects import Hold
from pbx.store.database import Database
from pbx.store.tolls import TollStore
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.attack.town import ANSWER_S, Town, device
from tests.e2e.fault_helpers import until
from tests.e2e.running import NO_CROWDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

N_CALLS, AT_ONCE = 50, 2
ALARM_S = 10.0
ENDED_S = 60.0
DEAR = (  # satellites, international networks, premium rate, a personal number, and countries far away
    "+870773123456",
    "+881612345678",
    "+882161234567",
    "+883510001234",
    "+979123456789",
    "+449090123456",
    "+447012345678",
    "+25261234567",
    "+5352345678",
    "+37125500000",
)
HOME = "902079460000"
CAP, A_SECOND = Decimal(6), Decimal(1)
# As an admin would write it whose salesman calls everywhere, and who wants to lose no more than CAP.
OPEN = {
    "allow": [one.value for one in Destination],
    "limits": {"concurrent": AT_ONCE, "calls_per_minute": 0, "spend_per_hour": int(CAP)},
    "hours": {"off_percent": 100},
    "new_countries": "allow",
    "refusals": {"attempts": 1000},
    "rates": {"increment": "1s", "classes": {one.value: 60 * int(A_SECOND) for one in Destination}},
}


async def burst(phone: Phone) -> list[int]:
    """Call all prefixes at once; return what became of each call."""
    calls = [await phone.call(DEAR[number % len(DEAR)]) for number in range(N_CALLS)]
    return [await call.wait_answered(ANSWER_S) for call in calls]


async def holds(town: Town) -> list[Hold]:
    """Those on record, as `pbx fraud list` shows them."""
    database = Database(town.pbx.places.database_url(town.pbx.config.pbx))
    try:
        return await TollStore(database).holds()
    finally:
        await database.close()


async def held(town: Town, account: str) -> Hold:
    """Wait for the suspension of an account."""
    found: list[Hold] = []

    async def is_there() -> bool:
        wanted = (account, "outbound", None)
        every = await holds(town)
        found.extend(hold for hold in every if (hold.account, hold.what, hold.released_at) == wanted)
        return bool(found)

    await until(is_there, f"{account} is not suspended", ALARM_S)
    return found[0]


async def command(town: Town, *words: str) -> int:
    """Run `pbx` in a process of its own: in ours it would hold up the telephones that are measured."""
    config = str(town.pbx.places.base / "config")
    command = (sys.executable, "-m", "pbx.cli.main", *words, "--config", config)
    process = await asyncio.create_subprocess_exec(*command)
    return await process.wait()


async def answering(outside: Phone, billed_s: asyncio.Queue[float]) -> None:
    """Be the carrier: answer every call, and note how long it was billed."""
    async with asyncio.TaskGroup() as group:
        while True:
            call = await outside.incoming(ENDED_S)
            call.answer()
            group.create_task(bill(call, billed_s))


async def bill(call: PhoneCall, billed_s: asyncio.Queue[float]) -> None:
    """Note how long an answered call lasts."""
    began = monotonic()
    await call.wait_ended(ENDED_S)
    billed_s.put_nowait(monotonic() - began)


@pytest.mark.requirement("S-12")
@pytest.mark.requirement("FRD-01")
async def test_a_burst_is_barred_and_suspends_the_account(town: Town) -> None:
    thief = device(town.pbx, "1002")
    outside = Phone(Address("127.0.0.2", 5070), user="x", domain="carrier.example", server=town.pbx.server)
    await holds(town)  # the first query of a process takes 150 ms, in which our own telephones stand still
    async with town.under("S-12 burst of a stolen account", "403; suspended within 10 s; nothing is lost"):
        await thief.start()
        await outside.start()
        began = utc_now()
        assert set(await burst(thief)) == {403}
        hold = await held(town, "1002")
        assert hold.cause == "class_barred"
        assert (hold.since_at - began).total_seconds() < ALARM_S
        home = await thief.call(HOME)
        assert await home.wait_answered(ANSWER_S) == 403
        with pytest.raises(TimeoutError):
            await outside.incoming(0.1)
        assert await command(town, "fraud", "release", "1002", "--reason", "a new password") == 0
        await until(partial(is_let_out, thief, outside), "the release is not known", ANSWER_S)
        await thief.close()
        await outside.close()


async def is_let_out(thief: Phone, outside: Phone) -> bool:
    """Call home once more; the carrier answers. False = still suspended: the PBX looks once a second."""
    call = await thief.call(HOME)
    answered = asyncio.create_task(call.wait_answered(ANSWER_S))
    arrived = asyncio.create_task(outside.incoming(ANSWER_S))
    done, _ = await asyncio.wait((answered, arrived), return_when=asyncio.FIRST_COMPLETED)
    if arrived in done:
        arrived.result().answer()
    else:
        arrived.cancel()
    status = await answered
    assert status in (200, 403)
    call.hang_up()
    await call.wait_ended(ANSWER_S)
    return status == 200


@pytest.mark.requirement("S-12")
@pytest.mark.requirement("FRD-01")
async def test_who_may_call_everywhere_loses_no_more_than_the_cap(town: Town) -> None:
    file = town.pbx.places.base / "config/acme/fraud.yaml"
    written = file.read_text()
    thief = device(town.pbx, "1003")
    outside = Phone(Address("127.0.0.2", 5070), user="x", domain="carrier.example", server=town.pbx.server)
    billed_s: asyncio.Queue[float] = asyncio.Queue()
    file.write_text(yaml.safe_dump(OPEN) + f"inbound: {NO_CROWDS}\n")  # the town calls from one number
    try:
        assert await command(town, "reload") == 0
        async with town.under("S-12 the same, everything allowed", f"{AT_ONCE} at once; loss below the cap"):
            await thief.start()
            await outside.start()
            carrier = asyncio.create_task(answering(outside, billed_s))
            outcomes = Counter(await burst(thief))
            assert outcomes == {200: AT_ONCE, 403: N_CALLS - AT_ONCE}
            hold = await held(town, "1003")
            assert hold.cause == "spend_per_hour"
            async with asyncio.timeout(ANSWER_S):
                talked_s = [await billed_s.get() for _ in range(AT_ONCE)]
            assert 0 < sum(talked_s) * float(A_SECOND) <= CAP
            assert await burst(thief) == [403] * N_CALLS
            assert billed_s.empty()
            carrier.cancel()
            await thief.close()
            await outside.close()
    finally:
        file.write_text(written)
        assert await command(town, "reload") == 0
        await command(town, "fraud", "release", "1003")
