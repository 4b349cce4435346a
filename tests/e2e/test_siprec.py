"""R-29, REC-13: a whole PBX forks a call to recorders of others: each voice on its label, and who says it."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from pbx.sip.effects import Reinvite
from pbx.testphone.call import PhoneCall
from pbx.testphone.signal import level
from tests.e2e.desk import device
from tests.e2e.recorder import Recorder, recording
from tests.e2e.running import free_port, prepare, running

WAIT_S = 20.0
ANN_HZ, BOB_HZ, EVE_HZ = 440.0, 1000.0, 1700.0
ANN, BOB, EVE = (f"sip:100{n}@acme.example" for n in (1, 2, 3))
IS_HEARD_DB = -1.0
TALK = 4000  # samples: half a second


def configure(base: Path, *ports: int) -> None:
    """Record every call, and fork it to the first of these that takes it."""
    servers = ", ".join(f"{{host: 127.0.0.1, port: {port}}}" for port in ports)
    folder = prepare(base) / "acme"
    (folder / "recording.yaml").write_text(f"mode: always\nsiprec: {{servers: [{servers}]}}\n")


async def heard(recorder: Recorder, aor: str, freq_hz: float, index: int = -1) -> None:
    """Return once half a second of a party's voice, and nothing else, has come on its label."""
    stream = recorder.streams[recorder.aors(index)[aor]]
    async with asyncio.timeout(WAIT_S):
        while len(stream.payload) < TALK or level(stream.heard[-TALK:], freq_hz) < IS_HEARD_DB:
            await asyncio.sleep(0.05)


def silence(call: PhoneCall) -> None:
    """Put the other side on hold without a word."""
    call._order(Reinvite(leg=call.leg, offer=call.negotiation.offer("inactive")))


@pytest.mark.requirement("R-29")
@pytest.mark.requirement("REC-13")
@pytest.mark.rfc("7866", "6.1.1")
async def test_a_call_is_forked_followed_paused_and_taken_over(tmp_path: Path) -> None:
    async with recording() as first, recording() as second, AsyncExitStack() as stack:
        configure(tmp_path, free_port(), first.port, second.port)
        pbx = await stack.enter_async_context(running(tmp_path, free_port()))
        ann, bob, eve = [await stack.enter_async_context(device(pbx, f"100{n}")) for n in (1, 2, 3)]
        call = await ann.call("1002")
        at_bob = await bob.incoming(WAIT_S)
        at_bob.answer()
        assert await call.wait_answered(WAIT_S) == 200
        call.talk(ANN_HZ)
        at_bob.talk(BOB_HZ)
        await first.until("INVITE")
        assert set(first.aors()) == {ANN, BOB} and first.texts("datamode") == ["complete"]
        await heard(first, ANN, ANN_HZ)
        await heard(first, BOB, BOB_HZ)
        await _paused(first, call, at_bob)
        await _asked(first)
        at_bob.transfer("sip:1003@acme.example")
        at_eve = await eve.incoming(WAIT_S)
        at_eve.answer()
        at_eve.talk(EVE_HZ)
        await first.told(EVE)
        assert first.texts("datamode") == ["partial"] and ANN not in first.aors()
        assert any(first.texts("disassociate-time", n) for n in range(len(first.documents)))
        await heard(first, EVE, EVE_HZ)
        await first.die()
        silence(at_eve)
        await second.until("INVITE")
        assert set(second.aors()) == {ANN, EVE} and second.texts("datamode") == ["complete"]
        await heard(second, ANN, ANN_HZ)
        call.hang_up()
        await second.until("BYE")


async def _paused(recorder: Recorder, call: PhoneCall, at_bob: PhoneCall) -> None:
    """By key: the lines are inactive, and nothing comes until the pause is over."""
    await call.send_digits(Secret("*61"))
    await recorder.until("INVITE", 2)
    assert {one.direction for one in recorder.offers[-1]} == {"inactive"}
    await recorder.until("ACK", 2)
    before = {label: len(stream.payload) for label, stream in recorder.streams.items()}
    call.talk(ANN_HZ)
    heard_before = len(at_bob.heard)
    async with asyncio.timeout(WAIT_S):
        while len(at_bob.heard) < heard_before + 2 * TALK:
            await asyncio.sleep(0.05)
    assert {label: len(stream.payload) for label, stream in recorder.streams.items()} == before
    await call.send_digits(Secret("*62"))
    await recorder.until("INVITE", 3)
    assert {one.direction for one in recorder.offers[-1]} == {"sendonly"}


async def _asked(recorder: Recorder) -> None:
    """The recorder is told everything again when it asks."""
    recorder.ask()
    await recorder.until("INVITE", 4)
    assert set(recorder.aors()) == {ANN, BOB} and recorder.texts("datamode") == ["complete"]
