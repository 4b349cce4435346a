"""Transfers through the running PBX: who hears whom afterwards, and who is never dropped."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx
from tests.e2e.softphones.process import is_ready, last_line, started
from tests.e2e.softphones.script import Orders

CARRIER, CALLER, DID_OF_1003 = "127.0.0.2", "07700900123", "01632960101"
CALL_S = 20.0
ALICE_HZ, CARL_HZ = 620.0, 1000.0
HEARD_S = 1.0


@asynccontextmanager
async def phone(pbx: RunningPbx, user: str) -> AsyncIterator[Phone]:
    """An extension, or with the caller's number the carrier."""
    is_carrier = user == CALLER
    one = Phone(
        Address(CARRIER if is_carrier else "127.0.0.1", 0),
        user=user,
        domain=CARRIER if is_carrier else "acme.example",
        server=pbx.server,
        password=None if is_carrier else pbx.secret(user),
    )
    await one.start()
    try:
        if not is_carrier:
            await one.register()
        yield one
    finally:
        await one.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Look until it is so: what a test phone has heard is no event."""
    async with asyncio.timeout(CALL_S):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def hear_each_other(one: PhoneCall, other: PhoneCall) -> None:
    """Both hear the other's tone from now on."""
    heard = {call: len(call.heard) for call in (one, other)}
    one.talk(ALICE_HZ)
    other.talk(CARL_HZ)

    def both() -> bool:
        said = ((one, CARL_HZ), (other, ALICE_HZ))
        tones = [signal.tone_s(signal.samples(call.heard[heard[call] :]), hz) for call, hz in said]
        return min(tones) >= HEARD_S

    await until(both)


async def talking(alice: Phone, bob: Phone) -> tuple[PhoneCall, PhoneCall]:
    """Alice has called from the network, and Bob has answered."""
    out = await alice.call(DID_OF_1003)
    taken = await bob.incoming(CALL_S)
    taken.answer()
    assert await out.wait_answered(CALL_S) == 200
    assert await taken.wait_answered(CALL_S) == 200
    return out, taken


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("CF-04")
async def test_a_blind_transfer(pbx: RunningPbx) -> None:
    async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
        out, taken = await talking(alice, bob)
        taken.transfer("sip:1002@acme.example")
        rung = await carl.incoming(CALL_S)
        rung.answer()
        assert await taken.wait_transferred(CALL_S) == 200
        await hear_each_other(out, rung)
        assert await taken.wait_ended(CALL_S) == "bye"
        rung.hang_up()
        assert await out.wait_ended(CALL_S) == "bye"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("CF-04")
async def test_a_failed_transfer_returns_the_caller_to_a_transferor_who_has_left(pbx: RunningPbx) -> None:
    async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
        out, taken = await talking(alice, bob)
        taken.transfer("sip:1002@acme.example")
        rung = await carl.incoming(CALL_S)
        taken.hang_up()
        rung.reject(486)
        returned = await bob.incoming(CALL_S)
        assert returned.remote_display == "Returned call"
        returned.answer()
        await hear_each_other(out, returned)
        out.hang_up()
        assert await returned.wait_ended(CALL_S) == "bye"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("CF-05")
async def test_an_attended_transfer(pbx: RunningPbx) -> None:
    async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
        out, taken = await talking(alice, bob)
        consultation = await bob.call("1002")
        rung = await carl.incoming(CALL_S)
        rung.answer()
        assert await consultation.wait_answered(CALL_S) == 200
        taken.transfer("sip:1002@acme.example", consultation)
        assert await taken.wait_transferred(CALL_S) == 200
        await hear_each_other(out, rung)
        assert await consultation.wait_ended(CALL_S) == "bye"
        assert await taken.wait_ended(CALL_S) == "bye"
        out.hang_up()
        assert await rung.wait_ended(CALL_S) == "bye"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("CF-06")
async def test_a_transfer_while_the_target_rings(pbx: RunningPbx) -> None:
    async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
        out, taken = await talking(alice, bob)
        consultation = await bob.call("1002")
        rung = await carl.incoming(CALL_S)
        await asyncio.wait_for(consultation.ringing.wait(), CALL_S)
        taken.transfer("sip:1002@acme.example", consultation)
        assert await consultation.wait_answered(CALL_S) == 487
        taken.hang_up()
        rung.answer()
        await hear_each_other(out, rung)
        rung.hang_up()
        assert await out.wait_ended(CALL_S) == "bye"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.rfc("5589", "6.1")
@pytest.mark.parametrize("kind", ["blind", "attended"])
async def test_pjsip_transfers_its_caller(pbx: RunningPbx, kind: str, tmp_path: Path) -> None:
    order = Orders(
        host="127.0.0.1",
        user="1002",
        password=pbx.secret("1002").reveal(),
        port=pbx.port,
        number="1003",
        tone_hz=ALICE_HZ,
        digits=kind,
        heard=str(tmp_path / "heard.wav"),
    )
    async with (
        started(("pjsua_transfer",), order) as process,
        phone(pbx, "1001") as alice,
        phone(pbx, "1003") as carl,
    ):
        await is_ready(process)
        out = await alice.call("1002")
        rung = await carl.incoming(CALL_S)
        rung.answer()
        assert json.loads(await last_line(process, "statuses"))["statuses"][-1] == 200
        await hear_each_other(out, rung)
        out.hang_up()
        assert await rung.wait_ended(CALL_S) == "bye"
