"""A tenant's settings through the front door: how callers are verified, and which calls are recorded."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from pbx.cli.main import run
from pbx.consent.dialogue import OPTOUT_WINDOW_S
from pbx.core.address import Address
from pbx.core.io.peer import user_name
from pbx.core.secret import Secret
from pbx.testphone import checks, signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.callers import QUESTION, agent_phone, calling, hear, hear_seconds, kept, prompt
from tests.e2e.desk import device
from tests.e2e.running import RunningPbx, free_port, prepare, running

KNOWN, UNKNOWN = "+447700900124", "+447700900999"
WRONG, RIGHT = Secret("07071977"), Secret("29021992")
STEP = "{with: [phone_number, date_of_birth], attempts: 3}"
START = "start: welcome"  # skipped with the announcement: they are long, and test_verification.py hears them
RINGS_S = 60.0
CARRIER, STRANGER = "127.0.0.2", "+447700900321"
BEFORE_HZ, AFTER_HZ, DESK_HZ = 440.0, 700.0, 1000.0
ANNOUNCED_S = 2.0  # shorter than the announcement, whatever voice says it
TALK_S = 2.0


@asynccontextmanager
async def site(base: Path, step: str, verification: str) -> AsyncIterator[RunningPbx]:
    folder = prepare(base) / "acme"
    flow = folder / "flows" / "support.yaml"
    written = flow.read_text()
    assert STEP in written and START in written
    flow.write_text(written.replace(STEP, step).replace(START, "start: identify"))
    (folder / "verification.yaml").write_text(verification)
    async with running(base, free_port()) as pbx:
        yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tolerant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """Level V1 will do, calls of 1003 are recorded, and the carrier listens at a port of ours."""
    base = tmp_path_factory.mktemp("tolerant")
    folder = prepare(base) / "acme"
    (folder / "recording.yaml").write_text("rules: [{extension: 1003, mode: always}]\n")
    me = f"{user_name(os.getuid())}: {{role: listener, of: [extension/1003], purposes: [quality]}}"
    (folder / "access.yaml").write_text(f"people: {{{me}}}\n")
    trunks = folder / "trunks.yaml"
    assert "port: 5070" in trunks.read_text()
    trunks.write_text(trunks.read_text().replace("port: 5070", f"port: {_free_port(CARRIER)}"))
    async with site(base, "{with: [phone_number]}", "attempts: 1\n") as pbx:
        yield pbx


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@pytest.mark.asyncio(loop_scope="module")
async def test_a_known_number_is_level_v1(tolerant: RunningPbx) -> None:
    pbx = tolerant
    expected = ((KNOWN, "Known number (V1)", "V1"), (UNKNOWN, "Unverified caller", "V0"))
    for number, shown, level in expected:
        since = datetime.now(UTC)
        async with agent_phone(pbx) as agent, calling(pbx, number):
            ringing = await agent.incoming(RINGS_S)
            assert ringing.remote_display == shown
            ringing.answer()
        record = (await kept(pbx, number, since)).call
        assert (record.verification, bool(record.customer)) == (level, level == "V1")


@pytest.mark.requirement("REC-01")
@pytest.mark.asyncio(loop_scope="module")
async def test_direct_and_outbound_calls_are_recorded_once_the_stranger_was_told(
    tolerant: RunningPbx,
) -> None:
    pbx, since = tolerant, datetime.now(UTC)
    outbound = pbx.config.tenants["acme"].trunks["carrier"].outbound
    assert outbound is not None and outbound.port is not None
    stranger = Phone(Address(CARRIER, outbound.port), user=STRANGER, domain=CARRIER, server=pbx.server)
    await stranger.start()
    try:
        async with device(pbx, "1003") as desk:
            called = await stranger.call("01632960101")
            taken = await desk.incoming(RINGS_S)
            taken.answer()
            dialled = await desk.call("901632960999")
            ringing = await stranger.incoming(RINGS_S)
            ringing.answer()
            await asyncio.gather(_talk(called, taken), _talk(ringing, dialled))
    finally:
        await stranger.close()
    for number, party in ((STRANGER, "caller"), ("1003", "other")):
        one = await kept(pbx, number, since)
        assert (one.call.recording_state, one.consents[party].proof.state) == ("recorded", "informed")
        assert one.sound is not None
        assert signal.tone_s(one.sound.caller[: int(ANNOUNCED_S * signal.RATE)], BEFORE_HZ) == 0
        assert signal.tone_s(one.sound.caller, AFTER_HZ) > TALK_S - 0.6
        assert signal.tone_s(one.sound.agent, DESK_HZ) > TALK_S - 0.6
        assert one.recording is not None
        assert await _listened(pbx, one.recording.recording) > TALK_S - 0.6


async def _listened(pbx: RunningPbx, recording: str) -> float:
    """How long somebody hears the desk's tone who has a role and knows nothing of the PBX but its socket."""
    out = pbx.places.base / f"{recording}.wav"
    words = ("listen", "save", recording, "--purpose", "quality", "--out", str(out))
    assert await asyncio.to_thread(run, [*words, "--socket", str(pbx.places.desk_socket)]) == 0
    sound = checks.split(out.read_bytes())
    assert sound is not None
    return signal.tone_s(sound.agent, DESK_HZ)


async def _talk(outside: PhoneCall, inside: PhoneCall) -> None:
    """The stranger talks through the announcement; then both talk, and the stranger hangs up."""
    assert await outside.wait_answered(RINGS_S) == await inside.wait_answered(RINGS_S) == 200
    outside.talk(BEFORE_HZ)
    await hear_seconds(outside, ANNOUNCED_S)
    outside.talk(AFTER_HZ)
    inside.talk(DESK_HZ)
    await asyncio.sleep(OPTOUT_WINDOW_S + TALK_S)  # he may object to `quality`: his voice is kept after that
    outside.hang_up()
    await inside.wait_ended(RINGS_S)


@pytest.mark.requirement("V-02")
async def test_one_try_a_call_and_two_failures_lock(tmp_path: Path) -> None:
    settings = "attempts: 1\nfailures_before_lock: 2\nlock: 1h\n"
    async with site(tmp_path, "{with: [phone_number, date_of_birth]}", settings) as pbx:
        shown = []
        for born in (WRONG, WRONG, RIGHT):  # the third would do, were it not too late
            async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (_, call):
                await hear(call, prompt(pbx, QUESTION))
                await call.send_digits(born)
                shown.append((await agent.incoming(RINGS_S)).remote_display)
        assert shown == ["Unverified caller"] * 3
