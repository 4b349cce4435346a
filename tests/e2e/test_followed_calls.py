"""R-07: a recording follows the call. Every talk is looked for in the master, each voice in its channel."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from pbx.call.record import CallRecord
from pbx.consent.io.shipped import shipped_rules, shipped_texts
from pbx.recording import seats
from pbx.recording.effects import FinishedRecording
from pbx.recording.manifest import schema
from pbx.testphone import checks, signal
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.scenes import (
    CARRIER,
    ROOM,
    TONES,
    WAIT_S,
    Scene,
    Talk,
    configure,
    direct,
    extension,
    hears,
    queue,
    slot,
    until,
)
from tests.recording.json_schema import faults

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proof]
AT_ONCE = 5  # scenes: fifteen telephones are what one process can speak for
MARGIN = timedelta(
    milliseconds=250
)  # of a talk: the start is noted by another process than the one that records
OWN_DB, OTHER_DB = -1.0, -20.0  # of the power of a channel while somebody talks in it
LENGTH_S = 1.0  # between the record of the call and its recording
STRAY_S, HOLE_S = 0.2, 0.4  # of somebody who never talked; without the caller, who says his tone all the time

Play = Callable[[Scene], Awaitable[None]]
Level = Callable[[signal.Samples, float], float]
SCENES: dict[str, tuple[Play, str]] = {}


def scene(says: str) -> Callable[[Play], Play]:
    """What has to be in the recording: who is in channels 1 and 2, talk after talk."""

    def add(play: Play) -> Play:
        SCENES[play.__name__] = (play, says)
        return play

    return add


@scene("AB AC")
async def blind(one: Scene) -> None:
    a, b = await one.begin()
    b.transfer(one.uri("C"))
    c = await one.answer("C")
    assert await b.wait_transferred(WAIT_S) == 200
    await one.talk(("A", a), ("C", c))


@scene("AB AC AD")
async def blind_twice(one: Scene) -> None:
    a, b = await one.begin()
    b.transfer(one.uri("C"))
    c = await one.answer("C")
    await one.talk(("A", a), ("C", c))
    assert await b.wait_ended(WAIT_S) == "bye"
    c.transfer(one.uri("D"))
    await one.talk(("A", a), ("D", await one.answer("D")))


@scene("AB AB")
async def blind_refused(one: Scene) -> None:
    a, b = await one.begin()
    b.transfer(one.uri("C"))
    (await one.rung("C")).reject(486)
    assert await b.wait_transferred(WAIT_S) == 486
    await one.talk(("A", a), ("B", b))


@scene("AB AB")
async def blind_refused_and_called_back(one: Scene) -> None:
    a, b = await one.begin()
    b.transfer(one.uri("C"))
    c = await one.rung("C")
    b.hang_up()
    assert await b.wait_ended(WAIT_S) == "bye"  # a telephone of another process may be slower than C
    c.reject(486)
    await one.talk(("A", a), ("B", await one.answer("B")))


@scene("AB AC")
async def attended(one: Scene) -> None:
    a, b = await one.begin()
    consultation = await one.staff["B"].call(one.uri("C").removeprefix("sip:").partition("@")[0])
    c = await one.answer("C")
    assert await consultation.wait_answered(WAIT_S) == 200
    b.transfer(one.uri("C"), consultation)
    assert await b.wait_transferred(WAIT_S) == 200
    await one.talk(("A", a), ("C", c))


@scene("AB AB")
async def attended_refused(one: Scene) -> None:
    """The consulted one declines, and the transferor goes on with the caller."""
    a, b = await one.begin()
    consultation = await one.staff["B"].call(one.uri("C").removeprefix("sip:").partition("@")[0])
    (await one.rung("C")).reject(603)
    assert await consultation.wait_answered(WAIT_S) >= 400
    await one.talk(("A", a), ("B", b))


@scene("AB AC")
async def while_ringing(one: Scene) -> None:
    a, b = await one.begin()
    consultation = await one.staff["B"].call(one.uri("C").removeprefix("sip:").partition("@")[0])
    c = await one.rung("C")
    await asyncio.wait_for(consultation.ringing.wait(), WAIT_S)
    b.transfer(one.uri("C"), consultation)
    assert await consultation.wait_answered(WAIT_S) == 487
    b.hang_up()
    c.answer()
    await one.talk(("A", a), ("C", c))


@scene("AC")
async def picked_up(one: Scene) -> None:
    """B rings, and C of the same group answers in his stead (Replaces of an early dialog)."""
    a = await one.dial()
    rung = await one.rung("B")
    c = await one.staff["C"].take("2", one.staff["B"], rung)
    assert await c.wait_answered(WAIT_S) == 200
    await one.talk(("A", a), ("C", c))


@scene("AC")
async def picked_up_by_code(one: Scene) -> None:
    """B rings, and C dials the code of B's extension."""
    a = await one.dial()
    await one.rung("B")
    c = await one.staff["C"].call(f"**{extension(one.number, 'B')}")
    assert await c.wait_answered(WAIT_S) == 200
    await one.talk(("A", a), ("C", c))


@scene("AB AC")
async def parked(one: Scene) -> None:
    """B parks A, and C dials the slot."""
    a, b = await one.begin()
    b.transfer(f"sip:{slot(one.number)}@acme.example")
    assert await b.wait_transferred(WAIT_S) == 200
    c = await one.staff["C"].call(slot(one.number))
    assert await c.wait_answered(WAIT_S) == 200
    await one.talk(("A", a), ("C", c))


@scene("AB AB")
async def parked_and_brought_back(one: Scene) -> None:
    """B parks A, nobody dials the slot, and B is rung."""
    a, b = await one.begin()
    b.transfer(f"sip:{slot(one.number)}@acme.example")
    assert await b.wait_transferred(WAIT_S) == 200
    back = await one.answer("B")
    assert back.remote_display == f"Parked at {slot(one.number)}"
    await one.talk(("A", a), ("B", back))


@scene("AB AC")
async def taken(one: Scene) -> None:
    """C of the same group takes the conversation of B (Replaces of a confirmed dialog)."""
    a, b = await one.begin()
    c = await one.staff["C"].take("2", one.staff["B"], b)
    assert await c.wait_answered(WAIT_S) == 200
    assert await b.wait_ended(WAIT_S) == "bye"
    await one.talk(("A", a), ("C", c))


@scene("AC")
async def offered_again(one: Scene) -> None:
    """B refuses, and the flow offers the caller to the next one."""
    a = await one.dial()
    (await one.rung("B")).reject(486)
    await one.talk(("A", a), ("C", await one.answer("C")))


@scene("AD")
async def offered_to_a_group(one: Scene) -> None:
    """B and C refuse, the flow rings the group of them all, and D answers."""
    a = await one.dial()
    for role in "BC":
        (await one.rung(role)).reject(486)
    await one.talk(("A", a), ("D", await one.answer("D")))


@scene("AB AC")
async def offered_in_a_loop(one: Scene) -> None:
    """Everybody refuses, alone and in the group; the flow begins anew, B answers, and sends the caller on."""
    a = await one.dial()
    for role in "BC":
        (await one.rung(role)).reject(486)
    for role in "BCD":
        (await one.rung(role)).reject(486)
    b = await one.answer("B")
    await one.talk(("A", a), ("B", b))
    b.transfer(one.uri("C"))
    c = await one.answer("C")
    assert await b.wait_transferred(WAIT_S) == 200
    await one.talk(("A", a), ("C", c))


@scene("AB AD")
async def offered_by_a_queue(one: Scene) -> None:
    """B sends A into a queue, where C lets it ring and D answers."""
    a, b = await one.begin()
    b.transfer(f"sip:{queue(one.number)}@acme.example")
    assert await b.wait_transferred(WAIT_S) == 200
    rung = await one.rung("C")
    assert rung.remote_display == f"Scene {one.number}"
    await one.talk(("A", a), ("D", await one.answer("D")))


@scene("AD")
async def redirected(one: Scene) -> None:
    """B's telephone answers 302."""
    a = await one.dial()
    one.staff["B"].redirect(await one.rung("B"), one.uri("D"))
    await one.talk(("A", a), ("D", await one.answer("D")))


@scene("AB BC")
async def transferred_by_the_caller(one: Scene) -> None:
    """Whoever was recorded leaves: channel 1 is the one who stays."""
    a, b = await one.begin()
    a.transfer(f"sip:{direct(one.number)}@{CARRIER}")
    c = await one.answer("C")
    assert await a.wait_transferred(WAIT_S) == 200
    await one.talk(("B", b), ("C", c))


@scene("AB AD")
async def into_a_room(one: Scene) -> None:
    """B sends A into a conference, where D of the staff is."""
    a, b = await one.begin()
    b.transfer(f"sip:{ROOM}@acme.example")
    assert await b.wait_transferred(WAIT_S) == 200
    d = await one.staff["D"].call(ROOM)
    assert await d.wait_answered(WAIT_S) == 200
    await one.talk(("A", a), ("D", d))


@scene("AB AB")
async def held(one: Scene) -> None:
    """B holds A by re-INVITE and goes on with him."""
    a, b = await one.begin()
    said = len(a.heard)
    b.hold()
    await until(lambda: len(a.heard) > said + 8000 and not hears(a, TONES["B"], said))
    b.hold(False)
    await one.talk(("A", a), ("B", b))


CUT_OFF = "worker_dies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A finished recording by ear."""

    row: FinishedRecording
    manifest: dict[str, Any] = field(repr=False)
    sound: tuple[signal.Samples, signal.Samples] = field(repr=False)

    def part(self, talk: Talk) -> tuple[signal.Samples, signal.Samples] | None:
        """Both channels while two talked, None when that was not recorded here."""
        start = datetime.fromisoformat(self.manifest["started_at"])
        first, last = ((at - start).total_seconds() for at in (talk.began + MARGIN, talk.ended - MARGIN))
        if first < 0 or last * signal.RATE > len(self.sound[0]):
            return None
        span = slice(round(first * signal.RATE), round(last * signal.RATE))
        return self.sound[0][span], self.sound[1][span]


async def master(pbx: RunningPbx, row: FinishedRecording) -> Master:
    split = checks.split(await helpers.wav_of(pbx, row))
    assert split is not None
    return Master(row=row, manifest=json.loads(row.manifest), sound=(split.caller, split.agent))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """One PBX of one media worker with the lines of all scenes."""
    base = tmp_path_factory.mktemp("followed")
    configure(base, len(SCENES) + 1)
    async with running(base, free_port()) as instance:
        yield instance


async def played(pbx: RunningPbx, number: int, play: Play) -> Scene:
    async with AsyncExitStack() as stack:
        one = Scene(pbx, number, stack)
        await one.set_up()
        await play(one)
    return one


@pytest.mark.requirement("R-07")
async def test_a_recording_follows_its_call_through_every_change_of_parties(pbx: RunningPbx) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int, name: str) -> Scene | BaseException:
        async with room:
            try:
                return await played(pbx, number, SCENES[name][0])
            except Exception as error:
                return error

    scenes = dict(zip(SCENES, await asyncio.gather(*map(in_turn, range(len(SCENES)), SCENES)), strict=True))
    left = await helpers.settled(pbx, len(SCENES))
    problems = {}
    for name, one in scenes.items():
        problems[name] = [repr(one)] if isinstance(one, BaseException) else await wrong(pbx, left, name, one)
    print(*(f"{name}: {found or 'right'}" for name, found in problems.items()), sep="\n")
    assert not any(problems.values())


async def wrong(pbx: RunningPbx, left: helpers.Left, name: str, one: Scene) -> list[str]:
    """What is wrong with a scene's recording."""
    calls = [call for call in left.calls if call.caller_number.endswith(one.caller_number[1:])]
    rows = [row for row in left.recordings if row.call in {call.call for call in calls}]
    if len(rows) != 1:
        return [f"{len(rows)} recordings of {len(calls)} calls"]
    (kept,) = [await master(pbx, row) for row in rows]
    (call,) = [call for call in calls if call.call == rows[0].call]
    out = by_ear([kept], one.talks, one.level)
    says = " ".join(talk.first + talk.second for talk in one.talks)
    if says != SCENES[name][1]:
        out.append(f"they talked {says}")
    strangers = set(TONES) - set(says.replace(" ", ""))
    out += [f"{role} is in it" for role in strangers if stray_s(kept, role) > STRAY_S]
    if {talk.first for talk in one.talks} == {"A"} and (hole := hole_s(kept, one.talks)) > HOLE_S:
        out.append(f"{hole:.2f} s of the caller are missing between the talks")
    out += others_beside(kept, call, one)
    assert call.ended_at is not None
    lasted_s = (call.ended_at - datetime.fromisoformat(kept.manifest["started_at"])).total_seconds()
    if abs(kept.manifest["samples"] / signal.RATE - lasted_s) > LENGTH_S:
        out.append(f"{kept.manifest['samples'] / signal.RATE:.2f} s of {lasted_s:.2f} s")
    joined = [event for event in kept.manifest["events"] if event["kind"] == "party.joined"]
    n_changes = len({talk.second for talk in one.talks})
    if len(joined) < n_changes:
        out.append(f"{len(joined)} events party.joined")
    return out + misstated(kept, call.consents)


def misstated(kept: Master, consents: Sequence[str]) -> list[str]:
    """What the manifest says of its own form, of the consents of the call, and of the policy (R-28)."""
    said, out = kept.manifest, list(faults(json.loads(schema()), kept.manifest))
    if sorted(one["id"] for one in said["consents"]) != sorted(consents):
        out.append(f"it names {len(said['consents'])} of {len(consents)} consents")
    rules, texts = shipped_rules(), shipped_texts()
    policy = {"rules_version": rules.version, "rules_sha256": rules.sha256, "texts_sha256": texts.sha256}
    if said["policy"] != policy:
        out.append(f"the policy is {said['policy']}")
    if {one["ch"] for one in said["segments"]} != {1, 2}:
        out.append("segments are missing")
    return out


def others_beside(kept: Master, call: CallRecord, one: Scene) -> list[str]:
    """Whoever talked gets his voice but for what is near a change, and nobody else's (D-03)."""
    out = []
    seated = seats.seats(kept.manifest)
    for role in {role for talk in one.talks for role in (talk.first, talk.second)}:
        number = call.caller_number if role == "A" else extension(one.number, role)
        legs = {leg.leg for leg in call.legs if leg.number == number}
        if not legs and any(event["kind"] == "room.joined" for event in kept.manifest["events"]):
            continue  # in a room nobody on channel 2 is told apart
        gets = tones_s(kept, seats.kept(seated, legs))
        has_s = tones_s(kept, seats.occupied(seated, legs))[role]
        near_s = 2 * len(one.talks) * seats.GUARD / signal.RATE
        if has_s == 0 or gets.pop(role) < has_s - near_s or any(gets.values()):
            out.append(f"{role} has {has_s:.2f} s and gets {gets} of others")
    return out


def tones_s(kept: Master, spans: seats.Kept) -> dict[str, float]:
    """How long each tone is heard in some stretches of a recording."""
    left = [np.zeros_like(channel) for channel in kept.sound]
    for channel, whole in enumerate(kept.sound):
        for start, end in spans[channel]:
            left[channel][start:end] = whole[start:end]
    return {role: sum(signal.tone_s(channel, hz) for channel in left) for role, hz in TONES.items()}


def stray_s(kept: Master, role: str) -> float:
    return sum(signal.tone_s(channel, TONES[role]) for channel in kept.sound)


def hole_s(kept: Master, talks: list[Talk]) -> float:
    """How much of the caller is missing from the first talk to the last, whoever heard him meanwhile."""
    whole = kept.part(replace(talks[0], ended=talks[-1].ended))
    assert whole is not None
    return len(whole[0]) / signal.RATE - signal.tone_s(whole[0], TONES["A"])


def by_ear(masters: list[Master], talks: list[Talk], level: Level = signal.level) -> list[str]:
    """Each talk has to be in one master, each voice in its channel and in no other."""
    out = []
    for n, talk in enumerate(talks):
        parts = [part for one in masters if (part := one.part(talk)) is not None]
        if len(parts) != 1:
            out.append(f"talk {n} is in {len(parts)} recordings")
            continue
        for channel, (sound, who) in enumerate(zip(parts[0], (talk.first, talk.second), strict=True), 1):
            levels = {role: level(sound, hz) for role, hz in TONES.items()}
            loud = float(np.sqrt(np.mean(sound**2)))
            if levels.pop(who) < OWN_DB or max(levels.values()) > OTHER_DB or loud < signal.SILENCE_RMS:
                out.append(f"talk {n}, channel {channel}: {who} is not alone, level {loud:.0f}, {levels}")
    return out


@pytest.mark.requirement("R-07")
async def test_a_recording_goes_on_when_its_worker_dies(pbx: RunningPbx) -> None:
    """Nothing that was said before or after is missing, and the hole between is named."""

    async def play(one: Scene) -> None:
        a, b = await one.begin()
        before = await helpers.kill_child(pbx, "media-0")
        await helpers.recording_again(pbx, before)
        await one.talk(("A", a), ("B", b))

    n_before = len((await helpers.left(pbx)).recordings)
    one = await played(pbx, len(SCENES), play)
    left = await helpers.settled(pbx, n_before + 1)
    assert len(left.recordings) == n_before + 1
    kept = await master(pbx, left.recordings[0])
    assert by_ear([kept], one.talks) == []
    (goes_on,) = [event for event in kept.manifest["events"] if event["kind"] == "recording.continues"]
    assert goes_on["details"] == {"chapter": "2", "cause": "worker_lost"}
    assert {gap["ch"] for gap in kept.manifest["gaps"] if gap["cause"] == "worker_lost"} == {1, 2}
