"""`pbx media drain`: only a living child of the PBX that runs is told to end."""

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
