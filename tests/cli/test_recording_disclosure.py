"""`pbx recordings disclose` and `disclosures` over a real vault, database and directory of objects."""

import io
import json
import stat
import zipfile
from collections.abc import Callable, Coroutine
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyrage
import pytest
from sqlalchemy import text

from pbx.cli import recording_disclosure
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.core.ids import SeededIds
from pbx.recording.age import generate_identity
from pbx.recording.io.vault_client import VaultClient
from pbx.store.database import Database
from tests.cli.test_evidence import judge
from tests.damage import flipped

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest
THEIRS = generate_identity(SeededIds("police"))


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"please")
    return path


def words(recording: str, letter: Path, **other: str) -> tuple[str, ...]:
    given = {"to": "Kent Police, PC 12", "purpose": "police", "basis": "DPA 2018 Sch 2 para 2"}
    given |= {"reference": "CR/12", "document": str(letter), "approver": "the privacy officer"}
    given |= {"out": str(letter.parent / "given"), "key": str(THEIRS.recipient)}
    given |= {"asked": "2026-01-02..2026-01-02"} | other
    options = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    return ("recordings", "disclose", recording, *options)


@pytest.mark.requirement("D-12")
async def test_the_requester_and_nobody_else_opens_it(
    pbx: Pbx, recording: str, letter: Path, places: Places
) -> None:
    said = await pbx(*words(recording, letter), "--json")
    assert (said.code, said.err) == (0, "")
    out = letter.parent / "given"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    theirs = pyrage.x25519.Identity.from_str(THEIRS.text().reveal())
    assert pyrage.decrypt(out.read_bytes(), [theirs])[:4] == b"RIFF"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(out.read_bytes(), [pyrage.x25519.Identity.generate()])
    (line,) = (await pbx("recordings", "disclosures", recording, "--json")).json
    assert line == said.json
    assert (line["actor"], line["form"], line["size"]) == (actor(), "age", out.stat().st_size)
    assert line["sha256"] == sha256(out.read_bytes()).hexdigest()
    assert (line["document_sha256"], line["subject_told"]) == (sha256(b"please").hexdigest(), False)
    unwrapped = json.loads(places.vault_audit.read_text().splitlines()[-1])
    assert unwrapped["purpose"] == f"disclosure {line['disclosure']}"
    (access,) = (await pbx("recordings", "accesses", recording, "--json")).json
    assert (access["kind"], access["purpose"]) == ("recording.disclosed", "police")
    assert (await pbx("audit", "verify")).code == 0


@pytest.mark.requirement("D-12")
async def test_a_restricted_recording_is_disclosed_as_sound(pbx: Pbx, recording: str, letter: Path) -> None:
    await pbx("recordings", "restrict", recording, "--reason", "contested")
    said = await pbx(*words(recording, letter, key=""), "--plain", "--subject-told", "--json")
    assert (said.code, said.json["form"], said.json["subject_told"]) == (0, "wav", True)
    assert (letter.parent / "given").read_bytes()[:4] == b"RIFF"
    assert (await pbx(*words(recording, letter))).code == 1  # never over a file that was given


@pytest.mark.requirement("D-12")
async def test_without_a_register_nothing_leaves_the_house(
    pbx: Pbx, recording: str, letter: Path, database: Database
) -> None:
    async with database.writing() as session:
        await session.execute(text("DROP TABLE audit_leaves"))
    assert (await pbx(*words(recording, letter))).code == 1
    assert [path.name for path in letter.parent.glob("given*")] == []


@pytest.mark.requirement("D-12")
async def test_what_is_damaged_is_not_given_and_the_line_says_so(
    pbx: Pbx, recording: str, letter: Path, places: Places
) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    file.write_bytes(flipped(file.read_bytes()))
    for more in (words(recording, letter), (*words(recording, letter, key=""), "--plain")):
        assert (await pbx(*more)).code == 1
    assert [path.name for path in letter.parent.glob("given*")] == []
    lines = (await pbx("recordings", "disclosures", "--json")).json
    assert [(line["served_at"], line["sha256"]) for line in lines] == [(None, "")] * 2


@pytest.mark.requirement("D-12")
async def test_an_evidence_pack_for_one_requester_alone(
    pbx: Pbx, recording: str, letter: Path, vault: VaultClient
) -> None:
    out = letter.parent / "for-kent.zip.age"
    said = await pbx(*words(recording, letter, out=str(out)), "--evidence", "--json")
    assert (said.code, said.json["form"]) == (0, "evidence_age")
    assert said.json["sha256"] == sha256(out.read_bytes()).hexdigest()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    theirs = pyrage.x25519.Identity.from_str(THEIRS.text().reveal())
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(out.read_bytes(), [pyrage.x25519.Identity.generate()])
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(out.read_bytes(), [theirs]))) as archive:
        archive.extractall(letter.parent)
    pack, key = letter.parent / "for-kent", await vault.public_key()
    assert isinstance(key, bytes)
    wav = letter.parent / "theirs.wav"
    wav.write_bytes(pyrage.decrypt((pack / "recording.age").read_bytes(), [theirs]))
    code, lines = await judge(pack, "--key", key.hex(), "--wav", str(wav))
    assert (code, [line[:3] for line in lines]) == (0, ["yes"] * 8)
    access = json.loads((pack / "access-log.json").read_text())
    assert json.loads(access[-1]["payload"])["kind"] == "recording.disclosed"
    assert sorted(path.name for path in letter.parent.glob("for-kent*")) == ["for-kent", "for-kent.zip.age"]


@pytest.mark.requirement("D-12")
async def test_an_evidence_pack_for_who_has_no_key(
    pbx: Pbx, recording: str, letter: Path, vault: VaultClient
) -> None:
    out = letter.parent / "court.zip"
    more = words(recording, letter, out=str(out), key="", purpose="court")
    (letter.parent / "court.zip.pack").mkdir()
    assert (await pbx(*more, "--evidence", "--plain")).code == 1, "somebody else's folder is not emptied"
    (letter.parent / "court.zip.pack").rmdir()
    said = await pbx(*more, "--evidence", "--plain", "--json")
    assert (said.code, said.json["form"]) == (0, "evidence")
    with zipfile.ZipFile(out) as archive:
        archive.extractall(letter.parent)
    pack, key = letter.parent / "court", await vault.public_key()
    assert isinstance(key, bytes)
    code, _ = await judge(pack, "--key", key.hex(), "--wav", str(pack / "recording.wav"))
    assert code == 0
    served = [line["served_at"] for line in (await pbx("recordings", "disclosures", "--json")).json]
    assert [one is None for one in served] == [False, True]


async def test_forms_that_do_not_go_together(pbx: Pbx, recording: str, letter: Path) -> None:
    wrong: tuple[tuple[dict[str, str], tuple[str, ...], str], ...] = (
        ({"out": ""}, (), "give --out with the file to write, or --link"),
        ({}, ("--link",), "--link writes no file"),
        ({"key": "", "out": ""}, ("--link", "--evidence"), "--link writes no file"),
        ({"out": ""}, ("--link", "--part", "0-1"), "--link writes no file"),
        ({"purpose": "data_subject"}, ("--part", "0-1"), "the person himself gets `pbx recordings subject`"),
        ({"purpose": "data_subject"}, ("--evidence",), "the person himself gets `pbx recordings subject`"),
        ({"key": ""}, ("--evidence",), "give --key with the requester's age key, or --plain"),
    )
    for other, more, told in wrong:
        said = await pbx(*words(recording, letter, **other), *more)
        assert (said.code, told in said.err) == (2, True), said.err
    assert (await pbx("recordings", "disclosures", "--json")).json == []


async def test_what_a_disclosure_needs(
    pbx: Pbx, recording: str, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in ({"approver": actor()}, {"purpose": "curiosity"}, {"reference": ""}, {"key": "age1x"}):
        assert (await pbx(*words(recording, letter, **wrong))).code == 2
    assert (await pbx(*words(recording, letter), "--plain")).code == 2
    assert (await pbx(*words(recording, letter, key=""))).code == 2
    assert (await pbx(*words("rec-9", letter))).code == 1
    assert (await pbx(*words(recording, letter.parent / "none"))).code == 1
    monkeypatch.setattr(recording_disclosure, "MAX_DOCUMENT", 5)
    assert (await pbx(*words(recording, letter))).code == 2
    assert (await pbx("recordings", "disclosures", "--json")).json == []
    monkeypatch.setattr(recording_disclosure, "MAX_DOCUMENT", 6)
    assert (await pbx(*words(recording, letter))).code == 0


@pytest.mark.requirement("D-12")
@pytest.mark.requirement("E-12")
async def test_a_part_is_disclosed_as_evidence_and_the_register_says_which(
    pbx: Pbx, recording: str, letter: Path, vault: VaultClient
) -> None:
    public = await vault.public_key()
    assert isinstance(public, bytes)
    theirs = pyrage.x25519.Identity.from_str(THEIRS.text().reveal())
    for name, options in (("sealed", ()), ("plain", ("--plain",))):
        out = letter.parent / name
        given = words(recording, letter, out=str(out), **({"key": ""} if options else {}))
        said = await pbx(*given, *options, "--part", "0.5-1", "--subject-told", "--json")
        assert (said.code, said.err) == (0, "")
        assert (said.json["form"], said.json["span"]) == ("part", "0.000 s to 2.000 s")
        octets = out.read_bytes()
        assert said.json["sha256"] == sha256(octets).hexdigest()
        zipped = octets if options else pyrage.decrypt(octets, [theirs])
        zipfile.ZipFile(io.BytesIO(zipped)).extractall(letter.parent / f"{name}-pack")
        assert (await judge(letter.parent / f"{name}-pack" / name, "--key", public.hex()))[0] == 0
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
    second, first = (await pbx("recordings", "accesses", recording, "--json")).json[::2]
    assert {one["kind"] for one in (first, second)} == {"recording.part_given"}
    lines = (await pbx("recordings", "disclosures", "--json")).json
    assert {one["purpose"] for one in (first, second)} == {f"disclosure {one['disclosure']}" for one in lines}
    assert [path.name for path in letter.parent.glob("*.new*")] == []


async def test_a_part_that_there_is_not_is_not_in_the_register(
    pbx: Pbx, recording: str, letter: Path
) -> None:
    said = await pbx(*words(recording, letter), "--part", "1-3")
    assert (said.code, said.err) == (1, "pbx: rec-1 is 2.000 s long: it has no part from 1 to 3\n")
    for wrong in ("2-1", "1", "-", "1-2-3", "soon-"):
        assert (await pbx(*words(recording, letter), f"--part={wrong}")).code == 2
    assert (await pbx("recordings", "disclosures", "--json")).json == []


@pytest.mark.requirement("D-13")
@pytest.mark.parametrize(
    ("other", "code", "said"),
    [
        ({"asked": "2026-01-03..2026-01-31"}, 1, "is outside of what is granted, 2026-01-03..2026-01-31"),
        ({"asked": "2026-01-01..2026-01-31", "granted": "2026-01-01..2026-01-01"}, 1, "is outside of what"),
        ({"asked-number": "07700 900555"}, 1, "of +447700900555: it is not given"),
        ({"granted": "2026-01-01..2026-01-02"}, 2, "no more than 2026-01-02..2026-01-02 is asked for"),
        ({"asked": "last week"}, 2, "--asked: 'last week' is no period"),
        ({"asked-number": "12"}, 2, "neither an extension nor a number"),
    ],
)
async def test_nothing_beyond_the_scope_is_given(
    pbx: Pbx, recording: str, letter: Path, other: dict[str, str], code: int, said: str
) -> None:
    answer = await pbx(*words(recording, letter, **other))
    assert (answer.code, answer.out) == (code, "") and said in answer.err
    assert not (letter.parent / "given").exists()
    assert (await pbx("recordings", "disclosures", recording, "--json")).json == []


@pytest.mark.requirement("D-13")
async def test_the_register_has_what_was_asked_and_what_was_granted(
    pbx: Pbx, recording: str, letter: Path
) -> None:
    scope = {"asked": "2026-01-01..2026-01-31", "granted": "2026-01-02T03:04..2026-01-02T03:05"}
    assert (await pbx(*words(recording, letter, **scope))).code == 0
    (line,) = (await pbx("recordings", "disclosures", recording, "--json")).json
    assert (line["scope_asked"], line["scope_granted"]) == tuple(scope.values())
