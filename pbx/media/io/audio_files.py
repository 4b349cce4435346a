"""Any 16-bit WAV as a levelled 8 kHz mono prompt, written so that nobody ever sees half a file."""

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pbx.core.errors import StorageError
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.wav import MAX_WAV, write

TARGET_RMS = 10 ** (-20 / 20)  # -20 dBFS over the spoken parts: the level of a well-behaved phone
PEAK_LIMIT = 10 ** (-1 / 20)
_SPOKEN_FLOOR = 10 ** (-45 / 20)
_BLOCK = SAMPLE_RATE // 50
MAX_SOURCE_BYTES = 128 << 20  # ten minutes of 48 kHz stereo

Samples = NDArray[np.float32]


def convert(source: Path, target: Path) -> None:
    """Write `source` as 8 kHz PCM16 mono WAV; StorageError when it cannot be read or written."""
    try:
        if source.stat().st_size > MAX_SOURCE_BYTES:
            raise StorageError(f"{source.name}: too long for a prompt", retryable=False)
        samples, rate = soundfile.read(str(source), dtype="float32", always_2d=True)
        mono: Samples = samples.mean(axis=1, dtype=np.float32)
        if rate != SAMPLE_RATE:
            mono = soxr.resample(mono, rate, SAMPLE_RATE).astype(np.float32)
        pcm = np.rint(level(mono) * 32767).astype("<i2").tobytes()
        if len(pcm) + 64 > MAX_WAV:
            raise StorageError(f"{source.name}: too long for a prompt", retryable=False)
        write_atomically(target, write(pcm))
    except (OSError, soundfile.SoundFileError) as error:
        raise StorageError(f"{source.name}: {error}", retryable=False) from None


def level(samples: Samples) -> Samples:
    """Return samples whose spoken blocks average -20 dBFS, never above -1 dBFS peak; silence stays."""
    peak = float(np.abs(samples).max(initial=0.0))
    n_blocks = len(samples) // _BLOCK
    blocks = samples[: n_blocks * _BLOCK].reshape(n_blocks, _BLOCK)
    power = np.square(blocks, dtype=np.float64).mean(axis=1)
    spoken = power[power > _SPOKEN_FLOOR**2]
    if peak == 0.0 or spoken.size == 0:
        return samples
    gain = min(TARGET_RMS / float(np.sqrt(spoken.mean())), PEAK_LIMIT / peak)
    return (samples * np.float32(gain)).astype(np.float32)


def write_atomically(target: Path, octets: bytes) -> None:
    """Write a file under a temporary name in the same folder, then rename it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def file_sha256(path: Path) -> str:
    """Return the hash of a file's octets in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
