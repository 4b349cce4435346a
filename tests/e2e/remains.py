"""What is left of a sound, as somebody finds it who has every file, every key and every open descriptor.

Journals, masters and playback copies are opened with the keys of the vault and listened to; everything else
is searched for a tone as it lies there. Process memory is not read.
"""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import soundfile

from pbx.media.g711 import decode
from pbx.media.rtp import parse
from pbx.recording.age import parse_header, unwrap_header
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.journal_files import parse_name
from pbx.recording.io.journal_parts import files
from pbx.recording.io.reader import plain_pieces
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.journal import JournalReader, Packet, split_journal
from pbx.store.database import Database
from pbx.store.playback_copies import SqlCopyLedger
from pbx.testphone import checks, signal
from pbx.testphone.evidence import Evidence
from tests.e2e.fault_helpers import objects, wav_of
from tests.e2e.plain_sound import forms, plain
from tests.e2e.running import TEMPORARY, RunningPbx

MEMORY = Path("/dev/shm")
_PCMU, _PCMA = 0, 8


@dataclass(frozen=True, slots=True)
class Heard:
    """For how many seconds each of two tones is in something that was opened."""

    marker_s: float
    control_s: float


@dataclass(frozen=True, slots=True)
class Tones:
    """The tone that must be nowhere, and the one that shows that the search hears."""

    marker: float
    control: float

    def heard(self, *sounds: signal.Samples) -> Heard:
        """Of both in all channels together."""
        return Heard(
            sum(signal.tone_s(one, self.marker) for one in sounds),
            sum(signal.tone_s(one, self.control) for one in sounds),
        )


def in_journals(pbx: RunningPbx, tones: Tones) -> dict[str, Heard]:
    """Return what lies in each journal of the spool by now, by recording."""
    keys = [one.identity for one in KeyDirectory(pbx.places.vault_keys).identities("acme")]
    found: dict[str, Heard] = {}
    for path in files(pbx.places.spool):
        octets = path.read_bytes()
        header, offset = split_journal(octets)
        opened, name = unwrap_header(parse_header(header), keys), parse_name(path.name)
        assert opened is not None and name is not None, path.name
        items = JournalReader(opened[0], offset, name[1].part).read(octets[offset:])
        streams: dict[int, bytes] = {}
        for item in items:
            if isinstance(item, Packet):
                streams[item.stream] = streams.get(item.stream, b"") + _sound(item.rtp)
        found[name[0]] = tones.heard(*map(signal.samples, streams.values()))
    return found


def _sound(rtp: bytes) -> bytes:
    packet = parse(rtp, len(rtp))
    payload = rtp[packet.start : packet.end]
    if packet.payload_type not in (_PCMU, _PCMA):
        return b""
    return decode(payload, "PCMU" if packet.payload_type == _PCMU else "PCMA")


async def in_master(pbx: RunningPbx, row: FinishedRecording, tones: Tones) -> Heard:
    """Return what is in a recording."""
    sound = checks.split(await wav_of(pbx, row))
    assert sound is not None
    return tones.heard(sound.caller, sound.agent)


async def in_copy(pbx: RunningPbx, row: FinishedRecording, tones: Tones) -> Heard | None:
    """Return what is in the playback copy of a recording; None = it has none yet."""
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        copy = await SqlCopyLedger(database).get(row.recording)
    finally:
        await database.close()
    if copy is None:
        return None
    async with Evidence(pbx.places, pbx.config) as evidence:
        opened = await evidence.open(replace(row, header=copy.header), "forensic test")
    assert opened is not None
    pieces = [piece async for piece in plain_pieces(copy, objects(pbx), opened.file_key)]
    sound, rate = soundfile.read(io.BytesIO(b"".join(pieces)), dtype="int16", always_2d=True)
    assert rate == signal.RATE
    return tones.heard(*(channel.astype(float) for channel in sound.T))


async def lying_about(pbx: RunningPbx) -> list[tuple[str, str]]:
    """Return where the marker of `plain_sound` lies unencrypted: files, also without a name or a disk."""
    written = (pbx.places.var, pbx.places.base / TEMPORARY, MEMORY)
    found = [one for folder in written for one in plain(folder)]
    held = held_open(pbx.process.pid)
    return [*found, *((place, form) for place, octets in held.items() for form in forms(octets))]


def held_open(session: int) -> Mapping[str, bytes]:
    """What the processes of a session have open that no folder shows: deleted and memory-backed files."""
    return {
        f"{pid}: {target}": octets
        for pid in _processes(session)
        for descriptor, target in _descriptors(pid)
        if target.endswith("(deleted)") or target.startswith("/memfd:")
        for octets in _content(descriptor)
    }


def _content(descriptor: Path) -> Iterator[bytes]:
    with suppress(OSError):  # closed meanwhile
        yield descriptor.read_bytes()


def _processes(session: int) -> Iterator[int]:
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            if os.getsid(int(name)) == session:
                yield int(name)


def _descriptors(pid: int) -> Iterator[tuple[Path, str]]:
    with suppress(OSError):
        for path in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield path, os.readlink(path)


def pids(pbx: RunningPbx) -> set[int]:
    """The processes that are looked at."""
    return set(_processes(pbx.process.pid))
