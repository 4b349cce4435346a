"""`pbx listen` for the user who runs this, at a desk over a real vault, database and objects."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from pbx.cli.main import run
from pbx.config.places import Places
from pbx.core.io.peer import user_name
from pbx.lifecycle.io.archive import Archive, rules_of
from pbx.lifecycle.io.desk import Desk, open_desk
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.vault_client import VaultClient
from pbx.store.database import Database
from tests.cli.conftest import SOUND

pytestmark = pytest.mark.requirement("REC-11")
LOGGED = (" [warning  ] ", " [error    ] ")  # of the desk, which is in this process
ME = user_name(os.getuid())
Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def role(places: Places, written: str) -> None:
    (places.base / "config/acme/access.yaml").write_text(f"people: {{{ME}: {written}}}\n")


@pytest.fixture
async def desk(places: Places, database: Database, vault: VaultClient) -> AsyncIterator[Path]:
    """The desk of the installation, where this user is a compliance officer."""
    role(places, "{role: compliance}")
    archive = Archive(database, LocalDirectory(places.var / "objects"), vault)
    server = await open_desk(places.desk_socket, Desk(archive, lambda: rules_of(places.base / "config")))
    yield places.desk_socket
    server.close()


@pytest.fixture
def listen(desk: Path, capsys: pytest.CaptureFixture[str]) -> Pbx:
    """Return a function that runs `pbx listen`, which reads no configuration."""

    async def command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = await asyncio.to_thread(run, ["listen", *words, "--socket", str(desk)])
        said = capsys.readouterr()
        return (
            code,
            "".join(line for line in said.out.splitlines(True) if all(level not in line for level in LOGGED)),
            said.err,
        )

    return command


async def test_list_and_save(listen: Pbx, pbx: Pbx, recording: str, tmp_path: Path) -> None:
    code, out, _ = await listen("list")
    assert code == 0
    assert out.splitlines()[1].split()[:5] == [recording, "2026-01-02T03:04:05+00:00", "0:02", "acme", "call"]
    file = tmp_path / "call.wav"
    said = await listen(
        "save", recording, "--out", str(file), "--purpose", "case 12", "--from", "1", "--for", "0.5"
    )
    assert said[:2] == (0, f"{file}: {58 + 2 * 4000} octets\n")
    assert "to a third party it goes by `pbx recordings disclose`" in said[2]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes()[58::2] == (SOUND * 25)[:4000]
    (access,) = (await pbx("recordings", "accesses", recording, "--json")).json
    assert (access["actor"], access["form"], access["purpose"], access["span"]) == (
        ME,
        "wav",
        "case 12",
        "from 1 for 0.5",
    )
    code, _, err = await listen("save", recording, "--out", str(file), "--purpose", "case 12")
    assert (code, err) == (1, f"pbx: {file} exists already\n")


async def test_the_rules_of_now_count(listen: Pbx, recording: str, places: Places, tmp_path: Path) -> None:
    words = ("save", recording, "--out", str(tmp_path / "x"), "--purpose", "quality")
    role(places, "{role: admin}")
    assert await listen(*words) == (1, "", "pbx: your role hears no recordings\n")
    role(places, "{role: listener, of: [extension/1001], purposes: [quality]}")
    assert await listen(*words) == (1, "", "pbx: there is no such recording that you may hear\n")
    role(places, "{role: boss}")
    assert await listen(*words) == (1, "", "pbx: the configuration has a mistake: see `pbx check`\n")
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.new").exists()


async def test_a_damaged_recording_is_not_saved(
    listen: Pbx, recording: str, places: Places, tmp_path: Path
) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    octets = bytearray(file.read_bytes())
    octets[-1] ^= 1
    file.write_bytes(octets)
    code, _, err = await listen("save", recording, "--out", str(tmp_path / "x"), "--purpose", "case")
    assert (code, err.startswith("pbx: it cannot be given out now: ")) == (1, True)
    assert list(tmp_path.glob("x*")) == []


async def test_where_nobody_listens_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(run, ["listen", "list", "--socket", str(tmp_path / "none")]) == 1
    assert "nobody may listen here, or the PBX does not run" in capsys.readouterr().err
    words = ["listen", "play", "rec", "--socket", str(tmp_path / "none")]
    assert await asyncio.to_thread(run, words) == 2
    assert "--purpose" in capsys.readouterr().err
