"""C-17: of what nobody has agreed to, or what lies outside of a segment, nothing can be found afterwards.

Three calls say one tone while they may not be recorded: refused, withdrawn, outside of an evidence segment.
Everything that the PBX has is searched, with the keys of its vault, while they talk and when all has ended.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from pbx.consent.io.shipped import shipped_texts
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording.indication import WORDS
from pbx.testphone import signal
from pbx.testphone.audio import tone
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e import fault_helpers as helpers
from tests.e2e.callers import (
    LANGUAGE,
    WELCOME,
    Caller,
    Kept,
    agent_phone,
    audible,
    hear,
    kept,
    next_sound,
    prompt,
)
from tests.e2e.plain_sound import MARKER_HZ, forms, plain
from tests.e2e.remains import Heard, Tones, held_open, in_copy, in_journals, in_master, lying_about, pids
from tests.e2e.running import TEMPORARY, RunningPbx, free_port, prepare, running
from tests.e2e.test_withdrawal import spoken

pytestmark = [
    pytest.mark.proof,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.requirement("C-17"),
]

KEY, SEGMENT, GOODBYE = "*9", "01632960108", "Thank you. Your message has been recorded. Goodbye."
REFUSES, WITHDRAWS, SIGNS = "+49301234568", "+447700900123", "+447700900124"
OPENLY_HZ, AGENT_HZ = 700.0, 440.0
TONES = Tones(MARKER_HZ, OPENLY_HZ)
TALK_S = 1.0
STRAY_S = signal.BLOCK / signal.RATE  # one block that is like the tone by chance
PURPOSES = ("compliance", "evidence")
_CONTRACT = {
    "flow": "contract",
    "start": "consent",
    "steps": {
        "consent": {
            "recording_consent": {"purposes": list(PURPOSES)},
            "granted": "before",
            "declined": "end",
        },
        "before": {"menu": WELCOME, "keys": {1: "begin"}, "otherwise": "end", "timeout": "20s"},
        "begin": {"start_recording": "contract", "next": "inside"},
        "inside": {"menu": GOODBYE, "keys": {1: "over"}, "otherwise": "end", "timeout": "20s"},
        "over": {"stop_recording": None, "next": "agent"},
        "agent": {"ring": "extension/1001", "no_answer": "end", "busy": "end"},
        "end": {"hang_up": None},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What each call has left, what its journal held meanwhile, and where the tone lay in plain octets."""

    kept: dict[str, Kept]
    journals: dict[str, dict[str, Heard]]
    masters: dict[str, Heard]
    copies: dict[str, Heard]
    plain: list[tuple[str, str]]


def configure(base: Path) -> None:
    """A flow that asks, one with an evidence segment, and a key to withdraw."""
    helpers.configure(base)
    tenant = prepare(base) / "acme"
    (tenant / "flows" / "contract.yaml").write_text(yaml.safe_dump(_CONTRACT, sort_keys=False))
    plan = yaml.safe_load((tenant / "dialplan.yaml").read_text())
    plan["inbound"][SEGMENT] = {"flow": "contract"}
    (tenant / "dialplan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False))
    (tenant / "recording.yaml").write_text(f"rules: [{{number: '{SEGMENT}', mode: segment}}]\n")
    consent = (tenant / "consent.yaml").read_text()
    (tenant / "consent.yaml").write_text(f'{consent}\nwithdraw_key: "{KEY}"\n')
    texts, words = shipped_texts(), WORDS[LANGUAGE]
    said = [texts.prompt("notify", LANGUAGE, PURPOSES), texts.prompt("optin_all", LANGUAGE, PURPOSES)]
    said.append(texts.withdrawal(KEY, LANGUAGE))
    sentences = {one.text: 1500.0 + 100 * n for n, one in enumerate(said) if one is not None}
    spoken(tenant / "prompts" / LANGUAGE, sentences | {words["heard"]: 2100.0, words["withdrawn"]: 2300.0})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    base = tmp_path_factory.mktemp("forensic")
    configure(base)
    talks = {REFUSES: refused, WITHDRAWS: withdrawn, SIGNS: outside}
    found, journals, lying = {}, {}, []
    async with running(base, free_port()) as pbx:
        assert helpers.pid(pbx, "media-0") in pids(pbx)
        for number, talk in talks.items():
            since = utc_now()
            async with agent_phone(pbx) as agent, caller(pbx, number) as phone, asyncio.timeout(60):
                out, taken = await talk(pbx, phone, agent)
                journals[number] = in_journals(pbx, TONES)
                lying += await lying_about(pbx)
                out.hang_up()
                await taken.wait_ended(20)
            found[number] = await kept(pbx, number, since)
        rows = {number: one.recording for number, one in found.items() if one.recording is not None}
        masters = {number: await in_master(pbx, row, TONES) for number, row in rows.items()}
        copies: dict[str, Heard] = {}

        async def are_copied() -> bool:
            for number, row in rows.items():
                if number not in copies and (copy := await in_copy(pbx, row, TONES)) is not None:
                    copies[number] = copy
            return copies.keys() == rows.keys()

        await helpers.until(are_copied, "there are no playback copies", 60)
        lying += await lying_about(pbx)
    assert pbx.process.stdout is not None
    (pbx.places.var / "output").write_bytes(await pbx.process.stdout.read())
    lying += [one for folder in (pbx.places.var, base / TEMPORARY) for one in plain(folder)]
    return Scanned(kept=found, journals=journals, masters=masters, copies=copies, plain=lying)


@asynccontextmanager
async def caller(pbx: RunningPbx, number: str) -> AsyncIterator[Caller]:
    one = Caller(pbx.server, number)
    await one.start()
    try:
        yield one
    finally:
        await one.close()


async def hears(call: PhoneCall, hz: float, since: int = 0) -> None:
    """Return when a tone was heard for TALK_S."""

    async def is_heard() -> bool:
        return signal.tone_s(signal.samples(call.heard[since:]), hz) >= TALK_S

    await helpers.until(is_heard, f"{hz} Hz are not heard", 30)


async def refused(pbx: RunningPbx, phone: Phone, agent: Phone) -> tuple[PhoneCall, PhoneCall]:
    """Talk through the question, say no, talk to the agent."""
    out = await helpers.dial(phone)
    out.talk(MARKER_HZ)
    await next_sound(out, 0)
    await out.send_digits(Secret("2"))
    return await answered(out, agent)


async def withdrawn(pbx: RunningPbx, phone: Phone, agent: Phone) -> tuple[PhoneCall, PhoneCall]:
    """Talk and be recorded, press the key, talk on when it was obeyed."""
    out = await helpers.dial(phone)
    taken = await agent.incoming(20)
    taken.answer()
    taken.talk(AGENT_HZ)
    out.talk(OPENLY_HZ)
    await hears(taken, OPENLY_HZ)
    out.talk(0)
    await out.send_digits(Secret(KEY))

    async def is_obeyed() -> bool:
        return "consent.withdrawal" in (await helpers.left(pbx)).facts

    await helpers.until(is_obeyed, "the key was not obeyed", 10)
    out.talk(MARKER_HZ)
    await hears(taken, MARKER_HZ)
    return out, taken


async def outside(pbx: RunningPbx, phone: Phone, agent: Phone) -> tuple[PhoneCall, PhoneCall]:
    """Talk before the segment, in it, and behind it."""
    out = await helpers.dial(phone, SEGMENT)
    out.talk(MARKER_HZ)
    await hear(out, prompt(pbx, WELCOME))
    out.talk(OPENLY_HZ)
    since = len(out.heard)
    await out.send_digits(Secret("1"))
    await hear(out, prompt(pbx, GOODBYE), since)
    await out.send_digits(Secret("1"))
    return await answered(out, agent)


async def answered(out: PhoneCall, agent: Phone) -> tuple[PhoneCall, PhoneCall]:
    """The agent answers, and hears what must not be kept."""
    taken = await agent.incoming(20)
    out.talk(MARKER_HZ)
    taken.answer()
    taken.talk(AGENT_HZ)
    await hears(taken, MARKER_HZ)
    assert audible(taken.heard)
    return out, taken


async def test_the_search_sees_what_has_no_name(tmp_path: Path) -> None:
    said = tone(MARKER_HZ, 0, 400)
    in_memory, gone = os.memfd_create("sound"), tmp_path / "gone"
    os.write(in_memory, said)
    with gone.open("wb+", buffering=0) as file:
        file.write(said)
        gone.unlink()
        found = {place for place, octets in held_open(os.getsid(0)).items() if forms(octets)}
    os.close(in_memory)
    assert {place.split(": ")[1] for place in found} == {"/memfd:sound (deleted)", f"{gone} (deleted)"}


async def test_who_refuses_has_no_recording(scanned: Scanned) -> None:
    one = scanned.kept[REFUSES]
    assert one.consents["caller"].proof.state == "declined"
    assert one.recording is None
    assert all(heard == Heard(0.0, 0.0) for heard in scanned.journals[REFUSES].values())


@pytest.mark.requirement("C-06")
async def test_the_journal_of_who_withdrew_has_what_was_before_and_nothing_else(scanned: Scanned) -> None:
    assert scanned.kept[WITHDRAWS].consents["caller"].proof.state == "withdrawn"
    (heard,) = scanned.journals[WITHDRAWS].values()
    assert heard.control_s > TALK_S / 2 and heard.marker_s <= STRAY_S


@pytest.mark.parametrize("number", [WITHDRAWS, SIGNS])
async def test_neither_master_nor_playback_copy_has_it(scanned: Scanned, number: str) -> None:
    for opened in (scanned.masters[number], scanned.copies[number]):
        assert opened.control_s > TALK_S / 2, "the search hears what may be kept"
        assert opened.marker_s <= STRAY_S


async def test_nothing_of_it_lies_about_in_plain_octets(scanned: Scanned) -> None:
    assert scanned.plain == []
