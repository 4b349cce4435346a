"""A PBX with a media worker on another machine: its calls outlive a break of the way, and the worker."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from pbx.runner import worker_states
from pbx.testphone import signal as tones
from pbx.testphone.call import PhoneCall
from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.integration.breakable import Way
from tests.integration.remote_machine import NAME, Machine

ECHO = "01632960102"
HEARD_S = 0.2  # of the other's tone: then it is there


@asynccontextmanager
async def far_worker(base: Path) -> AsyncIterator[tuple[Machine, Way]]:
    """A worker behind a way that can be cut, and a PBX's configuration that knows it and records nothing."""
    machine = Machine(base)
    await machine.start()
    async with Way(machine.port).serving() as way:
        remote = {
            "host": "127.0.0.1",
            "port": way.port,
            "name": NAME,
            "ca": str(machine.ours.ca),
            "certificate": {"chain": str(machine.ours.certificate), "key": str(machine.ours.key)},
            "relink": "20s",
        }
        helpers.configure(base, media={"workers": 1, "remote": [remote]})
        acme = prepare(base) / "acme"
        change(acme / "recording.yaml", mode="off")
        (acme / "queues.yaml").unlink()  # it leads to voicemail
        support = yaml.safe_load((acme / "flows" / "support.yaml").read_text())
        change(acme / "flows" / "support.yaml", steps=support["steps"] | {"message": {"hang_up": None}})
        yield machine, way
    await machine.stop()


def change(file: Path, **values: object) -> None:
    written = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(written | values, sort_keys=False))


async def status(pbx: RunningPbx) -> list[str]:
    """What `pbx status` says of the workers."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "status", "--json"),
        *("--config", str(pbx.places.base / "config")),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return [text for name, text in json.loads(said).items() if name.startswith("worker ")]


async def are(pbx: RunningPbx, *wanted: str) -> None:
    """Return once the workers are as wanted, the one here first."""

    async def is_so() -> bool:
        return tuple(map(str, worker_states.read(pbx.places.workers).values())) == wanted

    await helpers.until(is_so, f"the workers do not come to {wanted}")


async def hear_each_other(calls: tuple[PhoneCall, PhoneCall]) -> None:
    """Return once both have heard the other's tone from now on."""
    before = [len(call.heard) for call in calls]

    async def do_hear() -> bool:
        return all(
            tones.tone_s(tones.samples(call.heard[start:]), hz) >= HEARD_S
            for call, start, hz in zip(calls, before, (helpers.AGENT_HZ, helpers.CALLER_HZ), strict=True)
        )

    await helpers.until(do_hear, "the parties do not hear each other")


@pytest.mark.requirement("F-02")
async def test_a_conversation_on_another_machine(tmp_path: Path) -> None:
    async with (
        far_worker(tmp_path) as (machine, way),
        running(tmp_path, free_port()) as pbx,
        helpers.phones(pbx) as (caller, agent),
    ):
        await are(pbx, "local, connected, 0 legs", "remote, connected, 0 legs")
        echo = await helpers.dial(caller, ECHO)  # on this machine: now the other one has fewer legs
        calls = await helpers.connect(caller, agent)
        await hear_each_other(calls)
        here, far = "local, connected, 1 legs", "remote, connected, 2 legs"
        await are(pbx, here, far)
        assert await status(pbx) == [here, far]

        way.cut()
        await are(pbx, here, "remote, not connected, 2 legs")
        await hear_each_other(calls)
        way.mend()
        await are(pbx, here, far)
        await hear_each_other(calls)

        await machine.stop(signal.SIGKILL)
        await machine.start()
        await hear_each_other(calls)  # wherever there is room
        call, ringing = calls
        call.hang_up()
        await ringing.wait_ended(5)
        echo.hang_up()
        left = await helpers.settled(pbx, 0)
        assert [(record.cause, record.recording) for record in left.calls] == [("bye", "")] * 2
