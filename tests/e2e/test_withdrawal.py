"""Withdrawal through the front door: who presses the key is kept no longer, and our telephones are told."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from pbx.consent.io.shipped import shipped_texts
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording.indication import WORDS
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from tests.e2e.callers import LANGUAGE, LIKENESS, Caller, Kept, kept, prompt
from tests.e2e.fault_helpers import left, until
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.test_transfers import CALL_S, CALLER, phone, talking
from tests.e2e.test_transfers import until as heard
from tests.e2e.test_unrecorded import break_spool

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "*9"
BEFORE_HZ, AFTER_HZ, BOB_HZ, CARL_HZ = 700.0, 900.0, 1000.0, 1200.0
LIMIT_S = 0.5  # C-06
VISIBLE_S = 1.0
TALK_S = 0.5
AUDIBLE = 300  # of 16 bits; a tone of a test phone is far above, noise of a codec far below


def spoken(prompts: Path, sentences: dict[str, float]) -> None:
    """Have each sentence said by a short sound of its own: what is measured is not how long people talk."""
    index = []
    for number, (text, hz) in enumerate(sentences.items()):
        t = np.arange(int(0.3 * signal.RATE)) / signal.RATE
        sound = (8000 * np.sin(2 * np.pi * (hz + 300 * t) * t)).astype("<i2")
        with wave.open(str(prompts / f"short_{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(signal.RATE)
            file.writeframes(sound.tobytes())
        index.append(f'short_{number}.wav: "{text}"\n')
    kept_lines = (prompts / "index.yaml").read_text().splitlines(keepends=True)
    others = [line for line in kept_lines if not any(f'"{text}"' in line for text in sentences)]
    (prompts / "index.yaml").write_text("".join([*others, *index]))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """Every call is recorded, and what is said is short."""
    base = tmp_path_factory.mktemp("withdrawal")
    tenant = prepare(base) / "acme"
    consent = (tenant / "consent.yaml").read_text()
    (tenant / "consent.yaml").write_text(f'{consent}\nwithdraw_key: "{KEY}"\n')
    (tenant / "recording.yaml").write_text("mode: always\n")
    texts, words = shipped_texts(), WORDS[LANGUAGE]
    notice = texts.prompt("notify_optout", LANGUAGE, ("quality", "compliance", "evidence"))
    plain = texts.prompt("notify", LANGUAGE, ("quality", "compliance", "evidence"))
    hint = texts.withdrawal(KEY, LANGUAGE)
    assert notice is not None and plain is not None and hint is not None
    sentences = {notice.text: 400.0, plain.text: 400.0, hint.text: 500.0}
    sentences |= {words["heard"]: 1500.0, words["withdrawn"]: 1800.0, words["failed"]: 2100.0}
    spoken(tenant / "prompts" / LANGUAGE, sentences)
    async with running(base, free_port()) as one:
        yield one


def tells(call: PhoneCall, clip: signal.Samples, since: int, within_s: float) -> bool:
    """Whether a sentence began within so many seconds of octet `since`."""
    end = since + 2 * (int(within_s * signal.RATE) + clip.size)
    return signal.contains_sentence(signal.samples(call.heard[since:end]), clip) > LIKENESS


async def hears(call: PhoneCall, hz: float, since: int, for_s: float = 0.3) -> None:
    await heard(lambda: signal.tone_s(signal.samples(call.heard[since:]), hz) > for_s)


@pytest.mark.requirement("C-06")
@pytest.mark.requirement("REC-06")
async def test_half_a_second_after_the_key_nothing_more_is_kept(pbx: RunningPbx) -> None:
    since, words = utc_now(), WORDS[LANGUAGE]
    async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob:
        out, taken = await talking(alice, bob)
        marks = await withdraw(pbx, since, out, taken)
        assert tells(taken, prompt(pbx, words["withdrawn"]), marks[1], 1.0 + VISIBLE_S)
        assert tells(out, prompt(pbx, words["heard"]), marks[0], 1.0 + VISIBLE_S)
        out.hang_up()
        await taken.wait_ended(CALL_S)
    found = await kept(pbx, f"+44{CALLER[1:]}", since)
    assert n_kept_s(found) < LIMIT_S
    assert found.sound is not None
    assert signal.tone_s(found.sound.agent, BOB_HZ) > 2 * TALK_S, "it goes on with who may be kept"
    proof = found.consents["caller"].proof
    assert (proof.state, proof.key) == ("withdrawn", KEY)
    assert "consent.withdrawal" in (await left(pbx)).facts


async def withdraw(pbx: RunningPbx, since: datetime, out: PhoneCall, taken: PhoneCall) -> tuple[int, int]:
    """The announcement is over, both talk, the caller presses the key and talks on; octets heard by then."""
    out.talk(BEFORE_HZ)
    taken.talk(BOB_HZ)
    database = Database(pbx.places.database_url(pbx.config.pbx))

    async def is_informed() -> bool:
        newest = await ConsentStore(database).list(5)
        return any(one.at >= since and one.proof.state == "informed" for one in newest)

    try:
        await until(is_informed, "the announcement did not end", CALL_S)
    finally:
        await database.close()
    await asyncio.sleep(TALK_S)
    marks = len(out.heard), len(taken.heard)
    out.talk(AFTER_HZ)  # what follows the key, and what is between its two presses
    await out.send_digits(Secret(KEY))
    await hears(taken, AFTER_HZ, marks[1], 2 * LIMIT_S)
    return marks


def n_kept_s(found: Kept) -> float:
    """How long the caller is to be heard behind the last of what he said before the key."""
    assert found.sound is not None
    said = found.sound.caller
    n_blocks = said.size // 80
    is_before = [n for n in range(n_blocks - 8) if signal.level(said[n * 80 : (n + 8) * 80], BEFORE_HZ) > -3]
    assert len(is_before) / 100 > TALK_S / 2, "what was said before is there"
    after = said[(is_before[-1] + 8) * 80 :]
    return int(np.count_nonzero(np.abs(after) > AUDIBLE)) / signal.RATE


@pytest.mark.proof
@pytest.mark.requirement("C-06")
async def test_nothing_of_him_is_kept_after_a_transfer(pbx: RunningPbx) -> None:
    since = utc_now()
    number = "07700900124"
    async with caller(pbx, number) as alice, phone(pbx, "1003") as bob, phone(pbx, "1002") as carl:
        out, taken = await talking(alice, bob)
        await withdraw(pbx, since, out, taken)
        taken.transfer("sip:1002@acme.example")
        rung = await carl.incoming(CALL_S)
        rung.answer()
        rung.talk(CARL_HZ)
        await hears(rung, AFTER_HZ, 0)
        await hears(out, CARL_HZ, 0)
        rung.hang_up()
        assert await out.wait_ended(CALL_S) == "bye"
    found = await kept(pbx, f"+44{number[1:]}", since)
    assert n_kept_s(found) < LIMIT_S
    assert found.sound is not None
    assert signal.tone_s(found.sound.agent, CARL_HZ) > 0.2


@asynccontextmanager
async def caller(pbx: RunningPbx, number: str) -> AsyncIterator[Caller]:
    one = Caller(pbx.server, number)
    await one.start()
    try:
        yield one
    finally:
        await one.close()


@pytest.mark.proof
@pytest.mark.requirement("REC-06")
async def test_the_next_call_of_the_number_is_not_recorded(pbx: RunningPbx) -> None:
    since = utc_now()
    async with phone(pbx, CALLER) as alice, phone(pbx, "1003") as bob:
        out, taken = await talking(alice, bob)
        out.talk(BEFORE_HZ)
        await hears(taken, BEFORE_HZ, 0)
        taken.hang_up()
        await out.wait_ended(CALL_S)
    found = await kept(pbx, f"+44{CALLER[1:]}", since)
    assert found.recording is None
    assert found.call.recording_reason == "a party does not want to be recorded"


@pytest.mark.proof
@pytest.mark.requirement("R-17")
async def test_a_recording_that_fails_is_told_to_our_telephones_within_a_second(pbx: RunningPbx) -> None:
    break_spool(pbx)
    async with phone(pbx, "1001") as alice, phone(pbx, "1003") as bob:
        out = await alice.call("1003")
        taken = await bob.incoming(CALL_S)
        taken.answer()
        assert await out.wait_answered(CALL_S) == 200
        failed = prompt(pbx, WORDS[LANGUAGE]["failed"])
        await heard(lambda: len(taken.heard) / 2 / signal.RATE > VISIBLE_S + 0.5)
        assert tells(taken, failed, 0, VISIBLE_S)
        assert tells(out, failed, 0, VISIBLE_S + 0.5)  # it has heard the ringing before
        out.hang_up()
        await taken.wait_ended(CALL_S)
