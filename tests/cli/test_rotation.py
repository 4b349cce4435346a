"""The rotation of many headers: killed on the way it goes on, and asks no object store for anything."""

import asyncio
import os
import signal
import socket
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.cli.rotation import Rotation
from pbx.cli.site import site
from pbx.config.places import Places
from pbx.core.secret import Secret
from pbx.recording.age import Identity, parse_header, parse_identity, unwrap_header
from pbx.recording.io.vault_client import VaultClient
from pbx.store.database import Database
from pbx.store.recording_keys import RecordingKeys, all_keys
from tests.cli.conftest import Pbx
from tests.cli.many_headers import file_key_of, fill, name_of

N_MANY, N_KILLS = 100_000, 3
A_FEW = 8  # headers of a batch
PATIENCE_S = 600.0
MAX_MEMORY_KB = 200_000  # of `pbx keys rotate`: the interpreter and its libraries take 90,000
pytestmark = pytest.mark.requirement("E-08")


class Killed(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class StoreThatListens:
    """An object store in the configuration that counts who comes, and answers nobody."""

    listener: socket.socket

    def n_requests(self) -> int:
        count = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1


@pytest.fixture
def store(places: Places) -> StoreThatListens:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    listener.setblocking(False)
    config = places.base / "config" / "pbx.yaml"
    key = places.base / "key"
    key.write_text("key")
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    written = f"store: {{kind: s3, endpoint: '{endpoint}', bucket: far, access_key_file: {key}, "
    written += f"secret_key_file: {key}}}"
    config.write_text(config.read_text().replace("store: {kind: local, path: var/objects}", written, 1))
    return StoreThatListens(listener)


def identity(places: Places, name: str = "acme.age") -> Identity:
    return parse_identity(Secret((places.vault_keys / name).read_text().strip()))


def headers(places: Places) -> dict[str, bytes]:
    with closing(sqlite3.connect(site(places.base / "config").database_file)) as connection:
        return dict(connection.execute("SELECT recording, header FROM recording_keys").fetchall())


def opens(one: Identity, header: bytes, number: int) -> bool:
    opened = unwrap_header(parse_header(header), [one])
    return opened is not None and opened[0] == file_key_of(number)


async def filled(places: Places, vault: VaultClient, n_rows: int) -> Identity:
    """Return the old identity, for which every recording is sealed."""
    assert isinstance(await vault.recipients("acme"), tuple)
    old = identity(places)
    await asyncio.to_thread(fill, site(places.base / "config").database_file, n_rows, old.recipient)
    return old


async def test_who_is_killed_between_two_batches_goes_on_there(
    pbx: Pbx,
    places: Places,
    database: Database,
    vault: VaultClient,
    store: StoreThatListens,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pbx.cli.rotation.MAX_KEYS", A_FEW)
    n_rows = 2 * A_FEW + 5
    old = await filled(places, vault, n_rows)
    done: list[int] = []

    def killed(n: int) -> None:
        done.append(n)
        raise Killed

    for _ in range(2):
        rotation = Rotation(site(places.base / "config"), vault, all_keys(database), "acme")
        epochs = await rotation.begin("yearly", 0)
        with pytest.raises(Killed):
            await rotation.rewrap(epochs.epochs[0], killed)
    assert done == [A_FEW, A_FEW]
    said = await pbx("keys", "rotate", "acme", "--json")
    assert (said.code, said.json["epoch"], said.json["rewrapped"], said.json["destroyed"]) == (0, 2, 5, [1])
    new, found = identity(places, "acme@2.age"), headers(places)
    numbers = (0, A_FEW, n_rows - 1)
    assert all(opens(new, found[name_of(number)], number) for number in numbers)
    assert not any(unwrap_header(parse_header(header), [old]) for header in found.values())
    assert store.n_requests() == 0


async def rotate(places: Places) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pbx.cli.main", "keys", "rotate", "acme", "--json"),
        *("--config", str(places.base / "config")),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
    )


async def until(database: Database, process: asyncio.subprocess.Process, n_left: int) -> None:
    """Return when so few headers are left of the old epoch; the process works on."""
    give_up = time.monotonic() + PATIENCE_S
    while await RecordingKeys(database).count_before("acme", 2) > n_left:
        assert time.monotonic() < give_up
        assert not await ends(process)


async def ends(process: asyncio.subprocess.Process) -> bool:
    """Whether a process ends within a second."""
    try:
        await asyncio.wait_for(asyncio.shield(process.wait()), 1.0)
    except TimeoutError:
        return False
    return True


@pytest.mark.proof
async def test_a_hundred_thousand_headers_killed_three_times(
    places: Places, database: Database, vault: VaultClient, store: StoreThatListens
) -> None:
    old = await filled(places, vault, N_MANY)
    began = time.monotonic()
    for number in range(1, N_KILLS + 1):
        process = await rotate(places)
        await until(database, process, N_MANY - number * N_MANY // (N_KILLS + 1))
        process.send_signal(signal.SIGKILL)
        await process.wait()
    left = await RecordingKeys(database).count_before("acme", 2)
    assert 0 < left < N_MANY
    last = time.monotonic()
    process = await rotate(places)
    memory_kb = 0
    while process.returncode is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
        memory_kb = max([memory_kb, *peak])
        await ends(process)
    ended = time.monotonic()
    assert process.returncode == 0
    assert memory_kb < MAX_MEMORY_KB
    found, new = headers(places), identity(places, "acme@2.age")
    assert len(found) == N_MANY
    assert not (places.vault_keys / "acme.age").exists()
    assert not any(unwrap_header(parse_header(header), [old]) for header in found.values())
    assert all(opens(new, found[name_of(number)], number) for number in range(0, N_MANY, 997))
    assert store.n_requests() == 0
    print(  # noqa: T201
        f"\n{N_MANY} headers, killed {N_KILLS} times: {ended - began:.0f} s in all; the last {left} in "
        f"{ended - last:.1f} s; peak {memory_kb // 1000} MB; 0 requests to the store"
    )
