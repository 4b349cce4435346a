"""A German joins a recorded British call through the front door: nothing of him is kept before his yes."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
import yaml

from pbx.consent.effects import ConsentState, Mode
from pbx.consent.io.shipped import shipped_texts
from pbx.core.address import Address
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording.effects import FinishedRecording
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.callers import LANGUAGE
from tests.e2e.fault_helpers import left, until, wav_of
from tests.e2e.running import RunningPbx, prepare, running
from tests.e2e.sipp import free_port
from tests.e2e.test_transfers import CALL_S, CALLER, CARRIER, phone
from tests.e2e.test_transfers import until as heard
from tests.e2e.test_withdrawal import spoken

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.proof,
    pytest.mark.requirement("C-07"),
    pytest.mark.requirement("REC-07"),
]
RECORDED, PLAIN_ROOM, RECORDED_ROOM, ROOM = "01632960100", "01632960102", "01632960103", "3000"
GERMAN, DIALLED = "+4930123456", "9004930123456"
BRITON_HZ, AGENT_HZ, BEFORE_HZ, AFTER_HZ = 700.0, 1000.0, 1300.0, 1700.0
TALK_S, HEARD_S, AUDIBLE = 1.0, 0.3, 300
CONSENT = {"recording_consent": {"purposes": ["compliance", "evidence"]}}
INTO_ROOM = {"conference": "team"}
FLOWS: dict[str, dict[str, object]] = {
    "support": {
        "consent": {**CONSENT, "granted": "agent", "declined": "agent"},
        "agent": {"ring": "extension/1001", "no_answer": "end", "busy": "end"},
        "end": {"hang_up": None},
    },
    "echo": {"room": INTO_ROOM},
    "meet": {"consent": {**CONSENT, "granted": "room", "declined": "room"}, "room": INTO_ROOM},
}


@pytest.fixture(scope="module")
def port() -> int:
    """Where the carrier takes calls."""
    return free_port(CARRIER)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory, port: int) -> AsyncIterator[RunningPbx]:
    """Only flows begin recordings, as it is by default; what is said is short."""
    base = tmp_path_factory.mktemp("joiners")
    configure(prepare(base) / "acme", port)
    async with running(base, free_port("127.0.0.1")) as one:
        yield one


def configure(tenant: Path, port: int) -> None:
    for name, steps in FLOWS.items():
        flow = {"flow": name, "start": next(iter(steps)), "steps": steps}
        (tenant / "flows" / f"{name}.yaml").write_text(yaml.safe_dump(flow, sort_keys=False))
    plan = yaml.safe_load((tenant / "dialplan.yaml").read_text())
    plan["inbound"] |= {RECORDED_ROOM: {"flow": "meet"}}
    (tenant / "dialplan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False))
    rooms = {"conferences": {"team": {"number": int(ROOM), "announce": "none"}}}
    (tenant / "conferences.yaml").write_text(yaml.safe_dump(rooms))
    trunks = (tenant / "trunks.yaml").read_text()
    (tenant / "trunks.yaml").write_text(trunks.replace("port: 5070", f"port: {port}"))
    tolls = yaml.safe_load((tenant / "fraud.yaml").read_text())
    tolls |= {"new_countries": "allow", "allow": ["free", "national", "mobile", "international"]}
    (tenant / "fraud.yaml").write_text(yaml.safe_dump(tolls))
    texts = shipped_texts()
    for_what = (("compliance", "evidence"), ("quality", "compliance", "evidence"))
    modes: dict[Mode, float] = {"notify": 400.0, "notify_optout": 450.0, "optin_all": 500.0}
    sentences = {
        one.text: hz
        for mode, hz in modes.items()
        for purposes in for_what
        if (one := texts.prompt(mode, LANGUAGE, purposes)) is not None
    }
    spoken(tenant / "prompts" / LANGUAGE, sentences)


@asynccontextmanager
async def german(pbx: RunningPbx, port: int) -> AsyncIterator[Phone]:
    """A telephone in Berlin, as the carrier brings it."""
    one = Phone(Address(CARRIER, port), user=GERMAN, domain=CARRIER, server=pbx.server)
    await one.start()
    try:
        yield one
    finally:
        await one.close()


async def said(pbx: RunningPbx, state: ConsentState, since: datetime, times: int = 1) -> None:
    """So many parties have been told or have answered since then."""
    database = Database(pbx.places.database_url(pbx.config.pbx))

    async def is_said() -> bool:
        newest = [one for one in await ConsentStore(database).list(20) if one.at >= since]
        return sum(one.proof.state == state and bool(one.proof.prompt_sha256) for one in newest) >= times

    try:
        await until(is_said, f"nobody is {state}", CALL_S)
    finally:
        await database.close()


async def hears(call: PhoneCall, hz: float) -> None:
    since = len(call.heard)
    await heard(lambda: signal.tone_s(signal.samples(call.heard[since:]), hz) > HEARD_S)


async def recorded_call(pbx: RunningPbx, alice: Phone, bob: Phone) -> tuple[PhoneCall, PhoneCall]:
    """A Briton whom the flow has told talks with 1001."""
    out = await alice.call(RECORDED)
    taken = await bob.incoming(CALL_S)
    taken.answer()
    assert await out.wait_answered(CALL_S) == 200
    out.talk(BRITON_HZ)
    taken.talk(AGENT_HZ)
    await hears(taken, BRITON_HZ)
    return out, taken


async def agrees(pbx: RunningPbx, joiner: PhoneCall, caller: PhoneCall) -> None:
    """He talks while he is asked, and after his yes; the caller, of whom it takes a yes now, gives it."""
    since = utc_now()
    await hears(joiner, BRITON_HZ)  # the question is over, and he is waited for
    joiner.talk(0)
    await joiner.send_digits(Secret("1"))
    await said(pbx, "granted", since)
    joiner.talk(AFTER_HZ)
    await hears(caller, AFTER_HZ)
    await caller.send_digits(Secret("1"))
    await said(pbx, "granted", since, times=2)
    await asyncio.sleep(TALK_S)


async def channels(pbx: RunningPbx, since: datetime) -> list[signal.Samples]:
    """Those of the one recording that was begun since then, once it is stored."""
    rows: list[FinishedRecording] = []

    async def is_stored() -> bool:
        rows[:] = [row for row in (await left(pbx)).recordings if row.started_at >= since]
        return bool(rows)

    await until(is_stored, "the recording was not finished", CALL_S)
    (row,) = rows
    sound, rate = soundfile.read(io.BytesIO(await wav_of(pbx, row)), dtype="int16", always_2d=True)
    assert rate in (signal.RATE, 2 * signal.RATE)
    sound = sound[:: rate // signal.RATE]
    return [sound[:, n].astype(np.float64) for n in range(sound.shape[1])]


def check(kept: list[signal.Samples]) -> None:
    """No sample of the joiner before his yes, and all after it; the caller before and after."""
    tones = [
        {hz: round(signal.tone_s(one, hz), 2) for hz in (BRITON_HZ, AGENT_HZ, BEFORE_HZ, AFTER_HZ)}
        for one in kept
    ]
    print(f"seconds of each tone by channel: {tones}")
    assert not any(one[BEFORE_HZ] for one in tones), "before his yes"
    assert not tones[0][AFTER_HZ], "the caller's channel is his own"
    assert max(one[AFTER_HZ] for one in tones) > TALK_S, "after his yes"
    assert tones[0][BRITON_HZ] > TALK_S + HEARD_S, "who was there is kept"


async def test_a_blind_transfer(pbx: RunningPbx, port: int) -> None:
    since = utc_now()
    async with phone(pbx, CALLER) as alice, phone(pbx, "1001") as bob, german(pbx, port) as berlin:
        out, taken = await recorded_call(pbx, alice, bob)
        taken.transfer(f"sip:{DIALLED}@acme.example")
        rung = await berlin.incoming(CALL_S)
        rung.talk(BEFORE_HZ)
        rung.answer()
        await hears(out, BEFORE_HZ)
        await agrees(pbx, rung, out)
        out.hang_up()
        await rung.wait_ended(CALL_S)
    check(await channels(pbx, since))


async def test_an_attended_transfer(pbx: RunningPbx, port: int) -> None:
    since = utc_now()
    async with phone(pbx, CALLER) as alice, phone(pbx, "1001") as bob, german(pbx, port) as berlin:
        out, taken = await recorded_call(pbx, alice, bob)
        taken.hold()
        consultation = await bob.call(DIALLED)
        rung = await berlin.incoming(CALL_S)
        rung.talk(BEFORE_HZ)
        rung.answer()
        assert await consultation.wait_answered(CALL_S) == 200
        await hears(consultation, BEFORE_HZ)
        taken.transfer(f"sip:{DIALLED}@acme.example", consultation)
        assert await taken.wait_transferred(CALL_S) == 200
        await hears(out, BEFORE_HZ)
        await agrees(pbx, rung, out)
        out.hang_up()
        await rung.wait_ended(CALL_S)
    check(await channels(pbx, since))


async def test_a_conference(pbx: RunningPbx, port: int) -> None:
    """He hears the question before he is in the room, where the caller's own call is recorded."""
    since = utc_now()
    async with phone(pbx, CALLER) as alice, phone(pbx, "1001") as bob, german(pbx, port) as berlin:
        out, inside = await alice.call(RECORDED_ROOM), await bob.call(ROOM)
        for call, hz in ((out, BRITON_HZ), (inside, AGENT_HZ)):
            assert await call.wait_answered(CALL_S) == 200
            call.talk(hz)
        await hears(inside, BRITON_HZ)
        joiner = await berlin.call(PLAIN_ROOM)
        assert await joiner.wait_answered(CALL_S) == 200
        joiner.talk(BEFORE_HZ)
        asked_at, n_heard = utc_now(), len(out.heard)
        await asyncio.sleep(TALK_S)
        assert not signal.tone_s(signal.samples(out.heard[n_heard:]), BEFORE_HZ), "he is at the door"
        joiner.talk(0)
        await joiner.send_digits(Secret("1"))
        await said(pbx, "granted", asked_at)
        joiner.talk(AFTER_HZ)
        await until(lambda: loud(out, AFTER_HZ), "he is not in the room", CALL_S)
        await out.send_digits(Secret("1"))
        await said(pbx, "granted", asked_at, times=2)
        await asyncio.sleep(2 * TALK_S)
        for call in (joiner, out, inside):
            call.hang_up()
            await call.wait_ended(CALL_S)
    check(await channels(pbx, since))


async def loud(call: PhoneCall, hz: float) -> bool:
    """Whether a tone is one of several in the last half second that a party heard."""
    return signal.level(signal.samples(call.heard[-signal.RATE :]), hz) > -20.0
