"""`pbx recordings subject` and rooms: what a person said in a conference, and in recordings of others."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.call.record import CallRecord, LegRecord
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
from tests.cli.test_recording_subject import (
    CALLEE,
    CALLER,
    FRAME,
    N_FRAMES,
    SILENCE,
    STRANGER,
    Archive,
    Pbx,
    leg,
    words,
)
from tests.cli.test_records import AT, consent_record

pytestmark = [pytest.mark.requirement("D-02"), pytest.mark.requirement("D-03")]
TONES = (0x10, 0x2B, 0x31)  # of the leg at which it is recorded, of the mix, of the guest's own channel
HOST, GUEST = "leg-host", "leg-guest"
ONE = CallRecord(
    call=CallId("one"),
    tenant="acme",
    direction="inbound",
    called="3000",
    caller_number=CALLER,
    offered_at=AT,
    legs=(leg(HOST, "caller", CALLER),),
)
OTHER = replace(ONE, call=CallId("other"), caller_number=CALLEE, legs=(leg(GUEST, "caller", CALLEE),))


def seat(name: str, number: str) -> LegRecord:
    return leg(name, "caller", number)


async def recorded(
    places: Places, database: Database, vault: VaultClient, call: str, *, has_own: bool = True
) -> None:
    """A recording of somebody in a room with a guest, who has a channel of his own or is in the mix only."""
    recipients = await vault.recipients("acme")
    assert isinstance(recipients, tuple)
    order = StartRecording(
        recording=RecordingId("rec-1"),
        leg=LegId(HOST),
        tenant="acme",
        call=CallId(call),
        kind="call",
        recipients=recipients,
        started_at=AT.isoformat(),
        each_own=has_own,
    )
    writer = JournalWriter.create(places.spool, order, on_failure=pytest.fail)
    writer.note("room.joined", {"leg": HOST, "room": "acme/team"}, writer.origin_ns)
    writer.note("party.seated", {"leg": GUEST, "party": "trunk/carrier"}, writer.origin_ns)
    if has_own:
        writer.note("channel.taken", {"leg": GUEST, "channel": "3"}, writer.origin_ns)
    for i in range(N_FRAMES):
        at = writer.origin_ns + i * 20_000_000
        for stream, tone in enumerate(TONES if has_own else TONES[:2]):
            head = bytes((0x80, 0)) + i.to_bytes(2, "big") + (FRAME * i).to_bytes(4, "big") + bytes(4)
            writer.packet(stream, at, head + bytes([tone]) * FRAME)
    writer.close()
    assert await asyncio.to_thread(journal_writer.drain, 5)
    store = LocalDirectory(places.var / "objects")
    ids = SeededIds("rooms")
    assert await Finaliser(places.spool, vault, store, SqlRecordingLedger(database), ids=ids).scan(0.0) == 1


def channels(found: Archive, n: int) -> list[bytes]:
    octets = found.files["recordings/rec-1.wav"]
    sound = octets[len(wav.header("PCMU", N_FRAMES * FRAME, n_channels=n)) :]
    return [sound[i::n] for i in range(n)]


@pytest.fixture
async def calls(places: Places, database: Database) -> CallStore:
    """Two callers, each in a call of his own; the second was told in his."""
    store = CallStore(database, StoreKeys.load_or_create(places.store_keys))
    await store.save(ONE)
    await store.save(OTHER)
    await ConsentStore(database).save(replace(consent_record(), consent="con-own", call=OTHER.call))
    return store


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"please")
    return path


async def test_a_recorded_conference_is_found_by_each_who_sat_there(
    pbx: Pbx, calls: CallStore, places: Places, database: Database, vault: VaultClient, letter: Path
) -> None:
    legs = (seat(HOST, CALLER), seat(GUEST, CALLEE))
    room = replace(ONE, call=CallId("room"), direction="conference", caller_number="", legs=legs)
    await calls.save(replace(room, recording="rec-1", recording_state="recorded"))
    await recorded(places, database, vault, "room")
    assert (await pbx(*words(letter, number=CALLEE))).code == 0
    found = Archive(letter.parent / "given.zip")
    (given,) = found.index["given"]
    assert (given["recording"], given["call"], given["role"]) == ("rec-1", "room", "caller")
    assert [one["consent"] for one in given["consents"]] == ["con-own"]
    first, mix, own = channels(found, 3)
    assert set(first) == set(mix) == {SILENCE}
    assert TONES[2] in own
    found.path.unlink()
    assert (await pbx(*words(letter, number=CALLER))).code == 0
    first, mix, own = channels(Archive(letter.parent / "given.zip"), 3)
    assert TONES[0] in first
    assert set(mix) == set(own) == {SILENCE}


@pytest.mark.parametrize("which", [(), ("rec-1",)])
async def test_so_is_the_call_of_another_that_was_recorded_in_the_same_room(
    pbx: Pbx,
    calls: CallStore,
    places: Places,
    database: Database,
    vault: VaultClient,
    letter: Path,
    which: tuple[str, ...],
) -> None:
    await calls.save(replace(ONE, recording="rec-1", recording_state="recorded"))
    await recorded(places, database, vault, "one")
    assert (await pbx(*words(letter, *which, number=CALLEE))).code == 0
    found = Archive(letter.parent / "given.zip")
    (given,) = found.index["given"]
    assert (given["call"], [one["consent"] for one in given["consents"]]) == ("one", ["con-own"])
    first, mix, own = channels(found, 3)
    assert set(first) == set(mix) == {SILENCE}
    assert TONES[2] in own
    everything = b"".join(found.files.values()).decode("latin-1")
    assert CALLER.lstrip("+") not in everything
    assert (await pbx(*words(letter, number=STRANGER))).code == 1


async def test_who_is_in_a_mix_only_hears_why_he_does_not_get_it(
    pbx: Pbx, calls: CallStore, places: Places, database: Database, vault: VaultClient, letter: Path
) -> None:
    await calls.save(replace(ONE, recording="rec-1", recording_state="recorded"))
    await recorded(places, database, vault, "one", has_own=False)
    said = await pbx(*words(letter, number=CALLEE))
    assert (said.code, "a mix of several" in said.err) == (1, True)


@pytest.mark.requirement("REC-15")
async def test_a_guest_is_erased_from_the_recording_of_another(
    pbx: Pbx, calls: CallStore, places: Places, database: Database, vault: VaultClient
) -> None:
    await recorded(places, database, vault, "one")
    said = await pbx("recordings", "list", "--number", CALLEE, "--json")
    assert [row["recording"] for row in said.json] == ["rec-1"]
    order = ("recordings", "erase-person", "--number", CALLEE, "--reason", "SAR/9", "--what-if", "--json")
    (row,) = (await pbx(*order)).json
    assert row["recording"] == "rec-1"
    assert (await pbx("recordings", "list", "--number", STRANGER, "--json")).json == []
