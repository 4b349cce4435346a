"""What the fault tests share: a quick call, the processes of a PBX, and what a call left behind."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from pbx.call.record import CallRecord
from pbx.core.address import Address
from pbx.core.io.clock import utc_now
from pbx.recording.effects import FinishedRecording
from pbx.recording.io import finaliser_config
from pbx.recording.io.journal_parts import files, journals
from pbx.recording.io.object_store import ObjectStore
from pbx.store.audit import AuditStore
from pbx.store.calls import MAX_LISTED, CallStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.recordings import SqlRecordingLedger
from pbx.testphone.call import PhoneCall
from pbx.testphone.evidence import Evidence
from pbx.testphone.phone import MAX_CALLS, Phone
from tests.e2e.running import RunningPbx, prepare

SHORT = "01632960109"  # the announcement, then extension 1001: no verification
CALLER = "+447700900123"
CALLER_HZ, AGENT_HZ = 440.0, 1000.0
ANSWER_S, RINGS_S, SETTLED_S = 10.0, 25.0, 30.0
REGISTERED_S = 60  # the shortest: nobody takes back the contact of a telephone whose PBX was killed
LOOK_EVERY_S = 0.1
_SHORT_FLOW = {
    "flow": "short",
    "start": "consent",
    "steps": {
        "consent": {
            "recording_consent": {"purposes": ["compliance", "evidence"]},
            "granted": "agent",
            "declined": "agent",
        },
        "agent": {"ring": "extension/1001", "no_answer": "end", "busy": "end"},
        "end": {"hang_up": None},
    },
}


def configure(base: Path, **pbx: object) -> None:
    """Give the copied configuration the short flow; `pbx` replaces sections of `pbx.yaml`."""
    config = prepare(base)
    (config / "acme" / "flows" / "short.yaml").write_text(yaml.safe_dump(_SHORT_FLOW, sort_keys=False))
    dialplan = config / "acme" / "dialplan.yaml"
    plan = yaml.safe_load(dialplan.read_text())
    plan["inbound"][SHORT] = {"flow": "short"}
    dialplan.write_text(yaml.safe_dump(plan, sort_keys=False))
    machine = yaml.safe_load((config / "pbx.yaml").read_text())
    (config / "pbx.yaml").write_text(yaml.safe_dump(machine | pbx, sort_keys=False))


def pid(pbx: RunningPbx, name: str) -> int:
    """Return the pid of the child `name`, or of its predecessor until that is replaced."""
    return int(pbx.places.pid(name).read_text() or 0)  # empty while it is being written


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One kill -9: when (loop time, wall clock), and the recordings whose journals it left in the spool.

    `files` are the names of these. `written_s`: of each recording, how many seconds before the blow it was
    written for the last time.
    """

    at: float
    wall: datetime
    journals: frozenset[str]
    files: frozenset[str]
    written_s: Mapping[str, float]


def _blow(pbx: RunningPbx) -> Blow:
    at, wall = asyncio.get_running_loop().time(), utc_now()
    written: dict[str, float] = {}
    names: set[str] = set()
    for path in files(pbx.places.spool):
        with suppress(FileNotFoundError):  # finished meanwhile
            written[path.stem] = max(path.stat().st_mtime, written.get(path.stem, 0.0))
            names.add(path.name)
    written_s = {name: max(0.0, wall.timestamp() - when) for name, when in written.items()}
    return Blow(at=at, wall=wall, journals=frozenset(written), files=frozenset(names), written_s=written_s)


async def kill_child(pbx: RunningPbx, name: str) -> Blow:
    """Kill one child the hard way; return once the supervisor has replaced it."""
    old = pid(pbx, name)
    os.kill(old, signal.SIGKILL)
    blow = _blow(pbx)

    async def replaced() -> bool:
        return pid(pbx, name) not in (old, 0)

    await until(replaced, f"{name} was not restarted")
    return blow


@contextmanager
def paused(pbx: RunningPbx, name: str) -> Iterator[None]:
    """Stop one child from working, so that another one may take its place."""
    its = pid(pbx, name)
    os.kill(its, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(its, signal.SIGCONT)


async def finalise_and_die(pbx: RunningPbx, points: Sequence[str]) -> None:
    """Have one finaliser after the other kill itself at its point."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.e2e.dying_finaliser"),
        *("--config", str(pbx.places.finaliser_config), *points),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode(errors="replace")


async def media_connected(pbx: RunningPbx, times: int) -> None:
    """Return once signalling has connected to the media worker that many times; calls are refused before."""

    async def is_connected() -> bool:
        log = (pbx.places.logs / "signalling.log").read_text()
        return log.count("media worker 0 is connected") >= times

    await until(is_connected, "signalling does not find the new media worker")


async def recording_again(pbx: RunningPbx, blow: Blow) -> None:
    """Return once a call that outlived the blow is recorded again, in its recording's next chapter."""

    async def has_begun() -> bool:
        return bool({path.name for path in files(pbx.places.spool)} - blow.files)

    await until(has_begun, "no call is recorded after the blow")


async def nursery_loaded(pbx: RunningPbx) -> None:
    """Return once the nursery waits for children to die."""
    log = pbx.places.logs / "nursery.log"

    async def is_loaded() -> bool:
        return log.exists() and "the nursery is loaded" in log.read_text()

    await until(is_loaded, "there is no nursery")


async def kill_all(pbx: RunningPbx) -> Blow:
    """Kill supervisor and children at one moment."""
    os.killpg(pbx.process.pid, signal.SIGKILL)
    blow = _blow(pbx)
    await pbx.process.wait()
    return blow


async def until(holds: Callable[[], Awaitable[bool]], complaint: str, timeout_s: float = SETTLED_S) -> None:
    """Return once the condition holds; AssertionError with the complaint when it never does."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not await holds():  # noqa: ASYNC110 - other processes raise no event of ours
        assert asyncio.get_running_loop().time() < deadline, complaint
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def phones(pbx: RunningPbx, max_calls: int = MAX_CALLS) -> AsyncIterator[tuple[Phone, Phone]]:
    """A caller at the carrier and a registered agent at 1001, who takes that many calls at once."""
    agent = Phone(
        Address("127.0.0.1", 0),
        user="1001",
        domain="acme.example",
        server=pbx.server,
        password=pbx.secret("1001"),
        max_calls=max_calls,
    )
    caller = Phone(Address("127.0.0.2", 0), user=CALLER, domain="carrier.example", server=pbx.server)
    try:
        await agent.start()
        await caller.start()
        await agent.register(REGISTERED_S)
        yield caller, agent
    finally:
        await asyncio.gather(agent.close(), caller.close())


async def dial(caller: Phone, number: str = SHORT) -> PhoneCall:
    """Return an answered call: its announcement plays, its recording runs."""
    call = await caller.call(number)
    assert await call.wait_answered(ANSWER_S) == 200
    return call


async def connect(caller: Phone, agent: Phone) -> tuple[PhoneCall, PhoneCall]:
    """Return both ends of a conversation, each sending its tone."""
    call = await dial(caller)
    ringing = await agent.incoming(RINGS_S)
    ringing.answer()
    assert await ringing.wait_answered(ANSWER_S) == 200
    ringing.talk(AGENT_HZ)
    call.talk(CALLER_HZ)
    return call, ringing


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a PBX has stored, newest first; `journals` still wait, `aside` could not be read.

    `objects` are those that are no playback copies.
    """

    calls: list[CallRecord]
    recordings: list[FinishedRecording]
    objects: list[str]
    facts: list[str]
    journals: list[str]
    aside: list[str]

    def assert_whole(self, n_recordings: int) -> None:
        """One row and one object per recording, none waits, none was put aside."""
        assert self.journals == []
        assert self.aside == []
        assert len({row.recording for row in self.recordings}) == len(self.recordings) == n_recordings
        assert sorted(row.object_key for row in self.recordings) == sorted(self.objects)

    def assert_one_per_call(self) -> None:
        """Each call that was recorded has one row, and with `assert_whole` one object."""
        recorded = sorted(call.call for call in self.calls if call.recording_state == "recorded")
        assert sorted(row.call for row in self.recordings) == recorded


async def left(pbx: RunningPbx) -> Left:
    """Look at database, object store and spool."""
    places = pbx.places
    database = Database(places.database_url(pbx.config.pbx))
    try:
        stored = await objects(pbx).list()
        filed = await SqlRecordingLedger(database).filed()
        return Left(
            calls=await CallStore(database, StoreKeys.load_or_create(places.store_keys)).list(MAX_LISTED),
            recordings=await SqlRecordingLedger(database).list(MAX_LISTED),
            objects=[key for key in stored if key not in filed.copies.keys() | filed.copies_begun],
            facts=[fact.kind for _, fact in await AuditStore(database).list(MAX_LISTED)],
            journals=sorted(journals(places.spool)),
            aside=[path.name for path in places.spool.glob("quarantine/*")],
        )
    finally:
        await database.close()


def objects(pbx: RunningPbx) -> ObjectStore:
    """The object store as the finaliser sees it."""
    return finaliser_config.open_store(finaliser_config.load(pbx.places.finaliser_config).store)


async def settled(pbx: RunningPbx, n_recordings: int, timeout_s: float = SETTLED_S) -> Left:
    """Return what is left once all calls are closed, no journal waits and the rows are there."""

    async def is_settled() -> bool:
        now = await left(pbx)
        open_calls = [call for call in now.calls if call.ended_at is None]
        return not (open_calls or now.journals) and len(now.recordings) >= n_recordings

    await until(is_settled, f"not {n_recordings} recordings and no open call", timeout_s)
    return await left(pbx)


async def wav_of(pbx: RunningPbx, row: FinishedRecording) -> bytes:
    """Verify a recording and return its sound."""
    async with Evidence(pbx.places, pbx.config) as evidence:
        opened = await evidence.open(row, "fault test")
        assert opened is not None
        assert (await evidence.verify(opened)).problems == ()
        return await evidence.wav(opened)


def is_recovered(row: FinishedRecording) -> bool:
    """Whether the signed manifest says that the recording was cut off."""
    return bool(json.loads(row.manifest)["recovered"])
