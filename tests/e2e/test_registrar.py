"""Registrations of real telephones: behind a proxy, and across the death of the whole PBX."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.sip.events import BindingsKept
from pbx.store.bindings import BindingStore
from pbx.store.database import Database
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.sipp import CARRIER, DOMAIN, PHONE, Play, authorization, play, playing
from tests.e2e.sipp import free_port as sipp_port

CAROL = "01632960101"  # extension 1003
PATH = "<sip:edge.example.net:5070;lr;ob>"


def carrier(pbx: RunningPbx) -> Phone:
    return Phone(Address(CARRIER, 0), user="+447700900123", domain=CARRIER, server=pbx.server)


async def kept(pbx: RunningPbx) -> list[BindingsKept]:
    """What the database has of registrations."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        return await BindingStore(database).list()
    finally:
        await database.close()


async def until_kept(pbx: RunningPbx, user: str) -> BindingsKept:
    """Wait until the bindings of a user are in the database."""
    async with asyncio.timeout(10):
        while not (found := [one for one in await kept(pbx) if one.user == user]):
            await asyncio.sleep(0.02)
    return found[0]


async def register_behind_proxy(pbx: RunningPbx, port: int, expires: str) -> None:
    answer = authorization("1003", pbx.secret("1003"), ("REGISTER", f"sip:{DOMAIN}"), pbx.port)
    fill = {"extension": "1003", "expires": expires, "status": "200", "path": PATH}
    order = Play(scenario="register_path", server=pbx.port, port=port, fill={**fill, "authorization": answer})
    outcome = await play(order)
    assert outcome.is_played, outcome


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.rfc("3327", "5.3")
@pytest.mark.requirement("SIP-18")
async def test_a_telephone_behind_a_proxy_is_called_by_its_path(pbx: RunningPbx) -> None:
    port = sipp_port(PHONE)
    await register_behind_proxy(pbx, port, "60")
    phone = carrier(pbx)
    await phone.start()
    async with playing(Play(scenario="busy", port=port)) as telephone:
        call = await phone.call(CAROL)
        assert await call.wait_answered(10) == 486
        seen = await telephone
    await phone.close()
    await register_behind_proxy(pbx, port, "0")
    assert f"Route: {PATH}" in seen.received[0]


@pytest.mark.requirement("REG-01")
async def test_a_registration_outlives_a_crash(tmp_path: Path) -> None:
    port = free_port()
    desk: Phone | None = None
    async with running(tmp_path, port) as pbx:
        desk = Phone(
            Address(PHONE, 0),
            user="1003",
            domain=DOMAIN,
            server=pbx.server,
            password=pbx.secret("1003"),
        )
        await desk.start()
        await desk.register()
        assert len((await until_kept(pbx, "1003")).bindings) == 1
        os.killpg(pbx.process.pid, signal.SIGKILL)
        await pbx.process.wait()
    async with running(tmp_path, port) as pbx:
        caller = carrier(pbx)
        await caller.start()
        call = await caller.call(CAROL)
        rings = await desk.incoming(10)
        rings.answer()
        assert await call.wait_answered(10) == 200
        await caller.close()
        await desk.close()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("REG-03")
async def test_an_answer_stops_the_other_telephones_within_200_ms(pbx: RunningPbx) -> None:
    """Best of three: the machine may be busy with something else when it counts."""
    loop = asyncio.get_running_loop()
    secret = pbx.secret("1003")
    phones = [
        Phone(Address(PHONE, 0), user="1003", domain=DOMAIN, server=pbx.server, password=secret)
        for _ in range(3)
    ]
    caller = carrier(pbx)
    for phone in (*phones, caller):
        await phone.start()
    for phone in phones:
        await phone.register()
    stopped_s: list[float] = []
    for _ in range(3):
        call = await caller.call(CAROL)
        first, *others = [await phone.incoming(10) for phone in phones]
        answered_at = loop.time()
        first.answer()
        assert [await other.wait_ended(5) for other in others] == ["cancel", "cancel"]
        stopped_s.append(loop.time() - answered_at)
        assert await call.wait_answered(5) == 200
        call.hang_up()
        await first.wait_ended(5)
    for phone in (*phones, caller):
        await phone.close()
    assert min(stopped_s) < 0.2, stopped_s
