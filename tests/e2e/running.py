"""A whole PBX in a folder of its own: the real processes, started and stopped by the test."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from pbx.config.load import load
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.address import Remote
from pbx.core.secret import Secret
from tests.ports import free_port as free_port

CONFIG = Path(__file__).parents[2] / "config"
NO_TOLLS = (
    "{concurrent: 0, calls_per_minute: 0, minutes_per_hour: 0, minutes_per_day: 0, spend_per_hour: 0, "
    "spend_per_day: 0}"
)
NO_CROWDS = (
    "{calls_per_minute: 0, calls_per_minute_of_caller: 0, calls_per_minute_of_range: 0, "
    "calls_per_minute_to_range: 0, short_calls: {calls: 0}}"
)
BUSY = (
    f"limits: {NO_TOLLS}\ntenant: {NO_TOLLS}\nrefusals: {{attempts: 1000, within: 10 min}}\n"
    f"inbound: {NO_CROWDS}\n"
)
START_S = 60.0
STOP_S = 30.0


TEMPORARY = "tmp"  # below `base`: what the PBX leaves in the folder of temporary files is found too


@dataclass(frozen=True, slots=True)
class RunningPbx:
    """What a test needs of a running PBX."""

    places: Places
    config: Configuration
    process: asyncio.subprocess.Process
    port: int

    @property
    def server(self) -> Remote:
        """Where phones send SIP."""
        return Remote("udp", "127.0.0.1", self.port)

    def secret(self, extension: str) -> Secret[str]:
        """The device secret of `acme/<extension>`."""
        return Secret(str(yaml.safe_load(self.places.secrets.read_text())[f"acme/{extension}"]))


def prepare(base: Path, *, tolls: str = BUSY) -> Path:
    """Copy the sample configuration below `base`; tests may edit the copy.

    `tolls` is its fraud.yaml, "" = the sample's: tests call out more often than a person does, at any hour.
    """
    target = base / "config"
    if not target.exists():
        shutil.copytree(CONFIG, target)
        if tolls:
            (target / "acme" / "fraud.yaml").write_text(tolls)
    return target


def plain_audio(config: Path, extension: int) -> None:
    """Let a telephone that comes by WebSocket be called without DTLS, which only a browser insists on."""
    set_audio(config, extension, srtp="off")


def set_audio(config: Path, extension: int, **media: str | bool | list[str]) -> None:
    """Write the `media` of an extension, which need not be one of the sample."""
    file = config / "acme" / "extensions.yaml"
    written = yaml.safe_load(file.read_text())
    written["extensions"].setdefault(extension, {"name": f"Telephone {extension}"})["media"] = media
    file.write_text(yaml.safe_dump(written, sort_keys=False))


@asynccontextmanager
async def running(base: Path, port: int) -> AsyncIterator[RunningPbx]:
    """Run `pbx run` on `port` with its `var` below `base`."""
    directory = prepare(base)
    (base / TEMPORARY).mkdir(exist_ok=True)
    environ = {**os.environ, "PBX_SIP_PORT": str(port), "TMPDIR": str(base / TEMPORARY)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "run", "--config", str(directory)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ,
        start_new_session=True,
    )
    try:
        await asyncio.wait_for(_wait_serving(process), START_S)
        yield RunningPbx(Places(base), load(directory, environ), process, port)
    finally:
        await stop(process)


async def stop(process: asyncio.subprocess.Process) -> None:
    """End the PBX politely; kill its group when it does not obey."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _wait_serving(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    said = b""
    while line := await process.stdout.readline():
        said += line
        if b"takes calls" in line:
            return
    raise AssertionError(f"the PBX did not start: {said.decode(errors='replace')}")
