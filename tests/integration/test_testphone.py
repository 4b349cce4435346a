"""Two test phones call each other directly and hear each other's tones and keys."""

from collections.abc import AsyncIterator

import pytest

from pbx.core.address import Address, Remote
from pbx.core.secret import Secret
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import BUSY, MAX_CALLS, Phone

HOST = "127.0.0.1"
DIGITS = Secret("03021980")


@pytest.fixture
async def phones() -> AsyncIterator[tuple[Phone, Phone]]:
    callee = Phone(Address(HOST, 0), user="bob", domain="phones.example", server=Remote("udp", HOST, 9))
    await callee.start()
    server = Remote("udp", HOST, callee.bound.port)
    caller = Phone(Address("127.0.0.2", 0), user="ada", domain="phones.example", server=server, display="Ada")
    await caller.start()
    yield caller, callee
    await caller.close()
    await callee.close()


async def connected(caller: Phone, callee: Phone) -> tuple[PhoneCall, PhoneCall]:
    out = await caller.call("200")
    in_ = await callee.incoming(5)
    in_.answer()
    assert await out.wait_answered(5) == await in_.wait_answered(5) == 200
    return out, in_


async def test_they_hear_each_other(phones: tuple[Phone, Phone]) -> None:
    out, in_ = await connected(*phones)
    assert in_.remote_display == "Ada" and in_.offered is not None and in_.offered.called == "200"
    assert out.ringing.is_set() and out.confirmed and in_.confirmed
    out.talk(440)
    in_.talk(1000)
    await out.send_digits(DIGITS)
    with pytest.raises(TimeoutError):
        await in_.wait_quiet(300, timeout_s=0.5)  # the tone goes on
    out.talk(0)
    await in_.wait_quiet(300, timeout_s=5)
    assert in_.digits_heard == DIGITS and out.digits_heard == Secret("")
    sounds = signal.samples(out.heard), signal.samples(in_.heard)
    assert signal.tone_s(sounds[0], 1000) > 1 and signal.tone_s(sounds[0], 440) == 0
    assert signal.tone_s(sounds[1], 440) > 0.4 and signal.tone_s(sounds[1], 1000) == 0
    assert signal.find_dtmf(sounds[1]) == ""


async def test_hanging_up_ends_both(phones: tuple[Phone, Phone]) -> None:
    out, in_ = await connected(*phones)
    in_.hang_up()
    assert await out.wait_ended(5) == await in_.wait_ended(5) == "bye"
    assert not out.confirmed and not in_.confirmed
    with pytest.raises(ConnectionError):
        await out.wait_quiet(100, timeout_s=1)
    with pytest.raises(ConnectionError):
        await out.send_digits(DIGITS)


async def test_a_refused_call(phones: tuple[Phone, Phone]) -> None:
    caller, callee = phones
    out = await caller.call("200")
    (await callee.incoming(5)).reject(603)
    assert await out.wait_answered(5) == 603
    assert await out.wait_ended(5) == "rejected"


async def test_giving_up_while_it_rings(phones: tuple[Phone, Phone]) -> None:
    caller, callee = phones
    out = await caller.call("200")
    in_ = await callee.incoming(5)
    out.hang_up()
    assert await in_.wait_ended(5) == "cancel"
    assert await in_.wait_answered(1) == 487


async def test_the_ninth_call_is_busy(phones: tuple[Phone, Phone]) -> None:
    caller, callee = phones
    for _ in range(MAX_CALLS):
        await caller.call("200")
        await callee.incoming(5)
    ninth = await caller.call("200")
    assert await ninth.wait_answered(5) == BUSY


async def test_nobody_listens_to_a_phone_that_cannot_register(phones: tuple[Phone, Phone]) -> None:
    with pytest.raises(ConnectionError):
        await phones[0].register()
