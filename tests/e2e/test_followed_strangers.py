"""R-07 with telephones that others wrote: PJSIP and baresip walk the scenes of test_followed_calls.py.

Left out are the two in which a telephone sends Replaces of another one's dialog, as its display shows it.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.scenes import Talk, configure
from tests.e2e.strangers import Cast, StrangerScene, walked
from tests.e2e.test_followed_calls import MARGIN, SCENES, Master, master, wrong

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proof]
AT_ONCE = 3
BY_DISPLAY = {"picked_up", "taken"}
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
    *((name, PJSIP) for name in SCENES if name not in BY_DISPLAY),
    *((name, cast) for name, casts in MIXED.items() for cast in casts),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """One PBX with the lines of all scenes."""
    base = tmp_path_factory.mktemp("strangers")
    configure(base, len(WALKED))
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
            found = misplaced(await recorded(pbx, left, one), one.talks)
        print(name, dict(cast) or "PJSIP", found or "right")
        problems += found
    assert not problems


async def recorded(pbx: RunningPbx, left: helpers.Left, one: StrangerScene) -> Master:
    """Return the one recording of a scene."""
    calls = {call.call for call in left.calls if call.caller_number.endswith(one.caller_number[1:])}
    (row,) = [row for row in left.recordings if row.call in calls]
    return await master(pbx, row)


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
