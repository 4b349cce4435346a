"""A machine with a media worker, for the tests of workers that signalling reaches over a network."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pbx.core.io.tls_channel import TlsFiles
from tests.authority import Authority
from tests.integration.media_parties import PATIENCE_S
from tests.ports import free_port as free_port

NAME, OURS = "media.example.com", "pbx.example.com"
RTP_HOST = "127.0.0.2"


def files(authority: Authority, name: str, **more: str) -> TlsFiles:
    pair = authority.issue(name.partition(".")[0], dns=(name,))
    return TlsFiles(certificate=pair.chain, key=pair.key, ca=authority.file)


class Machine:
    """The machine of the worker, and what signalling needs to reach it."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.authority = Authority(folder)
        self.theirs, self.ours = files(self.authority, NAME), files(self.authority, OURS)
        self.port, self._more = free_port(), more
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pbx.media.io.worker", "--listen", f"127.0.0.1:{self.port}"),
            *("--tls-certificate", str(self.theirs.certificate), "--tls-key", str(self.theirs.key)),
            *("--tls-ca", str(self.theirs.ca), "--tls-names", OURS),
            *("--host", RTP_HOST, "--ports", "13000-13399", *self._more),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        await until(self._listens)

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    async def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
