"""Fifty callers at the same time go through the whole support flow, and none of their recordings is lost."""

import asyncio
import csv
import sys
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.secret import Secret
from pbx.testphone.audio import tone
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e import fault_helpers as helpers
from tests.e2e.plain_sound import MARKER_HZ, forms, plain
from tests.e2e.running import TEMPORARY, RunningPbx, free_port, prepare, running

N_CALLS = 50
SUPPORT = "01632960100"
FIRST_BORN = date(1980, 2, 3)
INTO_QUESTION_S = 14.0  # from the answer: welcome and announcement are over, a key may stop the question
APART_S = 0.1  # ten new calls per second
TALK_S = 2.0
RINGS_S, ENDS_S, FINISHED_S, VERIFY_S = 40.0, 20.0, 60.0, 60.0


def number(index: int) -> str:
    """A number of Ofcom's range for drama."""
    return f"+447700900{index:03}"


def born(index: int) -> date:
    """A date of his own: one that many numbers try is taken for a guess."""
    return FIRST_BORN + timedelta(days=index)


def customers(base: Path) -> None:
    """Know every caller by number and date of birth."""
    rows = [(f"Customer {index}", "individual", number(index), str(born(index))) for index in range(N_CALLS)]
    with (prepare(base) / "acme" / "customers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "entity_type", "phone", "date_of_birth"))
        writer.writerows(rows)


async def go_through(caller: Phone, index: int) -> PhoneCall:
    """Dial, listen, and type the date of birth."""
    await asyncio.sleep(index * APART_S)
    call = await helpers.dial(caller, SUPPORT)
    await asyncio.sleep(INTO_QUESTION_S)
    await call.send_digits(Secret(born(index).strftime("%d%m%Y")))
    return call


async def answer_all(agent: Phone) -> list[PhoneCall]:
    """Take every call that comes."""
    answered: list[PhoneCall] = []
    for _ in range(N_CALLS):
        call = await agent.incoming(RINGS_S)
        call.answer()
        assert await call.wait_answered(helpers.ANSWER_S) == 200
        answered.append(call)
    return answered


async def hold(pbx: RunningPbx) -> None:
    """Bring all calls up together, let them talk, hang up."""
    async with AsyncExitStack() as stack:
        agent = Phone(
            Address("127.0.0.1", 0),
            user="1001",
            domain="acme.example",
            server=pbx.server,
            password=pbx.secret("1001"),
            max_calls=N_CALLS,
        )
        await agent.start()
        stack.push_async_callback(agent.close)
        await agent.register()
        callers: list[Phone] = []
        for index in range(N_CALLS):
            caller = Phone(
                Address("127.0.0.2", 0), user=number(index), domain="carrier.example", server=pbx.server
            )
            await caller.start()
            stack.push_async_callback(caller.close)
            callers.append(caller)
        work = [go_through(caller, index) for index, caller in enumerate(callers)]
        answered, calls = await asyncio.gather(answer_all(agent), asyncio.gather(*work))
        for call in calls:
            call.talk(MARKER_HZ)
        await asyncio.sleep(TALK_S)
        assert await asyncio.to_thread(plain, pbx.places.var) == [], "while the journals grow"
        assert sum(call.confirmed for call in (*calls, *answered)) == 2 * N_CALLS
        for call in calls:
            call.hang_up()
        await asyncio.gather(*(call.wait_ended(ENDS_S) for call in answered))


async def verify_all(pbx: RunningPbx) -> str:
    """Return what `pbx recordings verify --all` says; it must agree with every recording."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "recordings", "verify", "--all"),
        *("--config", str(pbx.places.base / "config")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), VERIFY_S)
    assert process.returncode == 0, said.decode()
    return said.decode()


def assert_searched_well(wav: bytes) -> None:
    """Find the marker in a recording that was decrypted, and in the forms in which it could lie about."""
    assert any(found.startswith("PCM") for found in forms(wav))
    pcm = tone(MARKER_HZ, 3, 400)
    silent = bytes(len(pcm))
    both = bytes(octet for at in range(0, len(pcm), 2) for octet in pcm[at : at + 2] + silent[at : at + 2])
    assert forms(b"..." + pcm) and forms(b"." + both) and not forms(silent)


@pytest.mark.requirement("E-01")
@pytest.mark.requirement("REC-08")
@pytest.mark.requirement("R-13")
async def test_fifty_calls_at_once_leave_fifty_recordings(tmp_path: Path) -> None:
    customers(tmp_path)
    async with running(tmp_path, free_port()) as pbx:
        await hold(pbx)
        left = await helpers.settled(pbx, N_CALLS, FINISHED_S)
        left.assert_whole(N_CALLS)
        assert len(left.calls) == N_CALLS
        assert {call.recording for call in left.calls} == {row.recording for row in left.recordings}
        assert {call.recording_state for call in left.calls} == {"recorded"}
        assert {call.verification for call in left.calls} == {"V2"}
        assert not any(map(helpers.is_recovered, left.recordings))
        verdicts = (await verify_all(pbx)).splitlines()
        assert sum(line.endswith(": yes") for line in verdicts) == N_CALLS
        assert_searched_well(await helpers.wav_of(pbx, left.recordings[0]))
        written = (pbx.places.var, tmp_path / TEMPORARY)
        assert [found for folder in written for found in plain(folder)] == []
    assert [found for folder in written for found in plain(folder)] == [], "nor after the end"
