"""FRD-03 through the front door: a server of scores is asked by a running PBX, answers, and goes away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.e2e.callers import ANSWER_S, WELCOME, Caller, hear, prompt
from tests.e2e.fault_helpers import left
from tests.e2e.running import BUSY, RunningPbx, free_port, prepare, running

pytestmark = [pytest.mark.proof, pytest.mark.requirement("FRD-03")]
GOOD, DOUBTED, BAD, LATER = "+447700900121", "+447700900122", "+447700900123", "+447700900124"
SCORES = {GOOD: 0, DOUBTED: 75, BAD: 95}
NOBODY = "01632960101"  # an extension without a telephone
TEST = f"""
flow: tested
start: ask
steps:
  ask: {{menu: "{WELCOME}", keys: {{1: over}}, otherwise: over}}
  over: {{hang_up: null}}
"""


@asynccontextmanager
async def scores() -> AsyncIterator[tuple[asyncio.Server, list[str]]]:
    asked: list[str] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).decode().split()[1]
        asked.append(unquote(line.rpartition("/")[2]))
        body = json.dumps({"score": SCORES[asked[-1]]})
        writer.write(f"HTTP/1.0 200 OK\r\n\r\n{body}".encode())
        writer.close()

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    try:
        yield listening, asked
    finally:
        listening.close()


def configure(base: Path, port: int) -> None:
    tenant = prepare(base) / "acme"
    server = f"{{url: 'http://127.0.0.1:{port}/scores/{{number}}', timeout: 2s}}"
    rules = "label_from: 50, challenge_from: 70, challenge: tested, reject_from: 90"
    card = "card: https://acme.example/card"
    (tenant / "fraud.yaml").write_text(f"{BUSY}reputation: {{server: {server}, {rules}, {card}}}\n")
    (tenant / "flows" / "tested.yaml").write_text(TEST)


async def status_of(pbx: RunningPbx, number: str) -> int:
    """How a call to somebody ends who has no telephone, or which flow takes it."""
    caller = Caller(pbx.server, number)
    await caller.start()
    try:
        call = await caller.call(NOBODY)
        status = await call.wait_answered(ANSWER_S)
        if status == 200:
            await hear(call, prompt(pbx, WELCOME))
            call.hang_up()
            await call.wait_ended(ANSWER_S)
        return status
    finally:
        await caller.close()


async def test_who_is_asked_for_and_what_follows(tmp_path: Path) -> None:
    async with scores() as (server, asked):
        configure(tmp_path, server.sockets[0].getsockname()[1])
        async with running(tmp_path, free_port()) as pbx:
            assert await status_of(pbx, GOOD) == 480
            assert await status_of(pbx, BAD) == 608
            assert await status_of(pbx, DOUBTED) == 200, "he hears the flow that tests him"
            assert await status_of(pbx, BAD) == 608
            assert asked == [GOOD, BAD, DOUBTED], "each is asked for once"
            server.close()
            await server.wait_closed()
            assert await status_of(pbx, LATER) == 480, "without a server he comes in"
        facts = (await left(pbx)).facts  # behind its end everything is written
    assert (facts.count("fraud.rejected"), facts.count("fraud.challenged")) == (2, 1)
