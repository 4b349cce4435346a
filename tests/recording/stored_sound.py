"""A finished recording with known sound, sealed and stored without journal and finaliser."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

import rfc8785

from pbx.core.secret import Secret
from pbx.recording import flac, wav
from pbx.recording.age_payload import PayloadEncryptor
from pbx.recording.effects import FinishedRecording
from pbx.recording.flac import FlacFile, Samples
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.late_start import LateStartEncryptor
from pbx.recording.manifest import sound as sounds_like

KEY = Secret(b"0123456789abcdef")
NONCE = bytes(range(16))
BLOCK = 1 << 20


def manifest(n_samples: int, codec: str = "PCMU", gaps_omitted: int = 0) -> bytes:
    """Return what a manifest says of the sound."""
    return rfc8785.dumps({"v": 1, "codec": codec, "samples": n_samples, "gaps_omitted": gaps_omitted})


def sound(start: int, length: int) -> bytes:
    """Return octets of both channels; no two chunks are alike."""
    return bytes((at * 7 + (at >> 16)) & 255 for at in range(start, start + length))


SoundOf = Callable[[int, int], bytes]  # octets of both channels, by start and length


async def store_sound(
    store: ObjectStore, n_samples: int, folder: Path, behind: bytes = b"", of: SoundOf = sound
) -> FinishedRecording:
    """Store a recording of `n_samples` per channel, with something behind them, and return its row."""
    with (folder / "payload").open("wb") as file:
        file.writelines(_sealed(n_samples, behind, of))
    return await _put(store, folder / "payload", manifest(n_samples, gaps_omitted=len(behind)))


async def store_flac(
    store: ObjectStore, n_units: int, windows: Iterable[Samples], folder: Path, *, has_table: bool = True
) -> FinishedRecording:
    """Store a wide-band recording of `n_units` of 1/8000 s; without a table as an earlier version did."""
    flac_file = FlacFile(2 * n_units, windows)
    n_late = flac_file.header_size if has_table else len(flac.header(2 * n_units))
    late = LateStartEncryptor(KEY, NONCE, n_late)
    with (folder / "payload").open("wb") as file:
        file.seek(late.place)
        file.writelines(late.update(frames) for frames in flac_file.frames())
        file.write(late.finish())
        file.seek(0)
        file.write(late.start(flac_file.header() if has_table else flac.header(2 * n_units)))
    return await _put(store, folder / "payload", manifest(n_units, "FLAC"))


async def _put(store: ObjectStore, path: Path, said: bytes) -> FinishedRecording:
    """Store a payload and return its row."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    assert await store.put_file("rec-1", path, digest)
    size = path.stat().st_size
    path.unlink()
    return FinishedRecording(
        recording="rec-1",
        call="call-1",
        tenant="acme",
        kind="call",
        header=b"",
        object_key="rec-1",
        size=size,
        sha256_cipher=digest,
        manifest=said,
        signature=bytes(64),
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        duration_ms=sounds_like(said).samples * 1000 // wav.RATE,
        recovered=False,
    )


def _sealed(n_samples: int, behind: bytes, of: SoundOf) -> Iterator[bytes]:
    encryptor = PayloadEncryptor(KEY, NONCE)
    yield encryptor.update(wav.header("PCMU", n_samples, len(behind)))
    for at in range(0, n_samples * wav.N_CHANNELS, BLOCK):
        yield encryptor.update(of(at, min(BLOCK, n_samples * wav.N_CHANNELS - at)))
    yield encryptor.update(behind)
    yield encryptor.finish()
