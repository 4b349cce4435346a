"""`pbx recordings` and `pbx keys` over a real vault, a real journal and real objects."""

import asyncio
import json
import os
import stat
import sys
import wave
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from pbx.cli.recordings import MAX_PURPOSE
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.recording import g711
from pbx.recording.io.vault_client import VaultClient
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from tests.cli.conftest import SOUND

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


def spoil_object(places: Places) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    octets = bytearray(file.read_bytes())
    octets[-1] ^= 1
    file.write_bytes(octets)


async def test_list_and_show(pbx: Pbx, recording: str) -> None:
    row = (await pbx("recordings", "list")).out.splitlines()[1].split()
    assert row == ["rec-1", "2026-01-02", "03:04:05", "0:02", "acme", "call", "call-1"]
    shown = (await pbx("recordings", "show", recording, "--json")).json
    assert shown["manifest"]["recording"] == recording
    assert "header" not in shown


@pytest.mark.requirement("E-07")
async def test_export_of_sound_is_on_the_record(
    pbx: Pbx, recording: str, places: Places, tmp_path: Path
) -> None:
    out = tmp_path / "call.wav"
    words = ("recordings", "export", recording, "--out", str(out), "--wav", "--purpose", "complaint 12")
    said = await pbx(*words)
    told = "internal export (complaint): to a third party it goes by `pbx recordings disclose`\n"
    assert (said.code, said.err) == (0, told)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_bytes()[:4] == b"RIFF"
    line = json.loads(places.vault_audit.read_text().splitlines()[-1])
    assert (line["actor"], line["purpose"], line["recording"]) == (actor(), "complaint 12", recording)


async def test_export_of_an_age_file_is_on_the_record(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "call.age"
    words = ("recordings", "export", recording, "--out", str(out))
    for purpose in ((), ("--purpose", " "), ("--purpose", "x" * (MAX_PURPOSE + 1))):
        assert (await pbx(*words, *purpose)).code == 2
    assert not out.exists()
    longest = "case ".ljust(MAX_PURPOSE, "x")
    assert (await pbx(*words, "--purpose", longest)).code == 0
    assert out.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    facts = [fact for _, fact in await AuditStore(database).list() if fact.kind == "recording.exported"]
    (said,) = [fact.details for fact in facts]
    who = {"recording": recording, "actor": actor(), "purpose": longest, "form": "age"}
    assert said == who | {"internal": "case"}


async def test_nothing_is_taken_out_when_it_cannot_be_recorded(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    async with database.writing() as session:
        await session.execute(text("DROP TABLE audit_leaves"))
    out = tmp_path / "call.age"
    said = await pbx("recordings", "export", recording, "--out", str(out), "--purpose", "case 1")
    assert (said.code, out.exists()) == (1, False)


async def test_a_damaged_recording_leaves_no_file(
    pbx: Pbx, recording: str, places: Places, tmp_path: Path
) -> None:
    spoil_object(places)
    out = tmp_path / "call.wav"
    said = await pbx("recordings", "export", recording, "--out", str(out), "--wav", "--purpose", "quality")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert [name for name in os.listdir(tmp_path) if name.startswith("call.wav")] == []


async def test_verify_says_yes(pbx: Pbx, recording: str) -> None:
    said = await pbx("recordings", "verify", recording)
    assert (said.code, said.out, said.err) == (0, "rec-1: yes\n", "")
    said = await pbx("recordings", "verify", "--all", "--json")
    assert (said.code, said.json) == (0, [{"recording": "rec-1", "ok": True, "problems": []}])


async def test_verify_says_no_and_why(pbx: Pbx, recording: str, places: Places) -> None:
    spoil_object(places)
    said = await pbx("recordings", "verify", "--all")
    assert said.code == 1
    assert said.out.startswith("rec-1: no: the payload: ")
    assert "the object is not the one that was stored" in said.out


async def test_verify_of_a_missing_object(pbx: Pbx, recording: str, places: Places) -> None:
    for path in list((places.var / "objects").rglob("*")):
        if path.is_file():
            path.unlink()
    said = await pbx("recordings", "verify", recording)
    assert (said.code, said.out) == (1, "rec-1: no: the object is missing\n")


async def test_a_vault_without_an_audit_log_gives_no_sound(
    pbx: Pbx, recording: str, places: Places, tmp_path: Path
) -> None:
    places.vault_audit.unlink(missing_ok=True)
    places.vault_audit.mkdir()
    out = tmp_path / "call.wav"
    said = await pbx("recordings", "export", recording, "--out", str(out), "--wav", "--purpose", "quality")
    assert said.err == "pbx: the vault cannot write its audit log, so it gives no key\n"
    assert (said.code, out.exists()) == (1, False)


async def test_without_a_running_vault(pbx: Pbx, database: Database) -> None:
    said = await pbx("keys", "show")
    assert (said.code, said.out, said.err) == (1, "", "pbx: the vault does not answer\n")


async def test_keys_shows_public_halves_only(pbx: Pbx, vault: VaultClient, places: Places) -> None:
    shown = (await pbx("keys", "show", "--json")).json
    public_key = await vault.public_key()
    assert isinstance(public_key, bytes)
    assert shown["signing_key"] == public_key.hex()
    assert shown["recipients"]["acme"][0].startswith("age1")
    said = await pbx("keys", "show")
    assert shown["recipients"]["acme"][0] in said.out
    secret = (places.vault_keys / "acme.age").read_text().strip()
    assert secret not in said.out


async def test_the_exported_sound_is_what_was_said(pbx: Pbx, recording: str, tmp_path: Path) -> None:
    out = tmp_path / "call.wav"
    await pbx("recordings", "export", recording, "--out", str(out), "--wav", "--purpose", "quality")
    octets = out.read_bytes()
    # the RIFF head is 58 octets, then A-law or mu-law of two channels, interleaved
    assert octets[58:][0::2] == bytes(range(100, 140)) * 4 * 100


@pytest.mark.requirement("R-23")
async def test_a_mono_export_has_the_voices_in_one_channel_and_is_on_the_record(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    mono, both = tmp_path / "mono.wav", tmp_path / "both.wav"
    for out, form in ((mono, "--mono"), (both, "--wav")):
        words = ("recordings", "export", recording, "--out", str(out), form, "--purpose", "training")
        assert (await pbx(*words)).code == 0
    assert stat.S_IMODE(mono.stat().st_mode) == 0o600
    with wave.open(str(mono)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    values = np.array(g711.VALUES["PCMU"], np.int32)
    stereo = values[np.frombuffer(both.read_bytes()[58:], np.uint8)].reshape(-1, 2)
    assert samples.tolist() == (stereo.sum(axis=1) >> 1).tolist()
    facts = [fact.details for _, fact in await AuditStore(database).list()]
    assert [one["form"] for one in facts if "form" in one] == ["wav", "mono"]
    said = await pbx(*words[:-2], "--mono", "--purpose", "training")
    assert (said.code, "give one of --wav, --mono" in said.err) == (2, True)


async def test_verify_of_nothing(pbx: Pbx, database: Database) -> None:
    said = await pbx("recordings", "verify", "--all")
    assert (said.code, said.out) == (0, "there are no recordings\n")


@pytest.mark.requirement("R-15")
async def test_reconcile_names_what_is_alone(pbx: Pbx, recording: str, places: Places) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    file.unlink()
    answer = await pbx("recordings", "reconcile")
    assert answer.code == 1
    assert f"rows without object: 1: {recording}" in answer.out
    assert "objects without row: 0\n" in answer.out
    assert (await pbx("recordings", "reconcile", "--json")).json["rows_without_object"] == [recording]


async def test_a_recording_whose_key_is_lost_is_told_and_not_passed_over(
    pbx: Pbx, recording: str, database: Database
) -> None:
    async with database.writing() as session:
        await session.execute(text("delete from recording_keys"))
    said = await pbx("recordings", "verify", "--all")
    assert said.code == 1
    assert said.out.startswith(f"{recording}: no: its key is lost")
    said = await pbx("recordings", "reconcile")
    assert (said.code, f"recordings without key: 1: {recording}\n" in said.out) == (1, True)
    said = await pbx("recordings", "show", recording)
    assert (said.code, "the key of rec-1 is lost" in said.err) == (1, True)


@pytest.mark.requirement("R-25")
async def test_a_second_of_a_recording_is_poured_into_a_pipe_and_on_the_record(
    places: Places, recording: str, database: Database
) -> None:
    words = (sys.executable, "-m", "pbx.cli.main", "recordings", "play", recording)
    where = (
        "--config",
        str(places.base / "config"),
        "--purpose",
        "training",
        "--from",
        "0:01",
        "--for",
        "0.5",
    )
    process = await asyncio.create_subprocess_exec(*words, *where, stdout=asyncio.subprocess.PIPE)
    sound, _ = await process.communicate()
    assert (process.returncode, sound[:4], len(sound)) == (0, b"RIFF", 58 + 2 * 4000)
    assert sound[58::2] == (SOUND * 25)[:4000]
    line = json.loads(places.vault_audit.read_text().splitlines()[-1])
    assert (line["actor"], line["purpose"], line["recording"]) == (actor(), "training", recording)


async def test_playing_needs_a_purpose_and_a_time_within_the_recording(pbx: Pbx, recording: str) -> None:
    play = ("recordings", "play", recording)
    assert (await pbx(*play)).code == 2
    assert "is no time" in (await pbx(*play, "--purpose", "case 1", "--from", "1:2:3:4")).err
    assert "2.0 s long" in (await pbx(*play, "--purpose", "case 1", "--from", "2")).err
