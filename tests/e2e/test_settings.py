"""A tenant's verification settings through the front door: level V1, one try, a lock after two failures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from tests.e2e.callers import QUESTION, agent_phone, calling, hear, kept, prompt
from tests.e2e.running import RunningPbx, free_port, prepare, running

KNOWN, UNKNOWN = "+447700900124", "+447700900999"
WRONG, RIGHT = Secret("07071977"), Secret("29021992")
STEP = "{with: [phone_number, date_of_birth], attempts: 3}"
START = "start: welcome"  # skipped with the announcement: they are long, and test_verification.py hears them
RINGS_S = 60.0


@asynccontextmanager
async def site(base: Path, step: str, verification: str) -> AsyncIterator[RunningPbx]:
    folder = prepare(base) / "acme"
    flow = folder / "flows" / "support.yaml"
    written = flow.read_text()
    assert STEP in written and START in written
    flow.write_text(written.replace(STEP, step).replace(START, "start: identify"))
    (folder / "verification.yaml").write_text(verification)
    async with running(base, free_port()) as pbx:
        yield pbx


async def test_a_known_number_is_level_v1(tmp_path: Path) -> None:
    async with site(tmp_path, "{with: [phone_number]}", "attempts: 1\n") as pbx:
        expected = ((KNOWN, "Known number (V1)", "V1"), (UNKNOWN, "Unverified caller", "V0"))
        for number, shown, level in expected:
            since = datetime.now(UTC)
            async with agent_phone(pbx) as agent, calling(pbx, number):
                ringing = await agent.incoming(RINGS_S)
                assert ringing.remote_display == shown
                ringing.answer()
            record = (await kept(pbx, number, since)).call
            assert (record.verification, bool(record.customer)) == (level, level == "V1")


@pytest.mark.requirement("V-02")
async def test_one_try_a_call_and_two_failures_lock(tmp_path: Path) -> None:
    settings = "attempts: 1\nfailures_before_lock: 2\nlock: 1h\n"
    async with site(tmp_path, "{with: [phone_number, date_of_birth]}", settings) as pbx:
        shown = []
        for born in (WRONG, WRONG, RIGHT):  # the third would do, were it not too late
            async with agent_phone(pbx) as agent, calling(pbx, KNOWN) as (_, call):
                await hear(call, prompt(pbx, QUESTION))
                await call.send_digits(born)
                shown.append((await agent.incoming(RINGS_S)).remote_display)
        assert shown == ["Unverified caller"] * 3
