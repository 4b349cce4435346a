"""`pbx media`: the workers as they are; only a living child of the PBX that runs is told to end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pbx.config.places import Places
from tests.cli.conftest import Pbx


@pytest.fixture
def worker(places: Places) -> Iterator[subprocess.Popen[bytes]]:
    """A child of this process, which stands for the supervisor."""
    places.make()
    places.ready.write_text(str(os.getpid()))
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    places.pid("media-0").write_text(str(process.pid))
    yield process
    process.kill()
    process.wait()


async def test_a_worker_is_told(pbx: Pbx, worker: subprocess.Popen[bytes]) -> None:
    said = await pbx("media", "drain", "0", "--json")
    assert said.code == 0
    assert json.loads(said.out) == {"draining": "media-0", "pid": worker.pid}
    assert worker.wait() == -signal.SIGTERM


@pytest.mark.parametrize("number", ["-1", "64"])
async def test_a_worker_that_does_not_exist(pbx: Pbx, worker: subprocess.Popen[bytes], number: str) -> None:
    said = await pbx("media", "drain", number)
    assert said.code == 1
    assert f"there is no media worker {number}: they are 0 to " in said.err


async def test_a_pbx_that_does_not_run(pbx: Pbx, places: Places) -> None:
    said = await pbx("media", "drain", "0")
    assert (said.code, said.err) == (1, "pbx: the PBX does not run here\n")


@pytest.mark.parametrize("written", ["", "rubbish", "1"])
async def test_no_stranger_is_told_to_end(
    pbx: Pbx, worker: subprocess.Popen[bytes], places: Places, written: str
) -> None:
    places.pid("media-0").write_text(written)
    said = await pbx("media", "drain", "0")
    assert said.code == 1
    assert "media-0 is being replaced" in said.err
    assert worker.poll() is None


async def test_the_workers_are_listed(pbx: Pbx, worker: subprocess.Popen[bytes], places: Places) -> None:
    late = {
        "kind": "local",
        "connected": True,
        "legs": 412,
        "slow": False,
        "draining": False,
        "overloaded": True,
        "late_ms": 90.0,
    }
    places.workers.write_text(json.dumps({"media-0": late}))
    said = await pbx("media", "list", "--json")
    assert said.code == 0
    assert json.loads(said.out) == [{"worker": "media-0", **late}]
    shown = (await pbx("media", "list")).out.splitlines()
    assert shown[0].split() == [
        "worker",
        "kind",
        "connected",
        "legs",
        "late_ms",
        "overloaded",
        "slow",
        "draining",
    ]
    assert shown[1].split() == ["media-0", "local", "yes", "412", "90.0", "yes", "no", "no"]


async def test_nothing_is_listed_of_a_pbx_that_does_not_run(pbx: Pbx, places: Places) -> None:
    places.make()
    said = await pbx("media", "list")
    assert (said.code, said.err) == (1, "pbx: the PBX does not run here\n")
