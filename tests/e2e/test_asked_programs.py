"""A flow asks a program over real sockets while a real caller waits, and goes on by its answer."""

import asyncio
import base64
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.recording.webhook_signature import read_secrets, signed_headers
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.testphone.call import PhoneCall
from tests.e2e.callers import ANSWER_S, Caller, agent_phone
from tests.e2e.fault_helpers import until
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.plugins.installing import install

FLOW = """flow: support
start: ask
steps:
  ask:
    http: {server: desks, path: "/desk?from={caller}", take: {desk: /desk}}
    next: by
    not_found: decide
    failed: away
  decide: {hand_off: {server: desks, path: /decide}, leads_to: [away], failed: unknown}
  by:
    lookup: {query: room, with: {desk: desk}, take: {room: room}}
    found: to
    failed: away
  to: {match: room, cases: [{is: "1", then: points}], otherwise: unknown}
  points:
    plugin: {name: loyalty, with: {rate: 2}, send: [caller], take: {points: points}, budget: 5s}
    ways: {known: sum}
    failed: away
  sum: {match: points, cases: [{is: "26", then: ring}], otherwise: unknown}
  ring: {ring: extension/1001, no_answer: unknown, busy: unknown}
  unknown: {hang_up: null, cause: unknown_number}
  away: {hang_up: null, cause: congestion}
"""
QUERY = """queries:
  room: {url_file: URL, select: "SELECT room FROM rooms WHERE desk = :desk", columns: {room: V0}}
"""
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
KNOWN, STRANGER, SLOW = "+447700900121", "+447700900122", "+447700900123"


def rooms(folder: Path) -> Path:
    """Return a file with the URL of a database."""
    with closing(sqlite3.connect(folder / "rooms.db")) as database:
        database.execute("CREATE TABLE rooms (desk TEXT, room INTEGER)")
        database.execute("INSERT INTO rooms VALUES ('sales', 1)")
        database.commit()
    (folder / "rooms-url").write_text(f"sqlite+aiosqlite:///{folder}/rooms.db\n")
    return folder / "rooms-url"


def decision(asked: dict[str, str]) -> bytes:
    """Two steps of the program, signed for the question."""
    steps = {"tell": {"set": {"why": "late"}, "next": "over"}, "over": {"hang_up": None, "cause": "busy"}}
    body = json.dumps({"start": "tell", "steps": steps}).encode()
    keys = read_secrets(SECRET)
    signed = signed_headers(keys, asked["webhook-id"], body, datetime.now(UTC))
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


@asynccontextmanager
async def desks(waits: asyncio.Event) -> AsyncIterator[tuple[int, list[str]]]:
    """It knows one caller, and lets another one wait for ever; whoever gives up is noted."""
    left: list[str] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked = head.split()[1]
        if asked.endswith(SLOW[1:]):
            waits.set()
            await reader.read()
            left.append(asked)
        elif asked == "/decide":
            writer.write(decision(dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)))
        elif asked.endswith(KNOWN[1:]):
            writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"desk": "sales"}')
        else:
            writer.write(b"HTTP/1.1 404 Not Found\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], left
    finally:
        listening.close()


@asynccontextmanager
async def calling(pbx: RunningPbx, number: str) -> AsyncIterator[PhoneCall]:
    phone = Caller(pbx.server, number)
    await phone.start()
    try:
        call = await phone.call("01632960100")
        assert await call.wait_answered(ANSWER_S) == 200
        yield call
    finally:
        await phone.close()


async def outcomes(pbx: RunningPbx) -> list[str]:
    """What came of the questions, the oldest first, as the audit log tells it."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        facts = [fact for _, fact in await AuditStore(database).list()]
    finally:
        await database.close()
    return [str(fact.details["outcome"]) for fact in facts if fact.kind == "flow.answered"]


@pytest.mark.requirement("IVR-04")
async def test_a_caller_goes_where_a_program_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)
    waits = asyncio.Event()
    async with desks(waits) as (port, left):
        tenant = prepare(tmp_path) / "acme"
        (tenant / "flows" / "support.yaml").write_text(FLOW)
        (tmp_path / "secret").write_text(SECRET)
        server = f"{{url: 'http://127.0.0.1:{port}', timeout: 10s, secret_file: {tmp_path}/secret}}"
        (tenant / "servers.yaml").write_text(f"servers: {{desks: {server}}}\n")
        (tenant / "customers.yaml").write_text(QUERY.replace("URL", str(rooms(tmp_path))))
        async with running(tmp_path, free_port()) as pbx, agent_phone(pbx) as agent:
            async with calling(pbx, KNOWN):
                (await agent.incoming(ANSWER_S)).reject(486)
            async with calling(pbx, STRANGER) as call:
                await call.wait_ended(ANSWER_S)
            async with calling(pbx, SLOW) as call, asyncio.timeout(ANSWER_S):
                await waits.wait()
                call.hang_up()

            async def is_left() -> bool:
                return bool(left)

            await until(is_left, "the question outlived the call")

            async def are_told() -> bool:
                return sorted(await outcomes(pbx)) == ["answered", "found", "known", "next", "not_found"]

            await until(are_told, "the answers are not on record, or who hung up got one")
