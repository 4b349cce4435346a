"""The evidence pack: exported through the front door, judged by a Python that knows nothing of us."""

import asyncio
import json
import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pbx.call.record import ConsentRecord
from pbx.consent.effects import ConsentDecision, ConsentProof
from pbx.core.ids import CallId
from pbx.recording.io.vault_client import VaultClient
from pbx.store.consents import ConsentStore
from pbx.store.database import Database

CONSENTS = "the consents are of this call, and those of the manifest"
Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


async def judge(pack: Path, *words: str) -> tuple[int, list[str]]:
    """Run the pack's own verifier, isolated: no PYTHONPATH, another folder, no network."""
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--net", "--map-root-user", sys.executable, "-I", str(pack / "verify.py"), *words),
        cwd="/",
        env={"PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode().splitlines()


@pytest.fixture
async def pack(pbx: Pbx, recording: str, tmp_path: Path) -> Path:
    out = tmp_path / "pack"
    words = ("recordings", "export", "--evidence", recording, "--purpose", "case 12", "--out", str(out))
    said = await pbx(*words)
    assert said.code == 0
    return out


@pytest.fixture
async def consent(database: Database) -> str:
    """A consent of the call that was on record before the recording was finished."""
    decision = ConsentDecision(
        mode="optin_all",
        regions=("DE", "GB"),
        rules=("DE: optin_all",),
        rules_version="7",
        rules_sha256="0" * 64,
    )
    proof = ConsentProof(
        party="caller",
        decision=decision,
        state="granted",
        prompt="Möchten Sie\tdas? \x7f\u2028",
        prompt_sha256="a" * 64,
        language="de-DE",
        played_ms=7_420,
    )
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    record = ConsentRecord(consent="k1", call=CallId("call-1"), tenant="acme", at=at, proof=proof)
    await ConsentStore(database).save(record)
    return record.consent


@pytest.fixture
async def key(vault: VaultClient) -> str:
    public = await vault.public_key()
    assert isinstance(public, bytes)
    return public.hex()


@pytest.mark.requirement("E-12")
@pytest.mark.requirement("REC-12")
async def test_a_stranger_says_yes(pack: Path, key: str, pbx: Pbx, recording: str, tmp_path: Path) -> None:
    wav = tmp_path / "call.wav"
    await pbx("recordings", "export", recording, "--wav", "--purpose", "case", "--out", str(wav))
    code, lines = await judge(pack, "--key", key, "--wav", str(wav))
    assert (code, [line[:3] for line in lines]) == (0, ["yes"] * 8)
    assert {stat.S_IMODE(path.stat().st_mode) for path in pack.iterdir()} == {0o600}
    access = json.loads((pack / "access-log.json").read_text())
    kinds = [json.loads(line["payload"])["kind"] for line in access]
    assert kinds == ["recording.finished", "call.lost", "recording.exported"]  # nobody had written the call
    assert "import pbx" not in (pack / "verify.py").read_text()


def flip(path: Path) -> None:
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(octets)


@pytest.mark.requirement("E-12")
@pytest.mark.requirement("REC-12")
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("recording.age", {2}),
        ("manifest.json", {1, 4}),
        ("manifest.sig", {1}),
        ("entry.json", {4}),
        ("log.tlog-proof", {3, 4, 5}),
        ("access-log.json", {5}),
    ],
)
async def test_a_flipped_bit_is_a_no(pack: Path, key: str, name: str, wrong: set[int]) -> None:
    flip(pack / name)
    code, lines = await judge(pack, "--key", key)
    found = {number for number, line in enumerate(lines) if line.startswith("no ")}
    assert code == 1
    assert found & wrong


@pytest.mark.requirement("E-12")
async def test_the_key_must_come_from_elsewhere(pack: Path) -> None:
    for words in ((), ("--key", "0" * 64)):
        code, lines = await judge(pack, *words)
        assert (code, [line[:3] for line in lines]) == (1, ["no ", *["yes"] * 6])


async def test_a_pack_without_a_file_is_a_no(pack: Path, key: str) -> None:
    (pack / "consents.json").unlink()
    code, lines = await judge(pack, "--key", key)
    assert (code, lines[-1]) == (
        1,
        f"no   {CONSENTS}: it cannot be read (FileNotFoundError)",
    )


@pytest.mark.requirement("R-28")
@pytest.mark.requirement("REC-05")
async def test_the_consents_are_those_that_the_manifest_names(consent: str, pack: Path, key: str) -> None:
    assert (await judge(pack, "--key", key))[0] == 0
    (said,) = json.loads((pack / "consents.json").read_text())
    assert [one["id"] for one in json.loads((pack / "manifest.json").read_text())["consents"]] == [consent]
    for forged in ([], [{**said, "proof": {**said["proof"], "state": "declined"}}]):
        (pack / "consents.json").write_text(json.dumps(forged))
        code, lines = await judge(pack, "--key", key)
        assert (code, lines[-1]) == (
            1,
            f"no   {CONSENTS}: k1 is missing or was changed",
        )


@pytest.mark.requirement("R-28")
async def test_a_manifest_of_version_1_names_no_consents(consent: str, pack: Path, key: str) -> None:
    said = json.loads((pack / "manifest.json").read_text())
    assert said.pop("consents")[0]["id"] == consent
    (pack / "manifest.json").write_text(json.dumps({**said, "v": 1}))
    lines = (await judge(pack, "--key", key))[1]
    assert [number for number, line in enumerate(lines) if line.startswith("no ")] == [1, 4]


@pytest.mark.requirement("E-12")
async def test_the_pack_as_an_archive(pbx: Pbx, recording: str, key: str, tmp_path: Path) -> None:
    out = tmp_path / "case.zip"
    words = ("recordings", "export", "--evidence", recording, "--purpose", "case", "--out", str(out))
    assert (await pbx(*words)).code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path)
    assert (await judge(tmp_path / "case", "--key", key))[0] == 0
    said = await pbx(*words)
    assert (said.code, said.err) == (1, f"pbx: {out} exists already\n")
    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".new", ".part")] == []
    shutil.rmtree(tmp_path / "case")


async def test_a_recording_that_the_log_does_not_know(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    from sqlalchemy import text

    async with database.writing() as session:
        await session.execute(text("DROP TRIGGER audit_events_stay"))
        await session.execute(text("DELETE FROM audit_events"))
    words = (
        "recordings",
        "export",
        "--evidence",
        recording,
        "--purpose",
        "case",
        "--out",
        str(tmp_path / "p"),
    )
    said = await pbx(*words)
    assert (said.code, said.err.startswith("pbx: rec-1 is older than the log")) == (1, True)
    assert not (tmp_path / "p").exists()
