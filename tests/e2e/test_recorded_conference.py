"""A recorded conference through the front door: one recording, each in his own channel, and nobody before."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import numpy as np
import pytest
import pytest_asyncio
import soundfile
import yaml

from pbx.consent.io.shipped import shipped_texts
from pbx.core.io.clock import utc_now
from pbx.recording.effects import FinishedRecording
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.callers import LANGUAGE
from tests.e2e.fault_helpers import left, until, wav_of
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.test_transfers import CALL_S, CALLER, phone
from tests.e2e.test_transfers import until as heard
from tests.e2e.test_withdrawal import spoken

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proof]
ROOM, MEETING = "3000", "01632960102"
ALICE, BOB, CARL, DORA = 700.0, 1000.0, 1300.0, 1700.0
TALK_S, SLACK_S = 1.5, 0.04
AUDIBLE = 300
SHARE_DB = -20.0  # of the power of three tones; each has -5 dB, one that is gone less than -30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A room that is always recorded, a number that leads into it, and Dora (1003) without the notice."""
    base = tmp_path_factory.mktemp("recorded_conference")
    tenant = prepare(base) / "acme"
    room = {"team": {"number": int(ROOM), "announce": "none"}}
    (tenant / "conferences.yaml").write_text(yaml.safe_dump({"conferences": room}))
    (tenant / "recording.yaml").write_text("rules:\n- {conference: team, mode: always}\n")
    (tenant / "flows" / "echo.yaml").write_text(
        "flow: echo\nstart: room\nsteps:\n  room: {conference: team}\n"
    )
    consent = (tenant / "consent.yaml").read_text()
    (tenant / "consent.yaml").write_text(consent.replace("[1001, 1002, 1003]", "[1001, 1002]"))
    texts, purposes = shipped_texts(), ("quality", "compliance", "evidence")
    notices = [texts.prompt(mode, LANGUAGE, purposes) for mode in ("notify", "notify_optout")]
    spoken(tenant / "prompts" / LANGUAGE, {one.text: 400.0 for one in notices if one is not None})
    async with running(base, free_port()) as one:
        yield one


async def enter(pbx: RunningPbx, telephone: Phone, number: str, hz: float) -> PhoneCall:
    call = await telephone.call(number)
    assert await call.wait_answered(CALL_S) == 200
    call.talk(hz)
    return call


async def finished(pbx: RunningPbx) -> FinishedRecording:
    """The recording, once it is stored; there is one."""
    rows: list[FinishedRecording] = []

    async def is_stored() -> bool:
        rows[:] = (await left(pbx)).recordings
        return bool(rows)

    await until(is_stored, "the recording was not finished", CALL_S)
    (row,) = rows
    return row


@pytest.mark.requirement("R-07")
@pytest.mark.requirement("C-01")
@pytest.mark.requirement("REC-02")
async def test_each_is_kept_from_his_consent_on_and_who_has_none_is_not(
    pbx: RunningPbx,
) -> None:
    since = utc_now()
    async with AsyncExitStack() as stack:
        names = ("1001", "1002", "1003", CALLER)
        bob, carl, dora, alice = [await stack.enter_async_context(phone(pbx, one)) for one in names]
        calls = [await enter(pbx, bob, ROOM, BOB), await enter(pbx, carl, ROOM, CARL)]
        calls.append(await enter(pbx, dora, ROOM, DORA))
        calls.append(await enter(pbx, alice, MEETING, ALICE))
        await informed(pbx)
        await asyncio.sleep(TALK_S)
        calls[0].hang_up()  # Bob, at whose leg it is recorded
        await heard(lambda: hears(calls[1], ALICE) and not hears(calls[1], BOB))
        await asyncio.sleep(TALK_S)
        for call in calls[1:]:
            call.hang_up()
            await call.wait_ended(CALL_S)
    row = await finished(pbx)
    signed = json.loads(row.manifest)
    sound, rate = soundfile.read(io.BytesIO(await wav_of(pbx, row)), dtype="int16", always_2d=True)
    assert rate == signal.RATE
    channels = [sound[:, n].astype(np.float64) for n in range(sound.shape[1])]
    kept = [{hz: signal.tone_s(one, hz) for hz in (ALICE, BOB, CARL, DORA)} for one in channels]
    print(f"seconds of each tone by channel: {kept}")
    assert not any(one[DORA] for one in kept), "nobody has told her"
    assert kept[0][BOB] > TALK_S and kept[0][CARL] > TALK_S / 2, "Bob, and Carl after him"
    own = {hz: max(one[hz] for one in kept[2:]) for hz in (ALICE, CARL)}
    assert own[ALICE] > TALK_S and own[CARL] > TALK_S
    (told_ms,) = [one["at_ms"] for one in signed["events"] if one["kind"] == "consent.informed"]
    for n, channel in enumerate(channels):
        begins = first_s(channel, ALICE)
        assert begins is None or begins >= told_ms / 1000 - SLACK_S, f"channel {n + 1}: {begins} s"
    kinds = [one["kind"] for one in signed["events"]]
    assert kinds.count("party.joined") == 4 and "recording.moved" in kinds
    assert signed["events_omitted"] == 0
    (record,) = [one for one in (await left(pbx)).calls if one.direction == "conference"]
    assert (record.call, record.recording, record.recording_state) == (row.call, row.recording, "recorded")
    assert record.offered_at >= since and record.ended_at is not None
    assert [leg.party for leg in record.legs] == [
        "extension/1001",
        "extension/1002",
        "extension/1003",
        "trunk/carrier",
    ]


def hears(call: PhoneCall, hz: float) -> bool:
    """Whether a tone is one of several in the last second that a party heard."""
    return signal.level(signal.samples(call.heard[-2 * signal.RATE :]), hz) > SHARE_DB


async def informed(pbx: RunningPbx) -> None:
    """The caller has heard the announcement."""
    database = Database(pbx.places.database_url(pbx.config.pbx))

    async def is_informed() -> bool:
        return any(one.proof.state == "informed" for one in await ConsentStore(database).list(10))

    try:
        await until(is_informed, "the announcement did not end", CALL_S)
    finally:
        await database.close()


def first_s(channel: signal.Samples, hz: float) -> float | None:
    """When a tone is first to be heard in a channel, to 20 ms."""
    for at in range(0, channel.size - 160, 160):
        block = channel[at : at + 160]
        if np.abs(block).max() > AUDIBLE and signal.level(block, hz) > -3:
            return at / signal.RATE
    return None
