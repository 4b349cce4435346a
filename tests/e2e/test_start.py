"""A PBX that cannot start says why, at once, and ends."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pbx.config.places import Places
from tests.e2e.running import free_port, prepare, stop

SERVES_S = 60.0
SOON_S = 15.0  # half of what the supervisor allows a child


@contextmanager
def taken(kind: socket.SocketKind) -> Iterator[int]:
    """A port that another program uses."""
    with socket.socket(type=kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        yield int(other.getsockname()[1])


async def start(base: Path, port: int) -> asyncio.subprocess.Process:
    """Start `pbx run` on `port`."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "run", "--config", str(prepare(base))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PBX_SIP_PORT": str(port)},
        start_new_session=True,
    )


async def refused(base: Path, port: int) -> str:
    """Return what `pbx run` says on `port` before it ends with 1."""
    process = await start(base, port)
    try:
        said, _ = await asyncio.wait_for(process.communicate(), SOON_S)
    finally:
        await stop(process)
    assert process.returncode == 1
    return said.decode()


@pytest.mark.requirement("F-11")
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
async def test_a_taken_port_is_one_line(tmp_path: Path, kind: socket.SocketKind) -> None:
    with taken(kind) as port:
        said = await refused(tmp_path, port)
    assert said == (
        f"pbx: signalling: cannot start: cannot take calls on 127.0.0.1:{port}: "
        "another program has taken this address and port "
        "(change sip.host or sip.port of pbx.yaml, or set PBX_SIP_PORT)\n"
    )
    assert "Traceback" not in (Places(tmp_path).logs / "signalling.log").read_text()


def all_but_the_vault_are_forks(places: Places) -> None:
    """Each with its own name; what forks them has one thread, and neither the vault's memory nor its keys."""
    assert len(os.listdir(f"/proc/{places.pid('nursery').read_text()}/task")) == 1
    for name in ("nursery", "media-0", "finaliser", "signalling"):
        assert Path("/proc", places.pid(name).read_text(), "comm").read_text() == f"{name}\n"
    words = Path("/proc", places.pid("vault").read_text(), "cmdline").read_bytes().split(b"\0")
    assert b"pbx.recording.io.vault" in words


async def test_only_the_configured_transports_are_opened_and_named(tmp_path: Path) -> None:
    machine, port = prepare(tmp_path) / "pbx.yaml", free_port()
    machine.write_text(machine.read_text().replace("transports: [udp, tcp]", "transports: [tcp]"))
    trunks = tmp_path / "config" / "acme" / "trunks.yaml"
    trunks.write_text(trunks.read_text().replace("port: 5070}", "port: 5070, transport: tcp}"))
    process = await start(tmp_path, port)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), SERVES_S)
        assert line.decode() == f"The PBX takes calls on 127.0.0.1:{port} (TCP).\n"
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", port))
            tcp.connect(("127.0.0.1", port))
        all_but_the_vault_are_forks(Places(tmp_path))
    finally:
        await stop(process)
