"""A finished recording with known sound, sealed and stored without journal and finaliser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import rfc8785

from pbx.core.secret import Secret
from pbx.recording import wav
from pbx.recording.age_payload import PayloadEncryptor
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore

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
    path = folder / "payload"
    digest = sha256()
    with path.open("wb") as file:
        for piece in _sealed(n_samples, behind, of):
            digest.update(piece)
            file.write(piece)
    assert await store.put_file("rec-1", path, digest.hexdigest())
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
        sha256_cipher=digest.hexdigest(),
        manifest=manifest(n_samples, gaps_omitted=len(behind)),
        signature=bytes(64),
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        duration_ms=n_samples * 1000 // wav.RATE,
        recovered=False,
    )


def _sealed(n_samples: int, behind: bytes, of: SoundOf) -> Iterator[bytes]:
    encryptor = PayloadEncryptor(KEY, NONCE)
    yield encryptor.update(wav.header("PCMU", n_samples, len(behind)))
    for at in range(0, n_samples * wav.N_CHANNELS, BLOCK):
        yield encryptor.update(of(at, min(BLOCK, n_samples * wav.N_CHANNELS - at)))
    yield encryptor.update(behind)
    yield encryptor.finish()
