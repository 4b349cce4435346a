"""`pbx phone` on loopback, with a second test phone in the place of the PBX."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from pbx.config.places import Places
from pbx.core.address import Address, Remote
from pbx.testphone.phone import Phone

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest
ONE_SECOND = 16000  # octets of PCM16


@pytest.fixture
async def other(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Phone]:
    """What listens on the PBX's port."""
    nowhere = Remote(transport="udp", host="127.0.0.1", port=9)
    phone = Phone(Address("127.0.0.1", 0), user="pbx", domain="acme.example", server=nowhere)
    await phone.start()
    monkeypatch.setenv("PBX_SIP_PORT", str(phone.bound.port))
    yield phone
    await phone.close()


async def test_a_call_from_the_carrier(pbx: Pbx, other: Phone) -> None:
    words = ("phone", "call", "01632960100", "--from-trunk", "--seconds", "0.3", "--json")
    calling = asyncio.create_task(pbx(*words))
    call = await other.incoming(10)
    assert call.offered is not None
    assert (call.offered.called, call.offered.from_user) == ("01632960100", "07700900123")
    call.answer()
    call.talk(700)
    assert await call.wait_ended(10) == "bye"
    said = await calling
    assert (said.code, said.json["status"]) == (0, 200)
    assert said.json["heard_s"] > 0


async def test_digits_wait_for_the_end_of_a_prompt(pbx: Pbx, other: Phone) -> None:
    words = ("phone", "call", "01632960100", "--from-trunk", "--seconds", "0.1", "--digits", "12")
    calling = asyncio.create_task(pbx(*words))
    call = await other.incoming(10)
    call.answer()
    call.talk(700)
    await call.wait_answered(5)
    async with asyncio.timeout(10):
        # By then the other side has heard us too. Audio that arrives is not an event.
        while len(call.heard) < ONE_SECOND:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert call.digits_heard.reveal() == ""
    call.talk(0)
    assert await call.wait_ended(10) == "bye"
    assert call.digits_heard.reveal() == "12"
    assert (await calling).code == 0


async def test_a_refused_call_is_code_1(pbx: Pbx, other: Phone) -> None:
    calling = asyncio.create_task(pbx("phone", "call", "1", "--from-trunk", "--json"))
    (await other.incoming(10)).reject(486)
    said = await calling
    assert (said.code, said.json["status"], said.json["ended"]) == (1, 486, "rejected")


async def test_a_phone_needs_its_secret(pbx: Pbx, places: Places) -> None:
    said = await pbx("phone", "answer", "--as", "acme/1001")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert said.err.endswith("secrets.yaml: no secret of acme/1001 yet, start `pbx run` once\n")
    assert not places.secrets.exists()
    said = await pbx("phone", "call", "1002", "--as", "acme/4711")
    assert said.err == "pbx: no extension 4711 in tenant acme: say --as TENANT/EXTENSION\n"
