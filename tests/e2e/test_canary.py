"""What callers type is nowhere afterwards: not in a file, not in a line of output, not in the recording."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from pbx.cli.control import live_calls, order_recording
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.testphone import checks, signal
from tests.e2e import scraped
from tests.e2e.callers import QUESTION, Kept, agent_phone, calling, hear, kept, next_sound, prompt
from tests.e2e.running import CONFIG, RunningPbx, free_port, prepare, running

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.requirement("V-07")]

KNOWN = "+447700900124"
# Day, month, year: too old to be anybody's, possible but wrong, and the caller's own.
CANARIES = {
    "impossible": ("31", "12", "1901"),
    "wrong": ("30", "11", "1931"),
    "right": ("29", "02", "1992"),
}
SECRETLY_HZ, OPENLY_HZ = 440.0, 700.0
STRAY_S = 0.1
PAUSE_S = 0.4
TALK_S = 2.0
RINGS_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """All that a PBX has left after its end, by where it was found; what is kept of the call."""

    octets: dict[str, bytes]
    kept: Kept
    shown: str
    keys_at_agent: Secret[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def leftovers(tmp_path_factory: pytest.TempPathFactory) -> Leftovers:
    """A PBX of its own, one call, and the end of the PBX: only then everything is written."""
    base: Path = tmp_path_factory.mktemp("canary")
    port = free_port()
    with (prepare(base) / "pbx.yaml").open("a") as file:
        file.write(f"metrics: {{port: {port}}}\n")
    async with running(base, free_port()) as pbx:
        result, shown, keys = await _call(pbx)
        octets = {"metrics": (await scraped.page(port)).encode()}
    assert pbx.process.stdout is not None
    octets["output"] = await pbx.process.stdout.read()
    # What an admin has written lies in the frozen plan as in his own folder, numbers in tests among it.
    plans = base / "var" / "plans"
    files = [path for path in (base / "var").rglob("*") if path.is_file() and not path.is_relative_to(plans)]
    octets |= {str(path.relative_to(base)): path.read_bytes() for path in files}
    return Leftovers(octets=octets, kept=result, shown=shown, keys_at_agent=keys)


async def _call(pbx: RunningPbx) -> tuple[Kept, str, Secret[str]]:
    """Type the canaries by RFC 4733 and by INFO, talking meanwhile; be verified; talk to the agent."""
    since = utc_now()
    typed = {name: Secret("".join(parts)) for name, parts in CANARIES.items()}
    async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (phone, call):
        await hear(call, prompt(pbx, QUESTION))
        call.talk(SECRETLY_HZ)
        await call.send_digits(typed["impossible"])
        await next_sound(call, len(call.heard))
        await phone.press(typed["impossible"])
        await next_sound(call, len(call.heard))
        await call.send_digits(typed["wrong"])
        await next_sound(call, len(call.heard))
        await phone.press(typed["wrong"])
        await next_sound(call, len(call.heard))
        call.talk(0)
        await call.send_digits(typed["right"])
        ringing = await agent.incoming(RINGS_S)
        ringing.answer()
        call.talk(OPENLY_HZ)
        await asyncio.sleep(TALK_S)
        await _pause(pbx)
        await asyncio.sleep(PAUSE_S)
        ringing.hang_up()
        await call.wait_ended(RINGS_S)
        return await kept(pbx, KNOWN, since), ringing.remote_display, ringing.digits_heard


async def _pause(pbx: RunningPbx) -> None:
    """The operator pauses the recording for a moment."""
    live = await live_calls(pbx.places)
    (call,) = [one.call for one in live.calls if one.recording == "recorded"]
    await order_recording(pbx.places, call, "card", on=False)
    await asyncio.sleep(PAUSE_S)
    assert (await order_recording(pbx.places, call, "", on=True)).recording == "recorded"


@pytest.mark.requirement("R-19")
@pytest.mark.requirement("REC-03")
async def test_the_operators_pause_is_a_gap_of_both_sides(leftovers: Leftovers) -> None:
    assert leftovers.kept.recording is not None
    gaps = json.loads(leftovers.kept.recording.manifest)["gaps"]
    lengths = {one["ch"]: one["len"] / 8000 for one in gaps if one["cause"] == "pause"}
    assert lengths.keys() == {1, 2}
    assert all(PAUSE_S - 0.05 < length < PAUSE_S + 1.0 for length in lengths.values()), lengths


async def test_every_key_was_understood(leftovers: Leftovers) -> None:
    assert leftovers.shown == "Verified caller (V2)"
    assert leftovers.kept.call.verification == "V2"


async def test_the_search_finds_what_is_there(leftovers: Leftovers) -> None:
    places = [
        name for name, octets in leftovers.octets.items() if leftovers.kept.call.call.encode() in octets
    ]
    assert any(name.endswith(".log") for name in places)
    assert any("sqlite" in name for name in places)
    assert b"pbx_recordings_paused_total 1.0\n" in leftovers.octets["metrics"]


@pytest.mark.parametrize("canary", CANARIES)
async def test_no_date_of_birth_is_left_anywhere(leftovers: Leftovers, canary: str) -> None:
    day, month, year = CANARIES[canary]
    forms = (f"{day}{month}{year}", f"{year}{month}{day}", f"{year}-{month}-{day}", f"{day}.{month}.{year}")
    found = [
        (place, form)
        for place, octets in leftovers.octets.items()
        for form in forms
        if form.encode() in octets or form.encode("utf-16-le") in octets
    ]
    assert found == []


@pytest.mark.requirement("E-15")
async def test_no_number_of_the_caller_is_left_in_the_clear(leftovers: Leftovers) -> None:
    """In tables, logs, facts, manifests and what is queued: everywhere it is a keyed tag, or encrypted."""
    national = KNOWN.removeprefix("+44")
    packed = bytes.fromhex(KNOWN.removeprefix("+"))  # two digits in an octet
    forms = (
        national.encode(),
        national.encode("utf-16-le"),
        f"{national[:4]} {national[4:]}".encode(),
        packed,
    )
    found = [(place, form) for place, octets in leftovers.octets.items() for form in forms if form in octets]
    assert found == []
    known = (CONFIG / "acme" / "customers.csv").read_bytes()
    assert any(form in known for form in forms), "the search finds it where it stands"
    manifest = leftovers.kept.recording
    assert manifest is not None and national.encode() not in manifest.manifest
    shown = (leftovers.kept.call.call.encode() in octets for octets in leftovers.octets.values())
    assert sum(shown) >= 2, "the call itself is found in logs and tables"


async def test_no_key_and_no_word_of_the_entry_is_in_the_recording(leftovers: Leftovers) -> None:
    sound = leftovers.kept.sound
    assert sound is not None
    assert checks.no_keys(sound) == ()
    assert signal.tone_s(sound.caller, SECRETLY_HZ) <= STRAY_S
    assert signal.tone_s(sound.caller, OPENLY_HZ) > TALK_S - 0.6


async def test_no_key_reaches_the_agent(leftovers: Leftovers) -> None:
    assert leftovers.keys_at_agent.reveal() == ""
