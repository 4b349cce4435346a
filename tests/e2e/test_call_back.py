"""V-04 by call-back: a date of birth is locked, its owner is called at the number on file, and is V3."""

import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from pbx.core.address import Address
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from pbx.verify.call_back import KEYS
from pbx.verify.prompts import TEXTS
from tests.e2e.callers import agent_phone, calling, fail_quickly, next_sound
from tests.e2e.fault_helpers import left, until
from tests.e2e.running import RunningPbx, free_port, prepare, running

pytestmark = [pytest.mark.asyncio, pytest.mark.proof, pytest.mark.requirement("V-04")]
KNOWN, NAME = "+447700900124", "acme.example"
WRONG, RIGHT = Secret("07071977"), Secret("29021992")
FLOW = """flow: support
start: identify
steps:
  identify:
    verify: {with: [phone_number, date_of_birth], attempts: 3}
    verified: agents
    otherwise: prove
  prove:
    step_up: {by: [call_back], purpose: change of address}
    verified: agents
    otherwise: bye
  agents: {ring: group/support, for: 25s, no_answer: bye, busy: bye}
  bye: {hang_up: }
"""
RINGS_S, END_S, MINUTE_S = 20.0, 20.0, 60.0
RATE, TONE_S = 8000, 2


def frequency(key: str) -> float:
    """The tone that stands for the sentence with this key."""
    return 500.0 + 125.0 * KEYS.index(key)


def record(prompts: Path) -> None:
    """Let each of the nine questions be a tone of its own, so that a machine knows which it was."""
    index = prompts / "index.yaml"
    names = yaml.safe_load(index.read_text())
    for key in KEYS:
        step = 2 * math.pi * frequency(key) / RATE
        pcm = (round(8000 * math.sin(step * n)) for n in range(TONE_S * RATE))
        with wave.open(str(prompts / f"call_back_{key}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(b"".join(struct.pack("<h", sample) for sample in pcm))
        names[f"call_back_{key}.wav"] = TEXTS["en-GB"].call_back_confirm.format(name=NAME, digit=key)
    index.write_text(yaml.safe_dump(names, sort_keys=False))


def configure(base: Path, port: int) -> None:
    """The carrier is at `port`, where the telephone with the number on file is."""
    acme = prepare(base) / "acme"
    (acme / "flows" / "support.yaml").write_text(FLOW)
    since = (utc_now() - timedelta(days=30)).date().isoformat()
    (acme / "customers.csv").write_text(
        "id,name,entity_type,phone,date_of_birth,phone_since\n"
        f"1002,Grace Sample,individual,07700 900124,1992-02-29,{since}\n"
    )
    trunks = acme / "trunks.yaml"
    trunks.write_text(trunks.read_text().replace("port: 5070", f"port: {port}"))
    with (acme / "verification.yaml").open("a") as file:
        file.write("call_back: {trunk: carrier, ring: 10s}\n")
    record(acme / "prompts" / "en-GB")


@asynccontextmanager
async def on_file(pbx: RunningPbx, port: int) -> AsyncIterator[Phone]:
    phone = Phone(Address("127.0.0.2", port), user=KNOWN, domain="carrier.example", server=pbx.server)
    try:
        await phone.start()
        yield phone
    finally:
        await phone.close()


async def key_heard(call: PhoneCall) -> str:
    """Which of the nine tones is heard."""
    found: list[str] = []

    async def is_heard() -> bool:
        pcm = signal.samples(call.heard)
        found[:] = [key for key in KEYS if signal.tone_s(pcm, frequency(key)) > TONE_S / 2]
        return bool(found)

    await until(is_heard, "no question was heard", RINGS_S)
    return found[0]


async def asks_in_vain(pbx: RunningPbx) -> float:
    """A call from the number on file, whose date is locked by then, up to its end; when it was answered."""
    async with calling(pbx, KNOWN) as (_, call):
        began = monotonic()
        await fail_quickly(call, WRONG, times=2)
        await next_sound(call, len(call.heard))
        await call.send_digits(RIGHT)
        await call.wait_ended(60.0)
    return began


async def outcomes(pbx: RunningPbx) -> list[object]:
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        events = await AuditStore(database).list(limit=1000)
    finally:
        await database.close()
    told = [fact for _, fact in events if fact.kind == "verification.call_back"]
    return [fact.details["outcome"] for fact in reversed(told)]


async def test_the_owner_of_a_locked_date_is_v3_by_a_call_to_his_number(tmp_path: Path) -> None:
    port = free_port()
    configure(tmp_path, port)
    async with running(tmp_path, free_port()) as pbx, agent_phone(pbx) as agent, on_file(pbx, port) as own:
        async with calling(pbx, KNOWN) as (_, attack):  # whoever forges her number
            await fail_quickly(attack, WRONG)
            await attack.wait_ended(60.0)
        victim = await own.incoming(RINGS_S)  # she has not asked for it
        victim.answer()
        await key_heard(victim)
        victim.hang_up()
        await victim.wait_ended(END_S)

        began = await asks_in_vain(pbx)
        back = await own.incoming(RINGS_S)
        back.answer()
        key = await key_heard(back)
        await back.send_digits(Secret(key))
        ringing = await agent.incoming(RINGS_S)
        took_s = monotonic() - began
        ringing.answer()
        assert ringing.remote_display == "Verified caller (V3)"
        back.hang_up()
        await ringing.wait_ended(END_S)
        assert took_s <= MINUTE_S, took_s
        print(f"V3 after {took_s:.1f} s of the call in which he asked for it")

        await asks_in_vain(pbx)  # the third within the hour, to a telephone that is engaged
        busy = await own.incoming(RINGS_S)
        busy.reject(486)
        await asks_in_vain(pbx)  # the fourth: nobody is called, and nobody hears that

        async def is_told() -> bool:
            return len(await outcomes(pbx)) == 7

        await until(is_told, "seven facts were expected", END_S)
        told = await outcomes(pbx)
        assert told == ["planned", "hung_up", "planned", "confirmed", "planned", "busy", "unplanned"]
        calls = [one for one in (await left(pbx)).calls if one.direction == "outbound"]
        assert sorted(one.verification for one in calls) == ["", "", "V3"]
        assert all(one.purpose == "service" and one.ended_at is not None for one in calls)
