"""Two people on one number, a company's number, and a server that knows others, with real audio."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.store.customers import CustomerStore, CustomerView
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from tests.e2e.callers import QUESTION, Kept, agent_phone, audible, calling, hear, kept, prompt
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.store.stolen_database import MAY_REPEAT, attack

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.proof]

SHARED, COMPANY, ELSEWHERE = "+447700900131", "+441632960200", "+447700900132"
CUSTOMERS = f"""id,name,entity_type,phone,date_of_birth
1,Carl Example,individual,{SHARED},1970-01-02
2,Dora Example,individual,{SHARED},1975-05-06
3,Sample Trading Ltd,company,{COMPANY},
"""
DATES = {"Carl Example": Secret("02011970"), "Dora Example": Secret("06051975")}
FLOW = (
    "otherwise: agents\n",
    "otherwise: agents\n    company: company_desk\n  company_desk: {hang_up: null}\n",
)
ERNA = (
    '[{"id": "9", "name": "Erna", "entity_type": "individual", "phone": "+447700900132",'
    ' "date_of_birth": "1988-08-08"}]'
)
SAME_MS = 60  # three frames: both ends work in steps of 20 ms
TALK_S, END_S, RING_S = 1.0, 10.0, 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    base: Path = tmp_path_factory.mktemp("shared")
    crm = await asyncio.start_server(_attend, "127.0.0.1", 0)
    port = crm.sockets[0].getsockname()[1]
    acme = prepare(base) / "acme"
    asked = f"sources: {{crm: {{http: {{url: 'http://127.0.0.1:{port}/?number={{number}}'}}}}}}\n"
    (acme / "customers.yaml").write_text(asked)
    (acme / "customers.csv").write_text(CUSTOMERS)
    flow = acme / "flows" / "support.yaml"
    assert FLOW[0] in flow.read_text()
    flow.write_text(flow.read_text().replace(*FLOW))
    async with running(base, free_port()) as running_pbx:
        yield running_pbx
    crm.close()


async def _attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server of the tenant that knows one number."""
    asked = await reader.readuntil(b"\r\n\r\n")
    is_known = ELSEWHERE.removeprefix("+").encode() in asked
    writer.write(f"HTTP/1.1 200 OK\r\n\r\n{ERNA if is_known else '[]'}".encode())
    writer.close()


async def _customers(pbx: RunningPbx) -> list[CustomerView]:
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        store = CustomerStore(database, StoreKeys.load_or_create(pbx.places.store_keys))
        return await store.find("acme", SHARED)
    finally:
        await database.close()


async def _call(pbx: RunningPbx, number: str, date: Secret[str], *, talks: bool) -> tuple[int, Kept]:
    """Type a date after the question; return how much was heard until then, and what is kept."""
    since = utc_now()
    async with calling(pbx, number) as (_, call):
        await hear(call, prompt(pbx, QUESTION))
        heard_ms = len(audible(call.heard)) * 20
        await call.send_digits(date)
        if talks:
            await asyncio.sleep(TALK_S)
            call.hang_up()
        await call.wait_ended(END_S)
    return heard_ms, await kept(pbx, number, since)


@pytest.mark.requirement("V-14")
async def test_each_of_two_people_on_one_number_is_verified_by_his_own_date(pbx: RunningPbx) -> None:
    people = {view.name: view.ref for view in await _customers(pbx)}
    shown: list[str] = []
    heard: list[int] = []
    async with agent_phone(pbx) as agent:

        async def desk() -> None:
            for _ in DATES:
                ringing = await agent.incoming(RING_S)
                shown.append(ringing.remote_display)
                ringing.answer()

        taking = asyncio.create_task(desk())
        for name, date in DATES.items():
            heard_ms, result = await _call(pbx, SHARED, date, talks=True)
            heard.append(heard_ms)
            assert (result.call.verification, result.call.customer) == ("V2", people[name])
        await taking
    assert shown == ["Verified caller (V2)"] * 2
    assert abs(heard[0] - heard[1]) <= SAME_MS, "both hear the same sentences, and no list of names"


@pytest.mark.requirement("V-15")
async def test_a_company_is_routed_to_its_own_step_and_verified_as_nobody(pbx: RunningPbx) -> None:
    _, result = await _call(pbx, COMPANY, DATES["Carl Example"], talks=False)
    assert (result.call.verification, result.call.customer) == ("V0", "")
    assert result.call.ended_by == "system"


@pytest.mark.requirement("VER-08")
async def test_a_caller_whom_only_a_server_of_the_tenant_knows_is_verified(pbx: RunningPbx) -> None:
    async with agent_phone(pbx) as agent:
        calling_in = asyncio.create_task(_call(pbx, ELSEWHERE, Secret("08081988"), talks=True))
        ringing = await agent.incoming(RING_S)
        ringing.answer()
        _, result = await calling_in
    assert result.call.verification == "V2"
    assert result.call.customer != ""


@pytest.mark.requirement("V-09")
async def test_the_database_of_these_calls_tells_nothing_without_its_keys(pbx: RunningPbx) -> None:
    """Runs last: it looks at what the calls above have left."""
    file = Path(make_url(pbx.places.database_url(pbx.config.pbx)).database or "")
    found = await asyncio.to_thread(attack, file)
    assert (found.clear, found.guessed) == ([], [])
    assert found.repeated <= MAY_REPEAT
