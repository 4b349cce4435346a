"""`pbx recordings subject`: the person's own voice and not one sample of another, registered before."""

import asyncio
import json
import stat
import zipfile
from collections.abc import Callable, Coroutine
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pbx.call.record import CallRecord, LegRecord
from pbx.cli import recording_subject
from pbx.cli.vault import actor
from pbx.config.places import Places
from pbx.core.ids import CallId, LegId, RecordingId, SeededIds
from pbx.media.effects import StartRecording
from pbx.recording import wav
from pbx.recording.io import journal_writer
from pbx.recording.io.finaliser import Finaliser
from pbx.recording.io.journal_writer import JournalWriter
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.vault_client import VaultClient
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from pbx.store.recordings import SqlRecordingLedger
from tests.cli.test_records import AT, consent_record
from tests.damage import flipped

Pbx = Callable[..., Coroutine[Any, Any, Any]]  # gives the `Answer` of conftest
CALLER, CALLEE, STRANGER = "+447700900123", "+447700900456", "+447700900789"
TONES = {0: 0x10, 1: 0x2B}  # a sample that only the caller's channel has, and one of the callee's
SILENCE = 0xFF
FRAME, N_FRAMES, BRIDGED = 160, 200, 50  # four seconds; the callee is there after the first
HEAD = len(wav.header("PCMU", N_FRAMES * FRAME))


def leg(name: str, role: str, number: str) -> LegRecord:
    return LegRecord(
        leg=LegId(name), role=role, party="trunk/carrier", number=number, offered_at=AT, answered_at=AT
    )


RECORD = CallRecord(
    call=CallId("call-1"),
    tenant="acme",
    direction="inbound",
    called="01632960100",
    caller_number=CALLER,
    offered_at=AT,
    recording="rec-1",
    recording_state="recorded",
    verification="V2",
    legs=(leg("leg-1", "caller", CALLER), leg("leg-2", "callee", CALLEE)),
)


class Archive:
    """What lies at a path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}

    @property
    def index(self) -> Any:
        return json.loads(self.files["index.json"])

    def sound(self, recording: str) -> tuple[bytes, bytes]:
        """The samples of both channels."""
        octets = self.files[f"recordings/{recording}.wav"]
        return octets[HEAD::2], octets[HEAD + 1 :: 2]


async def record(places: Places, database: Database, vault: VaultClient, name: str, call: str) -> None:
    """Finish a recording in which each channel has one tone and nothing else."""
    recipients = await vault.recipients("acme")
    assert isinstance(recipients, tuple)
    order = StartRecording(
        recording=RecordingId(name),
        leg=LegId("leg-1"),
        tenant="acme",
        call=CallId(call),
        kind="call",
        recipients=recipients,
        started_at=AT.isoformat(),
    )
    writer = JournalWriter.create(places.spool, order, on_failure=pytest.fail)
    for i in range(N_FRAMES):
        at = writer.origin_ns + i * 20_000_000
        if i == BRIDGED:
            writer.note("bridge", {"leg": "leg-1", "peer": "leg-2"}, at)
        for stream, tone in TONES.items():
            if stream == 0 or i >= BRIDGED:
                head = bytes((0x80, 0)) + i.to_bytes(2, "big") + (FRAME * i).to_bytes(4, "big") + bytes(4)
                writer.packet(stream, at, head + bytes([tone]) * FRAME)
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    store = LocalDirectory(places.var / "objects")
    ids = SeededIds(name)
    assert await Finaliser(places.spool, vault, store, SqlRecordingLedger(database), ids=ids).scan(0.0) == 1


@pytest.fixture
def calls(places: Places, database: Database) -> CallStore:
    return CallStore(database, StoreKeys.load_or_create(places.store_keys))


@pytest.fixture
async def talk(places: Places, database: Database, vault: VaultClient, calls: CallStore) -> str:
    """One call of two people, recorded, with a consent of each."""
    await calls.save(RECORD)
    consents = ConsentStore(database)
    told = consent_record()
    await consents.save(told)
    await consents.save(replace(told, consent="con-2", proof=replace(told.proof, party="other")))
    await record(places, database, vault, "rec-1", "call-1")
    return "rec-1"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"please")
    return path


def words(letter: Path, *which: str, **other: str) -> tuple[str, ...]:
    given = {"reference": "SAR/7", "request": str(letter), "approver": "the privacy officer"}
    given |= {"out": str(letter.parent / "given.zip")} | other
    options = [word for name, value in given.items() if value for word in (f"--{name}", value)]
    return ("recordings", "subject", *which, *options)


def left_over(letter: Path) -> list[str]:
    return [path.name for path in letter.parent.glob("given*")]


@pytest.mark.requirement("D-03")
async def test_not_one_sample_of_the_other_party(pbx: Pbx, talk: str, letter: Path) -> None:
    said = await pbx(*words(letter, number=CALLER), "--json")
    assert (said.code, said.err) == (0, "")
    found = Archive(letter.parent / "given.zip")
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600
    assert said.json["sha256"] == sha256(found.path.read_bytes()).hexdigest()
    first, second = found.sound(talk)
    assert first == bytes([TONES[0]]) * N_FRAMES * FRAME
    assert second == bytes([SILENCE]) * N_FRAMES * FRAME
    assert left_over(letter) == ["given.zip"]
    others = json.loads(found.files["records.json"])
    assert ([one["call"] for one in others["calls"]], found.index["records"]) == (["call-1"], "records.json")
    assert CALLEE not in found.files["records.json"].decode()


@pytest.mark.requirement("D-03")
@pytest.mark.parametrize("which", [("rec-1", "--channel", "callee"), ("--number", "07700 900456")])
async def test_the_other_one_gets_the_other_channel(
    pbx: Pbx, talk: str, letter: Path, which: tuple[str, ...]
) -> None:
    assert (await pbx(*words(letter, *which))).code == 0
    found = Archive(letter.parent / "given.zip")
    first, second = found.sound(talk)
    assert first == bytes([SILENCE]) * N_FRAMES * FRAME
    silent, spoken = BRIDGED * FRAME, (N_FRAMES - BRIDGED) * FRAME
    assert second == bytes([SILENCE]) * silent + bytes([TONES[1]]) * spoken
    everything = b"".join(found.files.values()).decode("latin-1")
    assert CALLER.lstrip("+") not in everything
    assert "con-1" not in everything


@pytest.mark.requirement("D-02")
async def test_the_index_has_what_is_his_and_the_register_a_line(
    pbx: Pbx, talk: str, letter: Path, places: Places
) -> None:
    await pbx(*words(letter, number=CALLER))
    found = Archive(letter.parent / "given.zip")
    (given,) = found.index["given"]
    assert (given["role"], given["verification"], given["duration_s"]) == ("caller", "V2", 4.0)
    assert [one["consent"] for one in given["consents"]] == ["con-1"]
    assert (given["gaps"], given["withheld"], bool(given["kept_until"])) == ([], [], True)
    wav_hash = sha256(found.files[given["file"]]).hexdigest()
    assert given["sha256"] == wav_hash
    assert b"recordings/rec-1.wav" in found.files["README.txt"]
    (line,) = (await pbx("recordings", "disclosures", talk, "--json")).json
    assert (line["form"], line["purpose"], line["sha256"]) == ("subject", "data_subject", wav_hash)
    assert (line["actor"], line["document_sha256"]) == (actor(), sha256(b"please").hexdigest())
    unwrapped = json.loads(places.vault_audit.read_text().splitlines()[-1])
    assert unwrapped["purpose"] == f"disclosure {line['disclosure']}"
    (access,) = (await pbx("recordings", "accesses", talk, "--json")).json
    assert (access["kind"], access["purpose"]) == ("recording.disclosed", "data_subject")
    assert (await pbx("audit", "verify")).code == 0


@pytest.mark.requirement("D-02")
async def test_every_call_of_the_number_and_nothing_of_others(
    pbx: Pbx,
    talk: str,
    letter: Path,
    calls: CallStore,
    places: Places,
    database: Database,
    vault: VaultClient,
) -> None:
    legs = (leg("leg-1", "caller", STRANGER), leg("leg-2", "callee", CALLER))
    await calls.save(replace(RECORD, call=CallId("call-2"), recording="rec-2", legs=legs))
    strangers = (leg("leg-1", "caller", STRANGER), leg("leg-2", "callee", CALLEE))
    await calls.save(replace(RECORD, call=CallId("call-3"), recording="rec-3", legs=strangers))
    gone = replace(RECORD, call=CallId("call-4"), recording="rec-4", recording_state="erased")
    await calls.save(gone)
    silent = (leg("leg-1", "caller", STRANGER), leg("leg-9", "callee", CALLER))
    await calls.save(replace(RECORD, call=CallId("call-5"), recording="rec-5", legs=silent))
    for n in (2, 3, 5):
        await record(places, database, vault, f"rec-{n}", f"call-{n}")
    assert (await pbx(*words(letter, number=CALLER))).code == 0
    found = Archive(letter.parent / "given.zip")
    assert [(one["recording"], one["role"]) for one in found.index["given"]] == [
        ("rec-1", "caller"),
        ("rec-2", "callee"),
    ]
    assert [(one["recording"], one["why"][:12]) for one in found.index["left_out"]] == [
        ("rec-4", "it is erased"),
        ("rec-5", "the person s"),
    ]
    for recording, own in (("rec-1", 0), ("rec-2", 1)):
        heard = found.sound(recording)
        assert set(heard[1 - own]) == {SILENCE}
        assert TONES[own] in heard[own]


async def test_restricted_and_held_ones_are_given_and_nothing_is_said_of_it(
    pbx: Pbx, talk: str, letter: Path
) -> None:
    await pbx("recordings", "restrict", talk, "--reason", "contested")
    await pbx("recordings", "hold", talk, "--case", "CR/12", "--reason", "a dispute")
    assert (await pbx(*words(letter, number=CALLER))).code == 0
    everything = b"".join(Archive(letter.parent / "given.zip").files.values())
    assert b"contested" not in everything
    assert b"CR/12" not in everything


@pytest.mark.requirement("D-04")
async def test_the_time_limit_is_in_the_index_and_said(pbx: Pbx, talk: str, letter: Path) -> None:
    clock = {"received": "2026-01-31", "stopped": "2026-02-02..2026-02-05 which number"}
    said = await pbx(*words(letter, number=CALLER, **clock), "--extended", "--json")
    assert (said.json["answer_due"], said.json["late"]) == ("2026-05-03", True)
    request = Archive(letter.parent / "given.zip").index["request"]
    assert (request["received"], request["answer_due"]) == ("2026-01-31", "2026-05-03")
    assert request["stopped"] == [{"start": "2026-02-02", "end": "2026-02-05", "reason": "which number"}]


@pytest.mark.requirement("D-09")
async def test_without_a_register_nothing_is_given(
    pbx: Pbx, talk: str, letter: Path, database: Database, places: Places
) -> None:
    before = places.vault_audit.read_text()
    async with database.writing() as session:
        await session.execute(text("DROP TABLE audit_leaves"))
    assert (await pbx(*words(letter, number=CALLER))).code == 1
    assert left_over(letter) == []
    assert places.vault_audit.read_text() == before  # no key was asked for


async def test_what_is_damaged_leaves_nothing_behind(
    pbx: Pbx, talk: str, letter: Path, places: Places, database: Database
) -> None:
    (file,) = (path for path in (places.var / "objects").rglob("*") if path.is_file())
    whole = file.read_bytes()
    file.write_bytes(flipped(whole))
    said = await pbx(*words(letter, number=CALLER))
    assert (said.code, said.err.count("\n"), talk in said.err, left_over(letter)) == (1, 1, True, [])
    (line,) = (await pbx("recordings", "disclosures", "--json")).json
    assert line["served_at"] is None
    file.write_bytes(whole)
    async with database.writing() as session:
        await session.execute(text("UPDATE recordings SET signature = x'00'"))
    said = await pbx(*words(letter, number=CALLER))
    assert (said.code, "signature" in said.err, left_over(letter)) == (1, True, [])


async def test_a_side_with_two_people_names_nobody(
    pbx: Pbx, talk: str, letter: Path, calls: CallStore
) -> None:
    two = (leg("leg-1", "callee", CALLER), leg("leg-2", "callee", CALLEE))
    await calls.save(replace(RECORD, legs=two))
    said = await pbx(*words(letter, talk, channel="callee"))
    assert (said.code, "2 parties" in said.err) == (1, True)
    assert (await pbx(*words(letter, talk, number=CALLER))).code == 0
    first, second = Archive(letter.parent / "given.zip").sound(talk)
    assert (set(first), set(second)) == ({TONES[0]}, {SILENCE})


async def test_a_call_without_a_record_is_given_to_nobody(pbx: Pbx, recording: str, letter: Path) -> None:
    said = await pbx(*words(letter, recording, channel="caller"))
    assert (said.code, "who spoke" in said.err, left_over(letter)) == (1, True, [])


async def test_what_it_needs(pbx: Pbx, talk: str, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ((), ("rec-1",), ("--channel", "caller"), ("rec-1", "--channel", "both")):
        assert (await pbx(*words(letter, *wrong))).code == 2
    for other in ({"approver": actor()}, {"reference": ""}):
        assert (await pbx(*words(letter, number=CALLER, **other))).code == 2
    for clock in (("--extended",), ("--received", "May"), ("--received", "2026-05-03", "--stopped", "May")):
        assert (await pbx(*words(letter, number=CALLER), *clock)).code == 2
    for number in (STRANGER, "nobody"):
        said = await pbx(*words(letter, number=number))
        assert (said.code, said.err.count("\n")) == (1, 1)
    assert (await pbx(*words(letter, "rec-9", channel="caller"))).code == 1
    assert (await pbx("recordings", "disclosures", "--json")).json == []
    monkeypatch.setattr(recording_subject, "MAX_GIVEN", 0)
    assert (await pbx(*words(letter, number=CALLER))).code == 1
    monkeypatch.setattr(recording_subject, "MAX_GIVEN", 1)
    assert (await pbx(*words(letter, number=CALLER))).code == 0
    assert (await pbx(*words(letter, number=CALLER))).code == 1  # never over a file that was given
