"""R-29, REC-13: SIPp as the recorder of others, and as a telephone that knows of recording (RFC 7866)."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.audit import AuditFact
from pbx.core.secret import Secret
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.testphone.signal import level
from tests.e2e.desk import device
from tests.e2e.parties import from_trunk
from tests.e2e.recorder import Stream
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.sipp import Play, playing

pytestmark = [pytest.mark.proof, pytest.mark.requirement("R-29")]

WAIT_S = 60.0  # a shared machine starts a command in seconds
LIMIT_S = 180  # the recorders listen before the PBX starts
TALK = 4000  # samples: half a second
IS_HEARD_DB = -1.0
ANN_HZ, BOB_HZ = 440.0, 1000.0
PASSWORD = "pa55word"  # noqa: S105, of a recorder that is not there
SUPPORT = "01632960100"
FORKED = ["siprec.unauthorized", "siprec.started", "siprec.stopped"]
FLOW = """\
flow: support
start: consent
steps:
  consent: {recording_consent: {purposes: [compliance]}, granted: begin, declined: bye}
  begin: {start_recording: the proof, next: ready}
  ready: {say: "Thank you.", next: secret}
  secret: {collect: "Please enter one digit.", into: digit, max_digits: 1, next: thanks, otherwise: thanks}
  thanks: {say: "Thank you.", next: end}
  end: {stop_recording: the proof, next: bye}
  bye: {echo: "Goodbye."}
"""


def recorder(port: int, password: str, streams: tuple[Stream, Stream]) -> Play:
    first, second = (str(one.port) for one in streams)
    fill = {"password": password, "first": first, "second": second}
    return Play(scenario="recorder", port=port, transport="tcp", fill=fill, limit_s=LIMIT_S)


def configure(base: Path, *ports: int) -> None:
    """Every call is recorded, and forked to the first of these recorders that takes it."""
    account = "{user: acme-src, secret_file: secrets/rec, realm: recordings}"
    servers = ", ".join(f"{{host: 127.0.0.1, port: {port}, account: {account}}}" for port in ports)
    folder = prepare(base) / "acme"
    (folder / "recording.yaml").write_text(f"mode: always\nsiprec: {{servers: [{servers}]}}\n")
    (base / "secrets").mkdir()
    (base / "secrets" / "rec").write_text(f"{PASSWORD}\n")


async def heard(stream: Stream, freq_hz: float) -> None:
    """Return once half a second of a voice, and nothing else, has come."""
    async with asyncio.timeout(WAIT_S):
        while len(stream.payload) < TALK or level(stream.heard[-TALK:], freq_hz) < IS_HEARD_DB:
            await asyncio.sleep(0.05)


async def status(base: Path) -> Mapping[str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "status", "--json", "--config", str(base / "config")),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return {name: text for name, text in json.loads(said).items() if name.startswith("recorder ")}


@pytest.mark.requirement("REC-13")
@pytest.mark.rfc("7866", "6.1.1")
@pytest.mark.rfc("3261", "22.2")
async def test_a_recorder_checks_what_it_is_told_and_the_one_with_another_password_is_passed_over(
    tmp_path: Path,
) -> None:
    """SIPp reads every message by regular expressions; the audio comes to sockets of our own."""
    streams, unused = (Stream(), Stream()), (Stream(), Stream())
    ports = free_port(), free_port(), free_port()
    configure(tmp_path, *ports)
    async with AsyncExitStack() as stack:
        for stream in (*streams, *unused):
            stack.callback(stream.close)
        wrong = await stack.enter_async_context(playing(recorder(ports[0], "another", unused)))
        right = await stack.enter_async_context(playing(recorder(ports[1], PASSWORD, streams)))
        pbx = await stack.enter_async_context(running(tmp_path, free_port()))
        ann, bob = [await stack.enter_async_context(device(pbx, f"100{n}")) for n in (1, 2)]
        call = await ann.call("1002")
        at_bob = await bob.incoming(WAIT_S)
        at_bob.answer()
        assert await call.wait_answered(WAIT_S) == 200
        call.talk(ANN_HZ)
        at_bob.talk(BOB_HZ)
        assert (await wrong).is_played, await wrong
        await asyncio.gather(heard(streams[0], ANN_HZ), heard(streams[1], BOB_HZ))
        await _is_shown(tmp_path, ports)
        await call.send_digits(Secret("*61"))
        await _silent(streams)
        await call.send_digits(Secret("*62"))
        call.talk(ANN_HZ)
        await heard(streams[0], ANN_HZ)
        call.hang_up()
        assert (await right).is_played, (await right).received_lines
        assert not unused[0].payload and not unused[1].payload
        assert [fact.kind for fact in await _facts(pbx, "siprec.", len(FORKED))] == FORKED


async def _is_shown(base: Path, ports: tuple[int, ...]) -> None:
    failed, up, standby = (f"recorder acme/srs@127.0.0.1:{port}" for port in ports)
    async with asyncio.timeout(WAIT_S):
        while not (shown := await status(base)).get(up, "").startswith("up since "):
            await asyncio.sleep(0.2)
    assert shown[up].endswith(" UTC, 1 fork") and shown[standby] == "standby, 0 forks"
    assert shown[failed].startswith("failed since ") and "(401: it does not take the user" in shown[failed]


async def _silent(streams: tuple[Stream, Stream]) -> None:
    """Nothing comes any more, for as long as two looks at it take."""
    async with asyncio.timeout(WAIT_S):
        before = (-1, -1)
        while before != (now := (len(streams[0].payload), len(streams[1].payload))):
            before = now
            await asyncio.sleep(0.5)


async def _facts(pbx: RunningPbx, topic: str, n: int) -> list[AuditFact]:
    """Return the facts of a topic, the first one first, once so many are written."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        async with asyncio.timeout(WAIT_S):
            while True:
                listed = await AuditStore(database).list(1000)
                found = [fact for _, fact in listed[::-1] if fact.kind.startswith(topic)]
                if len(found) >= n:
                    return found
                await asyncio.sleep(0.05)  # another process writes them, a tenth of a second later
    finally:
        await database.close()


@pytest.mark.rfc("7866", "7.1.2")
@pytest.mark.requirement("R-20")
async def test_a_caller_reads_when_he_is_recorded_when_it_pauses_and_when_it_ends(tmp_path: Path) -> None:
    """Off in our answer, on after the announcement, paused for a secret, on again, off at the end."""
    folder = prepare(tmp_path) / "acme"
    (folder / "recording.yaml").write_text("mode: segment\n")
    (folder / "flows" / "support.yaml").write_text(FLOW)
    async with running(tmp_path, free_port()) as pbx:
        order = replace(from_trunk(pbx, "aware_call", SUPPORT), limit_s=LIMIT_S)
        async with playing(order) as run:
            outcome = await run
        assert outcome.is_played, outcome
        told = [fact.details["state"] for fact in await _facts(pbx, "consent.indicated", 4)]
    assert told == ["on", "paused", "on", "off"]
    assert not re.search(r"a=record:(?!on|off|paused)", "".join(outcome.received))
