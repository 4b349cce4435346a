"""A flow finds somebody at a number outside, who takes the call by a key (CF-12)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.secret import Secret
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.callers import Caller, agent_phone, audible, calling, next_sound
from tests.e2e.fault_helpers import left, until
from tests.e2e.running import RunningPbx, free_port, prepare, running

pytestmark = [pytest.mark.asyncio, pytest.mark.requirement("CF-12")]
MOBILE, RINGS_S, TONE_HZ, OTHER_HZ = "+447700900999", 10.0, 700.0, 1100.0
FLOW = """flow: support
start: find
steps:
  find:
    ring:
      - extension/1001
      - {number: 07700 900999, account: 1001, after: 20s}
    for: 30s
    no_answer: bye
    busy: elsewhere
  elsewhere: {transfer: {number: 07700 900998, account: 1001}, failed: bye}
  bye: {hang_up: null}
"""
DIRECTORY = """flow: echo
start: look
steps:
  look: {directory: first_name, none: wait}
  wait: {park: any, tell: group/support, back: bye}
  bye: {hang_up: null}
"""
PAGE = """flow: page
start: page
steps:
  page: {page: group/support, for: 30s, none: bye}
  bye: {hang_up: null}
"""


@asynccontextmanager
async def outside(pbx: RunningPbx, port: int) -> AsyncIterator[Phone]:
    """The mobile, at the carrier."""
    phone = Phone(Address("127.0.0.2", port), user=MOBILE, domain="carrier.example", server=pbx.server)
    try:
        await phone.start()
        yield phone
    finally:
        await phone.close()


def configure(base: Path, port: int, flow: str = FLOW) -> None:
    """The carrier is at `port`."""
    acme = prepare(base) / "acme"
    (acme / "flows" / "support.yaml").write_text(flow)
    (acme / "flows" / "echo.yaml").write_text(DIRECTORY)
    (acme / "flows" / "page.yaml").write_text(PAGE)
    with (acme / "dialplan.yaml").open("a") as file:
        file.write("parking: {}\ninternal: {800: {flow: page}}\n")
    trunks = acme / "trunks.yaml"
    trunks.write_text(trunks.read_text().replace("port: 5070", f"port: {port}"))


async def hears_words(call: PhoneCall) -> None:
    async def is_heard() -> bool:
        return len(audible(call.heard)) > 10

    await until(is_heard, "nobody is asked", RINGS_S)


async def talks(answered: PhoneCall, caller: PhoneCall) -> None:
    """Who has answered is heard by the caller, and hangs up."""
    answered.talk(TONE_HZ)

    async def is_joined() -> bool:
        return signal.tone_s(signal.samples(caller.heard), TONE_HZ) > 0.5

    await until(is_joined, "they do not talk", RINGS_S)
    answered.hang_up()
    await caller.wait_ended(RINGS_S)


async def fetched(desk: Phone) -> PhoneCall:
    """The call of a telephone that dials the first slot, until somebody stands there (CF-16)."""
    calls: list[PhoneCall] = []

    async def is_there() -> bool:
        calls.append(await desk.call("701"))
        return await calls[-1].wait_answered(RINGS_S) == 200

    await until(is_there, "nobody is parked", RINGS_S)
    return calls[-1]


async def finds_alice_by_name(pbx: RunningPbx, desk: Phone) -> None:
    """Somebody spells the name of the one at 1001, and chooses her (CF-23); then he waits in a slot."""
    phone = Caller(pbx.server, "+447700900123")
    try:
        await phone.start()
        call = await phone.call("01632960102")
        assert await call.wait_answered(RINGS_S) == 200
        await hears_words(call)
        await call.send_digits(Secret("254#"))
        await next_sound(call, len(call.heard))
        await call.send_digits(Secret("1"))
        ringing = await desk.incoming(RINGS_S)
        ringing.answer()
        await talks(ringing, call)
        call = await phone.call("01632960102")
        assert await call.wait_answered(RINGS_S) == 200
        await hears_words(call)
        await call.send_digits(Secret("0#"))
        told = await desk.incoming(RINGS_S)  # which says where he is
        told.answer()
        await hears_words(told)
        await told.wait_ended(RINGS_S)
        await talks(await fetched(desk), call)
    finally:
        await phone.close()


async def pages(pbx: RunningPbx, desk: Phone) -> None:
    """Somebody at 1003 speaks to the group, hears nobody, and hangs up (CF-21)."""
    secret = pbx.secret("1003")
    phone = Phone(
        Address("127.0.0.1", 0), user="1003", domain="acme.example", server=pbx.server, password=secret
    )
    try:
        await phone.start()
        await phone.register()
        call = await phone.call("800")
        listens = await desk.incoming(RINGS_S)
        listens.answer()
        listens.talk(TONE_HZ)
        call.talk(OTHER_HZ)

        async def is_heard() -> bool:
            return signal.tone_s(signal.samples(listens.heard), OTHER_HZ) > 0.5

        await until(is_heard, "the page is not heard", RINGS_S)
        assert signal.tone_s(signal.samples(call.heard), TONE_HZ) == 0.0, "whoever listens is not heard"
        call.hang_up()
        await listens.wait_ended(RINGS_S)
    finally:
        await phone.close()


async def test_a_mobile_takes_a_call_that_its_voicemail_could_not(tmp_path: Path) -> None:
    port = free_port()
    configure(tmp_path, port)
    async with running(tmp_path, free_port()) as pbx, agent_phone(pbx) as desk, outside(pbx, port) as mobile:
        async with calling(pbx, "+447700900123") as (_, call):
            (await desk.incoming(RINGS_S)).reject(486)
            ringing = await mobile.incoming(RINGS_S)  # at once, for nobody else rings
            ringing.answer()
            with suppress(ConnectionError):  # the last key ends the call
                await ringing.send_digits(Secret("777"))  # of a machine, or in a pocket
            await ringing.wait_ended(RINGS_S)
            elsewhere = await mobile.incoming(RINGS_S)  # the carrier's other number: a transfer asks nothing
            elsewhere.answer()
            await talks(elsewhere, call)
        async with calling(pbx, "+447700900123") as (_, call):
            (await desk.incoming(RINGS_S)).reject(486)
            ringing = await mobile.incoming(RINGS_S)
            ringing.answer()
            await hears_words(ringing)
            await ringing.send_digits(Secret("1"))
            await talks(ringing, call)

        await finds_alice_by_name(pbx, desk)

        await pages(pbx, desk)

        async def is_kept() -> bool:
            return len([one for one in (await left(pbx)).calls if one.ended_at is not None]) == 5

        await until(is_kept, "five records were expected", RINGS_S)
        causes = [
            [(leg.party, leg.answered_at is not None, leg.cause) for leg in one.legs if leg.role == "callee"]
            for one in sorted((await left(pbx)).calls, key=lambda one: one.offered_at)
        ]
        assert causes == [
            [
                ("extension/1001", False, "486"),
                ("trunk/carrier", False, "not_accepted"),
                ("trunk/carrier", True, "bye"),
            ],
            [("extension/1001", False, "486"), ("trunk/carrier", True, "bye")],
            [("extension/1001", True, "bye")],
            [("extension/1001", True, "bye"), ("extension/1001", True, "bye")],
            [("extension/1001", True, "bye")],
        ]
