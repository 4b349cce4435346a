"""A part of a recording as evidence: exported by the command, judged by a stranger, forged in vain."""

import io
import json
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pbx.config.places import Places
from pbx.recording.age import CHUNK
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.offline_verifier import main
from pbx.store.database import Database
from tests.cli.conftest import Pbx, finished
from tests.cli.test_evidence import flip, judge

CHUNKS, SAMPLES, COPY, GIVEN = 2, 3, 4, 5  # places of the checks
HEAD = 58  # octets before the first sample, two of which are in each 1/8000 s


def frames(seconds: int, start: int) -> Sequence[bytes]:
    """Frames of 20 ms of which no two are alike."""
    return [(start + n).to_bytes(4, "big") * 40 for n in range(seconds * 50)]


@pytest.fixture
async def long(places: Places, database: Database, vault: VaultClient) -> str:
    """A recording of 30 seconds: seven chunks and a bit."""
    return await finished(places, database, vault, "rec-30", frames(30, 0x20304050))


@pytest.fixture
async def key(vault: VaultClient) -> str:
    public = await vault.public_key()
    assert isinstance(public, bytes)
    return public.hex()


def words(recording: str, out: Path, start: str, end: str, why: str = "case 12") -> tuple[str, ...]:
    given = ("recordings", "export", recording, "--evidence", "--purpose", why, "--out", str(out))
    return (*given, *(("--from", start) if start else ()), *(("--to", end) if end else ()))


async def sound_of(pbx: Pbx, recording: str, out: Path) -> bytes:
    said = await pbx("recordings", "export", recording, "--wav", "--purpose", "case", "--out", str(out))
    assert said.code == 0
    return out.read_bytes()


def wrong(lines: list[str]) -> set[int]:
    return {number for number, line in enumerate(lines) if not line.startswith("yes")}


@pytest.mark.requirement("E-12")
async def test_a_stranger_says_yes_to_a_part(pbx: Pbx, long: str, key: str, tmp_path: Path) -> None:
    whole = await sound_of(pbx, long, tmp_path / "whole.wav")
    out = tmp_path / "part"
    said = await pbx(*words(long, out, "0:10", "14.5"))
    assert (said.code, said.err.startswith("internal export (case): to a third party it")) == (0, True)
    # 10 s begin 160,058 octets into the file, in chunk 2; 14.5 s end in chunk 3
    first, last = (2 * CHUNK - HEAD) // 2, (4 * CHUNK - HEAD) // 2
    seconds = f"{first / 8:.0f}"
    assert f"{seconds[:-3]}.{seconds[-3:]} s to 16.381 s" in said.out and "chunks 2-3" in said.out
    assert (out / "part.chunks").read_bytes() == whole[2 * CHUNK : 4 * CHUNK]
    part = json.loads((out / "part.json").read_text())
    assert (part["told"], part["copied"], part["rate"]) == ([first, last], [first, last], 8000)
    copy, rate = soundfile.read(io.BytesIO((out / "part.wav").read_bytes()), dtype="int16")
    heard, _ = soundfile.read(io.BytesIO(whole), dtype="int16")
    assert rate == 8000 and (copy == heard[first:last]).all()
    code, lines = await judge(out, "--key", key)
    assert (code, wrong(lines), len(lines)) == (0, set(), 10)
    assert not (out / "recording.age").exists()


@pytest.mark.requirement("E-12")
async def test_nothing_of_the_other_chunks_is_in_the_pack(
    pbx: Pbx, long: str, key: str, tmp_path: Path
) -> None:
    whole = await sound_of(pbx, long, tmp_path / "whole.wav")
    assert (await pbx(*words(long, tmp_path / "part", "10", "14.5"))).code == 0
    octets = b"".join(path.read_bytes() for path in sorted((tmp_path / "part").iterdir()))
    told = range(2 * CHUNK, 4 * CHUNK)
    for at in range(HEAD, len(whole) - 320, 320):  # each frame has a content of its own
        is_inside = at >= told.start and at + 320 <= told.stop
        assert (whole[at : at + 320] in octets) == is_inside, at


@pytest.mark.requirement("D-09")
async def test_the_record_names_what_was_wanted_and_what_was_given(
    pbx: Pbx, long: str, tmp_path: Path
) -> None:
    out = tmp_path / "case.zip"
    assert (await pbx(*words(long, out, "10", "14.5"))).code == 0
    given, asked = (await pbx("recordings", "accesses", long, "--json")).json
    assert (asked["kind"], asked["form"], asked["span"]) == (
        "recording.exported",
        "evidence",
        "from 10 to 14.5",
    )
    assert (given["kind"], given["purpose"]) == ("recording.part_given", "case 12")
    assert (given["chunks"], given["span"]) == ("2-3", "8.188 s to 16.381 s")
    shutil.unpack_archive(out, tmp_path)
    assert given["sha256"] == sha256((tmp_path / "case" / "part.chunks").read_bytes()).hexdigest()
    assert (await pbx("audit", "verify")).code == 0


@pytest.mark.requirement("D-12")
async def test_a_part_leaves_for_a_purpose_of_the_house_only(pbx: Pbx, long: str, tmp_path: Path) -> None:
    said = await pbx(*words(long, tmp_path / "part", "10", "14.5", why="for the police"))
    assert (said.code, said.out, "`pbx recordings disclose`" in said.err) == (1, "", True)
    assert [path.name for path in tmp_path.glob("part*")] == []
    (tried,) = (await pbx("recordings", "accesses", long, "--json")).json
    assert (tried["kind"], tried["span"]) == ("recording.refused", "from 10 to 14.5")
    assert (await pbx(*words(long, tmp_path / "part", "10", "14.5"))).code == 0
    assert (await pbx("recordings", "accesses", long, "--json")).json[1]["internal"] == "case"


@pytest.mark.requirement("E-12")
async def test_the_ends_of_a_recording(
    pbx: Pbx, long: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = await sound_of(pbx, long, tmp_path / "whole.wav")
    for start, end, first, last in (
        ("", "1", 0, 1),
        ("28", "", 6, 8),
        ("0", "30", 0, 8),
        ("7", "7.001", 1, 2),
    ):
        out = tmp_path / f"part{start}-{end}"
        assert (await pbx(*words(long, out, start, end))).code == 0
        assert (out / "part.chunks").read_bytes() == whole[first * CHUNK : last * CHUNK]
        assert main([str(out), "--key", key]) == 0
        assert wrong(capsys.readouterr().out.splitlines()) == set()


ERRORS = [
    ("10", "10", 2, "--from 10 is not before --to 10"),
    ("12", "0:11", 2, "--from 12 is not before --to 0:11"),
    ("", "0", 2, "--from 0 is not before --to 0"),
    ("soon", "11", 2, "'soon' is no time: write seconds, m:ss or h:mm:ss"),
    ("29", "30.001", 1, "rec-30 is 30.000 s long: it has no part from 29 to 30.001"),
    ("30", "", 1, "rec-30 is 30.000 s long: it has no part from 30 to its end"),
]


async def test_a_part_that_there_is_not(pbx: Pbx, long: str, tmp_path: Path) -> None:
    for start, end, code, err in ERRORS:
        said = await pbx(*words(long, tmp_path / "part", start, end))
        assert (said.code, said.err.splitlines()[0]) == (code, f"pbx: {err}")
    assert not (tmp_path / "part").exists()
    assert (await pbx("recordings", "accesses", long, "--json")).json == []


async def test_a_part_is_only_for_evidence_and_a_restricted_recording_has_none(
    pbx: Pbx, long: str, tmp_path: Path
) -> None:
    given = list(words(long, tmp_path / "part", "1", "2"))
    given.remove("--evidence")
    assert (await pbx(*given)).code == 2
    await pbx("recordings", "restrict", long, "--reason", "contested")
    assert (await pbx(*words(long, tmp_path / "part", "1", "2"))).code == 1
    assert list(tmp_path.glob("part*")) == []


async def test_a_damaged_recording_gives_no_part(pbx: Pbx, long: str, places: Places, tmp_path: Path) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.stat().st_size > 400_000)
    flip(file)
    said = await pbx(*words(long, tmp_path / "part", "1", "2"))
    assert (said.code, len(said.err.splitlines())) == (1, 1)
    assert list(tmp_path.glob("part*")) == []


def changed(pack: Path, **fields: Any) -> None:
    said = json.loads((pack / "part.json").read_text())
    (pack / "part.json").write_text(json.dumps(said | fields))


@pytest.mark.requirement("E-12")
async def test_whatever_is_forged_is_found(
    pbx: Pbx,
    long: str,
    key: str,
    places: Places,
    database: Database,
    vault: VaultClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A bit, the order of chunks, their index, the seconds, the copy, the proofs of another recording."""
    other = await finished(places, database, vault, "rec-31", frames(30, 0x60708090))
    assert (await pbx(*words(long, tmp_path / "good", "10", "14.5"))).code == 0
    assert (await pbx(*words(other, tmp_path / "other", "10", "14.5"))).code == 0
    pack, octets = tmp_path / "pack", (tmp_path / "good" / "part.chunks").read_bytes()
    part = json.loads((tmp_path / "good" / "part.json").read_text())
    foreign = json.loads((tmp_path / "other" / "part.json").read_text())

    def found() -> set[int]:
        assert main([str(pack), "--key", key]) == 1
        lines = capsys.readouterr().out.splitlines()
        shutil.rmtree(pack)
        shutil.copytree(tmp_path / "good", pack)
        return wrong(lines)

    shutil.copytree(tmp_path / "good", pack)
    flip(pack / "part.chunks")
    assert found() >= {CHUNKS, COPY, GIVEN}
    (pack / "part.chunks").write_bytes(octets[CHUNK:] + octets[:CHUNK])
    assert found() >= {CHUNKS, COPY, GIVEN}
    (pack / "part.chunks").write_bytes(octets[:-1])
    assert found() >= {CHUNKS, GIVEN}
    changed(pack, chunk=3)
    assert found() >= {CHUNKS, SAMPLES, GIVEN}
    changed(pack, chunk=-2)
    assert found() >= {CHUNKS, GIVEN}
    changed(pack, paths=part["paths"][::-1])
    assert found() == {CHUNKS}
    changed(pack, paths=foreign["paths"])
    assert found() == {CHUNKS}
    changed(pack, told=[part["told"][0] + 1, part["told"][1]])
    assert found() == {SAMPLES}
    flip(pack / "part.wav")
    assert found() == {COPY}
    for name in ("part.chunks", "part.json", "part.wav"):
        shutil.copy(tmp_path / "other" / name, pack / name)
    assert found() == {CHUNKS, SAMPLES, GIVEN}
    (pack / "part.json").unlink()
    assert found() == {2}  # then the whole has to be there
    changed(pack, paths=[])
    assert found() >= {CHUNKS}
