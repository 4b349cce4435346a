"""What `pbx explain` tells of a call before it is made is what the call, made by SIPp, then does."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pbx.cli.main import run
from pbx.core.secret import Secret
from tests.e2e.chance_plan import CARRIER, EXTENSIONS, ChancePlan, Habit, Wanted, write_plan
from tests.e2e.parties import from_telephone, from_trunk, register
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.sipp import CARRIER as CARRIER_HOST
from tests.e2e.sipp import DOMAIN, PHONE, Outcome, Play, authorization, play, playing
from tests.e2e.told_calls import Course, Told, acts_of, course, question, record_sentences, told

pytestmark = [pytest.mark.asyncio, pytest.mark.proof, pytest.mark.requirement("ADM-05")]
N_PLANS, N_CALLS = 4, 50
SEED = int(os.environ.get("PBX_SEED", "7"))
EVERY_S = 0.8  # a call begins
LIMIT_S = 180
ANY = 500  # calls of one SIPp, more than there are
SETTLED_S = 30.0
_NOT_OVER = ("starting", "recording")
_PLAYED: dict[Habit, str] = {"answers": "answering_many", "busy": "busy", "rings": "ringing"}


async def ask(words: Sequence[str], said: pytest.CaptureFixture[str]) -> Any:
    """The JSON that a command has answered."""
    said.readouterr()
    code = await asyncio.to_thread(run, [*words])
    out = said.readouterr()
    assert code == 0, (words, out.err)
    return json.loads(out.out)


@asynccontextmanager
async def meeting(pbx: RunningPbx, plan: ChancePlan, carrier_port: int) -> AsyncIterator[None]:
    """Everybody who may be called, each with his habit."""
    async with AsyncExitStack() as stack:
        for party in (*EXTENSIONS, CARRIER):
            habit = plan.habits[party]
            if habit == "away":
                continue
            is_phone = party != CARRIER
            port = free_port(PHONE) if is_phone else carrier_port
            if is_phone:
                assert (await register(pbx, party, port=port, expires="3600")).is_played
            host = PHONE if is_phone else CARRIER_HOST
            await stack.enter_async_context(
                playing(
                    Play(
                        scenario=_PLAYED[habit],
                        host=host,
                        port=port,
                        fill={"rings_ms": "5000"},
                        calls=ANY,
                        limit_s=3600,
                    )
                )
            )
        yield


async def make(pbx: RunningPbx, call: Wanted, one: Told) -> Outcome:
    """Let SIPp make a call as it was told."""
    fill: dict[str, str | Secret[str]] = {
        "caller": call.caller,
        "called": call.called,
        "status": str(one.status or 200),
        "acts": acts_of(one),
        "acknowledged": f"sip:{call.called}@{DOMAIN}" if one.status else "[next_url]",
        "branch": "[branch-4]" if one.status else "[branch]",
    }
    if not call.is_ours:
        order = from_trunk(pbx, "told_call", call.called)
    else:
        order = from_telephone(pbx, "told_call", call.called)
        uri = f"sip:{call.called}@{DOMAIN}"
        proof = authorization(call.caller, pbx.secret(call.caller), ("INVITE", uri), pbx.port)
        fill["field"] = Secret(f"Authorization: {proof.reveal()}")
    filled = {**order.fill, **fill}
    return await play(
        Play(
            scenario=order.scenario,
            host=order.host,
            port=order.port,
            server=order.server,
            fill=filled,
            limit_s=LIMIT_S,
        )
    )


async def was(pbx: RunningPbx, said: pytest.CaptureFixture[str]) -> dict[tuple[str, str], Course]:
    """What has become of each call, by caller and number, once all are over."""
    config = ["--config", str(pbx.places.base / "config")]
    async with asyncio.timeout(SETTLED_S):
        while True:
            rows = await ask(["calls", "list", "--limit", "1000", "--json", *config], said)
            if all(
                row["ended_at"] and row["recording_state"] not in ("starting", "recording") for row in rows
            ):
                break
    found: dict[tuple[str, str], Course] = {}
    for row in rows:
        story = (await ask(["explain", "--call", row["call"], "--json", *config], said))["story"]
        found[row["caller_number"], row["called"]] = course(row, story)
    return found


def parted(call: Wanted, one: Told, then: Course | None, outcome: Outcome) -> list[str]:
    """Where a call was not as told, one line for each difference."""
    who = f"{call.caller} to {call.called}"
    lines = [] if outcome.is_played else [f"{who}: SIPp was at {one.acts}, got {outcome}"]
    if one.course is None or then is None:
        return lines if one.course == then else [*lines, f"{who}: told {one.course}, was {then}"]
    for part in fields(Course):
        will, was_so = getattr(one.course, part.name), getattr(then, part.name)
        lines += [f"{who}: {part.name}: told {will!r}, was {was_so!r}"] if will != was_so else []
    return lines


@pytest.mark.parametrize("number", range(N_PLANS))
async def test_what_is_told_is_what_happens(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed, carrier_port = SEED * 100 + number, free_port(CARRIER_HOST)
    config = prepare(tmp_path)
    plan = write_plan(config, random.Random(seed), carrier_port, N_CALLS)
    before = {one: told(await ask(question(config, plan, one), capsys)) for one in plan.calls}
    record_sentences(config / "acme" / "prompts", set().union(*(one.sentences for one in before.values())))
    async with running(tmp_path, free_port()) as pbx, meeting(pbx, plan, carrier_port):
        made: list[asyncio.Task[Outcome]] = []
        async with asyncio.TaskGroup() as group:
            for call, one in before.items():
                made.append(group.create_task(make(pbx, call, one)))
                await asyncio.sleep(EVERY_S)
        after = await was(pbx, capsys)
    wrong = [
        line
        for (call, one), task in zip(before.items(), made, strict=True)
        for line in parted(call, one, after.get((call.caller, call.called)), task.result())
    ]
    n_wrong = len({line.split(":")[0] for line in wrong})
    with capsys.disabled():
        print(f"seed {seed}: {N_CALLS - n_wrong} of {N_CALLS} calls were as told before")
    assert not wrong, "\n".join((f"seed {seed}", *wrong))
