"""Dates and cards that callers type, in a flow and while they talk, in each way that there is, are nowhere.

Searched: every file that the PBX leaves, database and its log among them; its output; the page of metrics;
what the control socket tells; the recordings, by what sounds in them; what the agent's telephone got; the
memory of every process, as a core would have it.
"""

import asyncio
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from pbx.cli.control import live_calls
from pbx.core.audio import DigitKind
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.media.tone_digits import digit_pcm
from pbx.sip.effects import PlaceCall, SipEffect
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e import memory, scraped
from tests.e2e.callers import ANSWER_S, SUPPORT, Caller, Kept, agent_phone, hear_seconds, kept, next_sound
from tests.e2e.fault_helpers import until
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.integration.webhook_receiver import Receiver, receiving

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.requirement("V-07"),
    pytest.mark.requirement("R-21"),
    pytest.mark.proof,
]

KINDS: tuple[DigitKind, ...] = ("rfc4733", "info", "inband")
# By the way they are typed: a card and a date in the flow, a date and a card while two talk.
CARDS = {"rfc4733": "4000611861186118", "info": "4000722972297229", "inband": "4000833783378337"}
DATES = {"rfc4733": "31121921", "info": "30111922", "inband": "29101923"}
TALKED_DATES = {"rfc4733": "28091931", "info": "27081932", "inband": "26071933"}
TALKED_CARDS = {"rfc4733": "5100944694469446", "info": "5100155515551555", "inband": "5100266626662666"}
CALLERS = {"rfc4733": "+447700900201", "info": "+447700900202", "inband": "+447700900203"}
CANARIES = tuple({**CARDS}.values()) + tuple(
    one for typed in (DATES, TALKED_DATES, TALKED_CARDS) for one in typed.values()
)
PRESS_MS, PAUSE_MS = 100, 60
RINGS_S, FACT_S, ANNOUNCED_S, ASKED_AGAIN_S = 60.0, 4.0, 2.0, 15.0
TIMES = 4
OPENLY_HZ, OPENLY_S = 700.0, 2.0
BIRTH, DIGITS = Secret("*64"), Secret("*65")


class ToneCaller(Caller):
    """Its telephone has no telephone-events: it says its keys."""

    def _order(self, effect: SipEffect) -> None:
        if isinstance(effect, PlaceCall) and effect.offer is not None:
            lines = effect.offer.decode().split("\r\n")
            kept_lines = [line for line in lines if "telephone-event" not in line and "fmtp:101" not in line]
            offer = "\r\n".join(kept_lines).replace(" 101", "").encode()
            effect = replace(effect, offer=offer)
        super()._order(effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A call that is over: what is kept, and what the agent's telephone got."""

    kept: Kept
    agent_heard: bytes
    agent_keys: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """What is left, by where it was found."""

    octets: dict[str, bytes]
    memory: dict[str, set[str]]
    calls: dict[DigitKind, Ended]
    delivered: list[str]


def site(base: Path, receiver: Receiver, port: int) -> None:
    """The sample, whose flow asks for a card too, with a receiver of digits, metrics and playback copies."""
    config = prepare(base)
    with (config / "pbx.yaml").open("a") as file:
        file.write(f"metrics: {{port: {port}}}\n")
    flow = config / "acme" / "flows" / "support.yaml"
    written = flow.read_text()
    assert written.count("identify") == 3 and "attempts: 3" in written and "start: welcome" in written
    written = written.replace("start: welcome", "start: consent")
    written = written.replace("declined: identify", "declined: card").replace(
        "granted: identify", "granted: card"
    )
    asks = "collect: Card number please., into: card, max_digits: 16, next: identify, otherwise: identify"
    card = f"  card: {{{asks}}}\n"
    flow.write_text(
        written.replace("attempts: 3", "attempts: 1").replace("  identify:\n", card + "  identify:\n")
    )
    (config / "acme" / "verification.yaml").write_text(f"secure_entry: {{url: {receiver.url!r}}}\n")


async def type_keys(phone: Caller, call: PhoneCall, kind: DigitKind, digits: str) -> None:
    match kind:
        case "rfc4733":
            await call.send_digits(Secret(digits))
        case "info":
            await phone.press(Secret(digits))
        case "inband":
            await call.say(b"".join(digit_pcm(key, PRESS_MS, PAUSE_MS) for key in digits))


async def typing(pbx: RunningPbx, *, on: bool) -> None:
    """Return when the control socket says so."""

    async def is_so() -> bool:
        return [one.secure_entry for one in (await live_calls(pbx.places)).calls] == [on]

    await until(is_so, f"secure_entry is not {on}", FACT_S)


async def dated(desk: Phone, phone: Caller, call: PhoneCall, kind: DigitKind) -> PhoneCall:
    """Type a date until it is taken; return what rings then. A tone may break where the machine is busy."""
    for _ in range(TIMES):
        await type_keys(phone, call, kind, DATES[kind])
        try:
            return await desk.incoming(ASKED_AGAIN_S)
        except TimeoutError:
            continue
    raise AssertionError("no date was taken")


async def typed(pbx: RunningPbx, phone: Caller, call: PhoneCall, kind: DigitKind, digits: str) -> None:
    """Type for the agent until the entry is over, as somebody would who was not understood."""
    for _ in range(TIMES):
        await type_keys(phone, call, kind, digits)
        try:
            return await typing(pbx, on=False)
        except AssertionError:
            await type_keys(phone, call, kind, "*")
    raise AssertionError("the entry does not end")


async def talked(pbx: RunningPbx, agent: PhoneCall, phone: Caller, call: PhoneCall, kind: DigitKind) -> None:
    """Let him type a date and a card for the agent, who says nothing."""
    for code, digits in ((BIRTH, TALKED_DATES[kind]), (DIGITS, TALKED_CARDS[kind] + "#")):
        await agent.send_digits(code)
        await typing(pbx, on=True)
        await typed(pbx, phone, call, kind, digits)
        await next_sound(agent, len(agent.heard))  # what came of it
        await agent.wait_quiet()


async def one_call(pbx: RunningPbx, kind: DigitKind) -> Ended:
    """Up to the end of a call in which he types everything in one way."""
    since = utc_now()
    phone = (ToneCaller if kind == "inband" else Caller)(pbx.server, CALLERS[kind])
    async with agent_phone(pbx) as desk:
        try:
            await phone.start()
            call = await phone.call(SUPPORT)
            assert await call.wait_answered(ANSWER_S) == 200
            await hear_seconds(call, ANNOUNCED_S)  # and the first question
            await type_keys(phone, call, kind, CARDS[kind])
            await next_sound(call, len(call.heard))  # the second question
            agent = await dated(desk, phone, call, kind)
            agent.answer()
            call.talk(OPENLY_HZ)
            await asyncio.sleep(OPENLY_S)
            call.talk(0.0)
            await talked(pbx, agent, phone, call, kind)
            call.talk(OPENLY_HZ)
            await asyncio.sleep(OPENLY_S)
            agent.hang_up()
            await call.wait_ended(RINGS_S)
        finally:
            await phone.close()
        return Ended(
            kept=await kept(pbx, CALLERS[kind], since, 60.0),
            agent_heard=bytes(agent.heard),
            agent_keys=agent.digits_heard,
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """A PBX of its own, a call for each kind of keys, and the end of it: then everything is written."""
    base, port = tmp_path_factory.mktemp("secrets"), free_port()
    octets: dict[str, bytes] = {}
    with receiving() as receiver:
        site(base, receiver, port)
        async with running(base, free_port()) as pbx:
            calls = {kind: await one_call(pbx, kind) for kind in KINDS}
            octets["metrics"] = (await scraped.page(port)).encode()
            octets["control"] = repr(await live_calls(pbx.places)).encode()
            words = (*CANARIES, calls[KINDS[-1]].kept.call.call)
            inside = await asyncio.to_thread(memory.found, pbx.process.pid, words)
            seen = [json.loads(body)["digits"] for _, body in receiver.seen]
    assert pbx.process.stdout is not None
    octets["output"] = await pbx.process.stdout.read()
    files = [path for path in base.rglob("*") if path.is_file()]
    octets |= {str(path.relative_to(base)): path.read_bytes() for path in files}
    return Everything(octets=octets, memory=inside, calls=calls, delivered=seen)


async def test_everything_that_was_typed_was_understood(everything: Everything) -> None:
    assert everything.delivered == [TALKED_CARDS[kind] for kind in KINDS]
    tries = [octets.count(b"verification.attempt") for octets in everything.octets.values()]
    assert sum(tries) >= 2 * len(KINDS), "a date in the flow, and one while they talk, in each call"


async def test_the_search_finds_what_is_there(everything: Everything) -> None:
    call = everything.calls["info"].kept.call.call.encode()
    places = [name for name, octets in everything.octets.items() if call in octets]
    assert any(name.endswith(".log") for name in places)
    assert any("sqlite" in name for name in places)


@pytest.mark.parametrize("canary", CANARIES)
async def test_no_digit_is_in_a_file_in_the_output_or_on_a_page(everything: Everything, canary: str) -> None:
    forms = {canary.encode(), canary.encode("utf-16-le"), bytes.fromhex(canary)}
    if len(canary) == 8:
        day, month, year = canary[:2], canary[2:4], canary[4:]
        written = (f"{year}{month}{day}", f"{year}-{month}-{day}", f"{day}.{month}.{year}")
        forms |= {one.encode() for one in written}
    found = [(place, form) for place, octets in everything.octets.items() for form in forms if form in octets]
    assert found == []


@pytest.mark.parametrize("kind", KINDS)
async def test_no_key_sounds_in_the_recording_or_at_the_agent(
    everything: Everything, kind: DigitKind
) -> None:
    ended = everything.calls[kind]
    sound = ended.kept.sound
    assert sound is not None
    assert signal.tone_s(sound.caller, OPENLY_HZ) > OPENLY_S, "he is heard before and after"
    assert signal.find_dtmf(sound.caller) == ""
    pressed = signal.find_dtmf(sound.agent)  # his codes, as tones to a telephone that knows no events
    assert re.fullmatch(r"(\*?6?[45]?){0,2}", pressed), "of each the last key may fall into the pause"
    heard = signal.samples(ended.agent_heard)
    assert signal.tone_s(heard, OPENLY_HZ) > OPENLY_S
    assert signal.find_dtmf(heard) == ""
    assert ended.agent_keys.reveal() == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_the_recording_has_paused_for_each_entry(everything: Everything, kind: DigitKind) -> None:
    row = everything.calls[kind].kept.recording
    assert row is not None
    gaps = json.loads(row.manifest)["gaps"]
    assert sum(gap["cause"] == "pause" and gap["ch"] == 1 for gap in gaps) == 2, gaps


async def test_no_process_has_a_digit_in_its_memory(everything: Everything) -> None:
    """Of whole entries, seconds after the last call; what of a call is kept is found by the same search."""
    last = everything.calls[KINDS[-1]].kept.call.call
    assert any(last in hits for hits in everything.memory.values())
    assert {name: hits - {last} for name, hits in everything.memory.items() if hits - {last}} == {}
