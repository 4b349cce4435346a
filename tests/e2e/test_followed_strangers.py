"""R-07 with telephones that others wrote: PJSIP and baresip walk the scenes of test_followed_calls.py."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast as typed

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from numpy.typing import NDArray

from pbx.core.io.clock import utc_now
from pbx.recording.effects import FinishedRecording
from pbx.testphone import signal
from pbx.testphone.call import PhoneCall
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.scenes import TONES, WAIT_S, Scene, Talk, configure, extension, until
from tests.e2e.strangers import Cast, StrangerCall, StrangerScene, walked
from tests.e2e.test_followed_calls import MARGIN, SCENES, Master, master, wrong

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proof]
AT_ONCE = 3
TALK_S = 1.5
SHARE_DB = -10.0  # of the power of two tones that each have -3 dB
PJSIP: Cast = {}
STAFF: Cast = {"B": "baresip", "C": "baresip", "D": "baresip"}
TRANSFEROR: Cast = {"B": "baresip"}
TARGET: Cast = {"C": "baresip", "D": "baresip"}
# baresip refuses with 486 and nothing else, never with 302, and shows no name of who calls.
MIXED: dict[str, tuple[Cast, ...]] = {
    "blind": (STAFF, TRANSFEROR, TARGET),
    "blind_twice": (STAFF, TRANSFEROR),
    "blind_refused": (STAFF, TRANSFEROR),
    "blind_refused_and_called_back": (TRANSFEROR,),
    "attended": (STAFF, TRANSFEROR, TARGET),
    "attended_refused": (TRANSFEROR,),
    "picked_up_by_code": (STAFF, TARGET),
    "parked": (STAFF, TRANSFEROR, TARGET),
    "offered_again": (STAFF,),
    "offered_to_a_group": (STAFF,),
    "redirected": (TARGET,),
    "transferred_by_the_caller": (STAFF,),
    "into_a_room": (STAFF,),  # there is one room: far behind the same scene of PJSIP
    "held": (TRANSFEROR,),
}
WALKED: list[tuple[str, Cast]] = [
    *((name, PJSIP) for name in SCENES),
    *((name, cast) for name, casts in MIXED.items() for cast in casts),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """One PBX with the lines of all scenes."""
    base = tmp_path_factory.mktemp("strangers")
    configure(base, len(WALKED) + 1)
    async with running(base, free_port()) as instance:
        yield instance


@pytest.mark.requirement("R-07")
async def test_a_recording_follows_its_call_whoever_made_the_telephones(
    pbx: RunningPbx, tmp_path: Path
) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int, name: str, cast: Cast) -> StrangerScene | BaseException:
        async with room:
            try:
                return await walked(pbx, number, SCENES[name][0], cast, tmp_path)
            except Exception as error:
                return error

    scenes = await asyncio.gather(*(in_turn(number, *one) for number, one in enumerate(WALKED)))
    left = await helpers.settled(pbx, len(WALKED))
    problems = []
    for (name, cast), one in zip(WALKED, scenes, strict=True):
        found = [repr(one)] if isinstance(one, BaseException) else await wrong(pbx, left, name, one)
        if isinstance(one, StrangerScene) and not found:
            found = misplaced(await master(pbx, recording_of(left, one)), one.talks)
        print(name, dict(cast) or "PJSIP", found or "right")
        problems += found
    assert not problems


@pytest.mark.requirement("R-07")
@pytest.mark.parametrize("cast", [TARGET])
async def test_three_of_them_talk_by_a_key_and_each_is_in_a_channel_of_his_own(
    pbx: RunningPbx, tmp_path: Path, cast: Cast
) -> None:
    """B holds A, calls C and presses *3; then B leaves, and A talks with C."""
    threes: list[Talk] = []

    async def play(one: Scene) -> None:
        a, b = await one.begin()
        b.hold()
        consultation = typed(StrangerCall, await one.staff["B"].call(extension(one.number, "C")))
        c = await one.answer("C")
        assert await consultation.wait_answered(WAIT_S) == 200
        consultation.press("*3")
        ends: list[tuple[PhoneCall | StrangerCall, str]] = [(a, "BC"), (consultation, "AC"), (c, "AB")]
        await until(lambda: all(hears_all(call, roles) for call, roles in ends))
        began = utc_now()
        await asyncio.sleep(TALK_S)
        threes.append(Talk(began, utc_now(), "A", "BC"))
        consultation.hang_up()
        await one.talk(("A", a), ("C", c))

    n_before = len((await helpers.left(pbx)).recordings)
    one = await walked(pbx, len(WALKED), play, cast, tmp_path)
    row = recording_of(await helpers.settled(pbx, n_before + 1), one)
    sound, rate = soundfile.read(io.BytesIO(await helpers.wav_of(pbx, row)), dtype="int16", always_2d=True)
    assert rate == signal.RATE
    start = datetime.fromisoformat(json.loads(row.manifest)["started_at"])
    first, second, *own = channels_of(sound, start, threes[0])
    assert (first, second, sorted(own)) == ("A", "BC", ["B", "C"])
    assert [channels_of(sound, start, talk)[:2] for talk in one.talks] == [["A", "B"], ["A", "C"]]


def channels_of(sound: NDArray[np.int16], start: datetime, talk: Talk) -> list[str]:
    """Return whose voices are in each channel of a master while somebody talked."""
    bounds = (talk.began + MARGIN - start, talk.ended - MARGIN - start)
    first, last = (round(at.total_seconds() * signal.RATE) for at in bounds)
    return [voices(channel) for channel in sound[first:last].T.astype(np.float64)]


def hears_all(call: PhoneCall | StrangerCall, roles: str) -> bool:
    """Whether a party heard all of these in the last half second."""
    heard = signal.samples(call.heard[-signal.RATE :])
    return set(voices(heard)) == set(roles)


def voices(sound: signal.Samples) -> str:
    """Whose tones are in a sound, in the order of their names."""
    if not sound.size or np.sqrt(np.mean(sound**2)) < signal.SILENCE_RMS:
        return ""
    return "".join(sorted(role for role, hz in TONES.items() if signal.level(sound, hz) > SHARE_DB))


def recording_of(left: helpers.Left, one: StrangerScene) -> FinishedRecording:
    """Return the one recording of a scene."""
    calls = {call.call for call in left.calls if call.caller_number.endswith(one.caller_number[1:])}
    (row,) = [row for row in left.recordings if row.call in calls]
    return row


def misplaced(kept: Master, talks: list[Talk]) -> list[str]:
    """Who comes is noted between the talks that it parts, and nobody comes in the middle of one."""
    start = datetime.fromisoformat(kept.manifest["started_at"])
    events = [event for event in kept.manifest["events"] if event["kind"] == "party.joined"]
    joined = [start + timedelta(milliseconds=event["at_ms"]) for event in events]
    out = []
    for before, after in zip([None, *talks], talks, strict=False):
        since = start if before is None else before.ended - MARGIN
        changes = before is None or before.second != after.second
        if changes and not any(since <= at <= after.began + MARGIN for at in joined):
            out.append(f"nobody joins before {after.first} and {after.second} talk")
        if any(after.began + MARGIN < at < after.ended - MARGIN for at in joined):
            out.append(f"somebody joins while {after.first} and {after.second} talk")
    return out
