"""Telephones that others wrote, in calls through the real PBX."""

import asyncio
import importlib.util
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.testphone import signal
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.softphones.debian import baresip
from tests.e2e.softphones.process import ended, is_ready, started
from tests.e2e.softphones.script import Orders, Report, read_wav

CARRIER, CALLER = "127.0.0.2", "07700900123"
ECHO, DID_OF_1003 = "01632960102", "01632960101"
TONE_HZ, OTHER_TONE_HZ = 620.0, 1000.0
DIGITS = "159#"
CALL_S = 20.0
HEARD_S = 1.0
# pyVoIP answers a challenge without qop and for another URI than it asks for, which the registrar refuses
# (RFC 3261, 22.4): it can only be a carrier, which is known by its address.
# The package that has to be installed, the words that start the softphone, and the extension that it is.
SOFTPHONES = {
    "baresip": ("baresip", ("baresip", "late"), "1001"),
    "pjsua": ("pjsua2", ("pjsua",), "1002"),
    "pyvoip": ("pyVoIP", ("threaded", "pyVoIP"), CALLER),
    "rfcvoip": ("rfcvoip", ("threaded", "rfcvoip"), "1002"),
}


def _started(
    pbx: RunningPbx, name: str, call: tuple[str, str], heard: Path
) -> AbstractAsyncContextManager[Process]:
    """Start one softphone with its orders; `call` is the number and the keys."""
    package, words, user = SOFTPHONES[name]
    is_carrier = user == CALLER
    assert importlib.util.find_spec(package), f"{package} is missing: install the extra `test`"
    number, digits = call
    order = Orders(
        host=CARRIER if is_carrier else "127.0.0.1",
        user=user,
        password="" if is_carrier else pbx.secret(user).reveal(),
        port=pbx.port,
        number=number,
        tone_hz=TONE_HZ,
        digits=digits,
        heard=str(heard),
    )
    return started(words, order)


async def _run(pbx: RunningPbx, name: str, call: tuple[str, str], heard: Path) -> Report:
    """Run one softphone to its end."""
    async with _started(pbx, name, call, heard) as process:
        return await ended(process)


async def _until(is_so: Callable[[], bool]) -> None:
    """Look until it is so: what a test phone has heard is no event."""
    async with asyncio.timeout(CALL_S):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _phone(pbx: RunningPbx, *, host: str, user: str, registered: bool) -> AsyncIterator[Phone]:
    """Our own test phone: an extension, or the carrier on 127.0.0.2."""
    phone = Phone(
        Address(host, 0),
        user=user,
        domain="acme.example" if registered else host,
        server=pbx.server,
        password=pbx.secret(user) if registered else None,
    )
    await phone.start()
    try:
        if registered:
            await phone.register()
        yield phone
    finally:
        await phone.close()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("name", SOFTPHONES)
async def test_a_softphone_hears_itself_in_the_echo_test(pbx: RunningPbx, name: str, tmp_path: Path) -> None:
    report = await _run(pbx, name, (ECHO, ""), tmp_path / "heard.wav")

    assert report == Report(registered=name != "pyvoip", answered=True, content=True)
    heard = read_wav(tmp_path / "heard.wav")
    assert signal.tone_s(heard, TONE_HZ) >= HEARD_S
    assert signal.tone_s(heard, OTHER_TONE_HZ) == 0


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.rfc("4733", "2.5")
@pytest.mark.parametrize("name", [name for name in SOFTPHONES if name != "pyvoip"])  # it cannot press keys
async def test_keys_of_a_softphone_reach_the_other_telephone_and_both_hear_each_other(
    pbx: RunningPbx, name: str, tmp_path: Path
) -> None:
    async with (
        _phone(pbx, host="127.0.0.1", user="1003", registered=True) as carol,
        asyncio.TaskGroup() as group,  # a softphone that fails ends the waiting at once
    ):
        softphone = group.create_task(_run(pbx, name, ("1003", DIGITS), tmp_path / "heard.wav"))
        call = await carol.incoming(CALL_S)
        call.answer()
        assert await call.wait_answered(CALL_S) == 200
        call.talk(TONE_HZ)
        await _until(lambda: len(call.digits_heard.reveal()) >= len(DIGITS))
        call.hang_up()
    report = softphone.result()

    assert report == Report(registered=True, answered=True, content=True, told_of_end=True)
    assert call.digits_heard.reveal() == DIGITS
    assert signal.tone_s(signal.samples(call.heard), TONE_HZ) >= HEARD_S


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.rfc("3261", "13.3")
@pytest.mark.parametrize("name", ["baresip", "pjsua"])
async def test_a_softphone_answers_and_presses_keys(pbx: RunningPbx, name: str, tmp_path: Path) -> None:
    extension = SOFTPHONES[name][2]
    async with (
        _phone(pbx, host="127.0.0.1", user="1003", registered=True) as caller,
        _started(pbx, name, ("", DIGITS), tmp_path / "heard.wav") as softphone,
    ):
        await is_ready(softphone)
        call = await caller.call(extension)
        assert await call.wait_answered(CALL_S) == 200
        call.talk(TONE_HZ)
        await _until(lambda: len(call.digits_heard.reveal()) >= len(DIGITS))
        call.hang_up()
        report = await ended(softphone)

    assert report == Report(registered=True, answered=True, content=True, told_of_end=True)
    assert call.digits_heard.reveal() == DIGITS
    assert signal.tone_s(signal.samples(call.heard), TONE_HZ) >= HEARD_S


@pytest.mark.rfc("3261", "13")
async def test_a_call_from_the_trunk_and_debian_baresip_hear_each_other(tmp_path: Path) -> None:
    """A PBX of its own: baresip 1.0 gives up (ENOSYS) on a 401 that also offers SHA-256."""
    with (prepare(tmp_path / "pbx") / "acme" / "tenant.yaml").open("a") as tenant:
        tenant.write("digest: [MD5]\n")
    async with running(tmp_path / "pbx", free_port()) as pbx:
        await _carol_answers_the_trunk(pbx, tmp_path)


async def _carol_answers_the_trunk(pbx: RunningPbx, tmp_path: Path) -> None:
    secret = pbx.secret("1003")
    async with (
        baresip(tmp_path, user="1003", password=secret, port=pbx.port, tone_hz=OTHER_TONE_HZ) as callee,
        _phone(pbx, host=CARRIER, user=CALLER, registered=False) as carrier,
    ):
        call = await carrier.call(DID_OF_1003)
        await callee.event("CALL_ESTABLISHED", CALL_S)
        assert await call.wait_answered(CALL_S) == 200
        call.talk(TONE_HZ)
        await _until(lambda: signal.tone_s(signal.samples(call.heard), OTHER_TONE_HZ) >= 2 * HEARD_S)
        for digit in DIGITS:
            await callee.command("sndcode", digit)
        await _until(lambda: len(call.digits_heard.reveal()) >= len(DIGITS))
        call.hang_up()
        await callee.event("CALL_CLOSED")
        heard = read_wav(callee.heard())

    assert signal.tone_s(heard, TONE_HZ) >= HEARD_S
    assert signal.tone_s(heard, OTHER_TONE_HZ) == 0
    assert call.digits_heard.reveal() == DIGITS
