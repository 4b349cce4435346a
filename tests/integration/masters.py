"""From a journal that a test has composed, by the real finaliser, to the master in the object store."""

import io
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast, get_args

import soundfile

from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.media.g711 import encode
from pbx.recording.age import FILE_KEY_SIZE, build_header, parse_recipient
from pbx.recording.gaps import Gap, GapCause
from pbx.recording.io.journal_files import SUFFIX
from pbx.recording.io.reader import decrypt_wav, verify
from pbx.recording.io.sound import open_sound
from pbx.recording.journal import End, Head, Item, JournalEncoder, preamble
from pbx.recording.wav import GAPS
from tests.integration.finaliser_site import Site, order

BATCH = 2000  # items of a record; the writer takes what came in 150 ms, which is never more
_CHUNK = struct.Struct("<4sI")


@dataclass(frozen=True, slots=True)
class Decrypted:
    """A master as a stranger has it: its channels, the manifest, and every gap."""

    channels: tuple[bytes, ...] = field(repr=False)
    manifest: dict[str, Any] = field(repr=False)
    gaps: tuple[Gap, ...] = field(repr=False)

    @property
    def events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.manifest["events"]
        return events

    def gaps_of(self, channel: int) -> list[tuple[int, int, str]]:
        """Start, length and cause of the gaps of a channel, counted from 1."""
        return [(gap.start, gap.length, gap.cause) for gap in self.gaps if gap.channel == channel]


async def finalised(
    site: Site, recording: str, items: Sequence[Item], *, origin_ns: int, ended_ns: int
) -> Decrypted:
    """Write a closed journal into the spool, let the finaliser have it, and open what it made."""
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    key, ids = Secret(SystemIds().octets(FILE_KEY_SIZE)), SystemIds()
    header = build_header(key, [parse_recipient(one) for one in recipients], ids, recording=recording)
    encoder, head = JournalEncoder(key), _head(recording, origin_ns)
    with (site.spool / f"{recording}{SUFFIX}").open("wb") as file:
        file.write(preamble(header) + encoder.encode([head]))
        for at in range(0, len(items), BATCH):
            file.write(encoder.encode(items[at : at + BATCH]))
        file.write(encoder.encode([End(ended_ns)]))
    assert await site.finaliser().scan(0.0) == 1
    return await opened(site, recording)


async def opened(site: Site, recording: str) -> Decrypted:
    """Verify a stored recording and return it in the clear."""
    row = await site.row(recording)
    key = await site.key(row)
    assert (await verify(row, site.store, key, site.keys.public_key)).problems == ()
    await open_sound(row, site.store, key).prove()
    return decrypted(await decrypt_wav(row, site.store, key), row.manifest)


def _wide(octets: bytes, said: dict[str, Any]) -> Decrypted:
    """Every second sample in A-law, so that a test may listen to it like to any other."""
    sound, rate = soundfile.read(io.BytesIO(octets), dtype="int16")
    assert (rate, len(sound)) == (said["sample_rate"], 2 * said["samples"])
    every = tuple(encode(channel[::2].tobytes(), "PCMA") for channel in sound.T)
    gaps = tuple(map(_told, said["gaps"]))
    if said["gaps_omitted"]:
        listed = tuple(map(_listed, _application(octets).decode().splitlines()))
        assert listed[: len(gaps)] == gaps
        assert len(listed) == len(gaps) + said["gaps_omitted"]
        gaps = listed
    return Decrypted(every, said, gaps)


def _application(octets: bytes) -> bytes:
    """What lies in the application block behind the first block of a FLAC file (RFC 9639 §8.4)."""
    kind, size = octets[42] & 0x7F, int.from_bytes(octets[43:46], "big")
    assert kind == 2 and octets[46:50] == GAPS
    return octets[50 : 46 + size]


def decrypted(wav: bytes, manifest: bytes) -> Decrypted:
    """Take a WAV file apart."""
    said = json.loads(manifest)
    if said["codec"] in ("FLAC", "L16"):
        return _wide(wav, said)
    chunks = dict(_chunks(wav))
    data = chunks[b"data"]
    gaps = tuple(map(_told, said["gaps"]))
    if said["gaps_omitted"]:
        listed = tuple(map(_listed, chunks[GAPS].decode().splitlines()))
        assert listed[: len(gaps)] == gaps
        assert len(listed) == len(gaps) + said["gaps_omitted"]
        gaps = listed
    n_channels = len(said["channels"])
    return Decrypted(tuple(data[n::n_channels] for n in range(n_channels)), said, gaps)


def _chunks(wav: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert _CHUNK.unpack_from(wav) == (b"RIFF", len(wav) - 8)
    at = 12
    while at < len(wav):
        name, size = _CHUNK.unpack_from(wav, at)
        yield name, wav[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _told(one: dict[str, Any]) -> Gap:
    return _gap(one["ch"], one["at"], one["len"], one["cause"])


def _gap(channel: str | int, start: str | int, length: str | int, cause: GapCause) -> Gap:
    return Gap(channel=int(channel), start=int(start), length=int(length), cause=cause)


def _listed(line: str) -> Gap:
    channel, start, length, cause = line.split()
    assert cause in get_args(GapCause)
    return _gap(channel, start, length, cast(GapCause, cause))


def _head(recording: str, origin_ns: int) -> Head:
    one = order(recording)
    names = ("tenant", "call", "kind", "leg", "started_at")
    return Head(recording=recording, origin_ns=origin_ns, **{name: getattr(one, name) for name in names})
