"""`pbx recordings export --opus | show | verify | remake`: the small copy of a recording."""

import io
import json
import stat
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import soundfile
from sqlalchemy import text

from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.recording.playback_copy import PlaybackCopy
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.playback_copies import SqlCopyLedger
from tests.cli.test_recording_play import at_a_terminal, program

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest


async def copy_of(database: Database, recording: str) -> PlaybackCopy:
    found = await SqlCopyLedger(database).get(recording)
    assert found is not None
    return found


def unwraps(places: Places) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in places.vault_audit.read_text().splitlines()]
    return [(line["actor"], line["purpose"]) for line in lines if line["kind"] == "recording.unwrapped"]


@pytest.mark.requirement("D-09")
async def test_the_copy_is_made_when_it_is_wanted_and_the_access_is_on_record(
    pbx: Pbx, recording: str, places: Places, database: Database, tmp_path: Path
) -> None:
    shown = (await pbx("recordings", "show", recording, "--json")).json
    assert shown["playback_copy"] is None
    out = tmp_path / "call.opus"
    words = ("recordings", "export", recording, "--opus", "--out", str(out))
    assert (await pbx(*words)).code == 2, "without a purpose"
    said = await pbx(*words, "--purpose", "complaint 12")
    assert said.code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    sound, rate = soundfile.read(io.BytesIO(out.read_bytes()))
    assert (sound.shape, rate) == ((16_000, 2), 8000)
    # the journal's, then the master's to make the copy of, then the copy's own
    assert unwraps(places)[-2:] == [(actor(), "playback copy"), (actor(), "complaint 12")]
    facts = [fact for _, fact in await AuditStore(database).list() if fact.kind == "recording.exported"]
    assert [fact.details["form"] for fact in facts] == ["opus"]
    copy = await copy_of(database, recording)
    shown = (await pbx("recordings", "show", recording, "--json")).json
    assert shown["playback_copy"]["size"] == copy.size
    assert "header" not in shown["playback_copy"]
    assert (await pbx(*words, "--purpose", "case 2")).code == 0
    assert await copy_of(database, recording) == copy, "it is made once"


async def test_a_restricted_recording_gives_no_copy(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    assert (await pbx("recordings", "restrict", recording, "--reason", "objection")).code == 0
    out = tmp_path / "call.opus"
    said = await pbx("recordings", "export", recording, "--opus", "--purpose", "case 1", "--out", str(out))
    assert (said.code, out.exists()) == (1, False)
    assert (await pbx("recordings", "remake", recording)).code == 1
    assert await SqlCopyLedger(database).get(recording) is None


async def test_a_damaged_copy_is_found_and_made_anew(
    pbx: Pbx, recording: str, places: Places, database: Database, tmp_path: Path
) -> None:
    assert (await pbx("recordings", "remake", recording)).code == 0
    copy = await copy_of(database, recording)
    file = places.var / "objects" / copy.object_key
    octets = bytearray(file.read_bytes())
    octets[-1] ^= 1
    file.write_bytes(octets)
    said = await pbx("recordings", "verify", recording)
    assert said.code == 1 and "the playback copy: " in said.out
    out = tmp_path / "call.opus"
    words = ("recordings", "export", recording, "--opus", "--purpose", "case 1", "--out", str(out))
    assert ((await pbx(*words)).code, out.exists()) == (1, False)
    made = (await pbx("recordings", "remake", recording, "--json")).json
    assert made["recording"] == recording and made["object_key"] != copy.object_key
    assert not file.exists()
    assert (await pbx("recordings", "verify", recording)).code == 0
    assert (await pbx(*words)).code == 0


@pytest.mark.requirement("E-08")
async def test_a_rotation_wraps_the_key_of_the_copy_too(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    assert (await pbx("recordings", "remake", recording)).code == 0
    before = await copy_of(database, recording)
    rotated = (await pbx("keys", "rotate", "acme", "--json")).json
    assert (rotated["rewrapped"], rotated["refused"], rotated["finished"]) == (2, [], True)
    after = await copy_of(database, recording)
    assert after.header != before.header and after.object_key == before.object_key
    assert (await pbx("recordings", "verify", recording)).code == 0, "the old identity is destroyed by now"
    async with database.reading() as session:
        assert (await session.execute(text("SELECT epoch FROM playback_keys"))).scalar() == 2


async def test_where_there_is_to_be_no_copy(pbx: Pbx, recording: str, places: Places, tmp_path: Path) -> None:
    file = places.base / "config" / "pbx.yaml"
    file.write_text(file.read_text().replace("recording:\n", "recording:\n  playback_copy: false\n"))
    out = tmp_path / "call.opus"
    said = await pbx("recordings", "export", recording, "--opus", "--purpose", "case 1", "--out", str(out))
    assert (said.code, out.exists()) == (1, False)
    assert "recording.playback_copy: false" in said.err


async def test_a_player_gets_the_copy_and_who_heard_it_is_on_record(
    pbx: Pbx, recording: str, database: Database, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    program(programs / "aplay", "exit 1")  # it cannot read Ogg, and is not asked
    program(programs / "ffplay", f"exec /bin/cat > {tmp_path}/heard")
    words = ("recordings", "play", recording, "--opus", "--purpose", "training")
    assert (await pbx(*words, "--from", "1")).code == 2
    with at_a_terminal(programs):
        assert (await pbx(*words)).code == 0
    sound, _ = soundfile.read(io.BytesIO((tmp_path / "heard").read_bytes()))
    assert sound.shape == (16_000, 2)
    (fact,) = [fact for _, fact in await AuditStore(database).list() if fact.kind == "recording.exported"]
    assert (fact.details["form"], fact.details["span"]) == ("play", "the playback copy")


@pytest.mark.parametrize("flags", [("--wav", "--opus"), ("--opus", "--evidence")])
async def test_one_form_at_a_time(pbx: Pbx, flags: tuple[str, ...]) -> None:
    said = await pbx("recordings", "export", "rec-1", "--purpose", "case 1", "--out", "x", *flags)
    assert said.code == 2 and "give one of --wav, --mono, --opus, --evidence" in said.err
