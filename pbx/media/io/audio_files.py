"""Any common audio file as a levelled mono prompt, written so that nobody ever sees half a file."""

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pbx.core.errors import StorageError
from pbx.media.clip import WIDE_RATE
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.loudness import amplified, gain_to_target, one_channel, without_dc
from pbx.media.wav import MAX_WAV, twin_of, write

MAX_SOURCE_BYTES = 128 << 20  # ten minutes of 48 kHz stereo
MAX_VALUES = 1 << 26  # decoded: eleven minutes of 48 kHz stereo, 256 MB; a small file can claim any length
MAX_CHANNELS = 8
MIN_RATE, MAX_RATE = 4000, 192_000
# Containers with a decoder that many people attack; libsndfile's curiosities stay closed.
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3"})
_BLOCK = 1 << 16
_GUESSED = "MP3"  # the number of frames is a guess where the bit rate varies

Samples = NDArray[np.float32]


def convert(source: Path, target: Path, *, level_db: int = 0) -> None:
    """Write `source` as an 8 kHz PCM16 mono WAV and, where it has more to give, its 16 kHz twin beside it.

    `level_db` is relative to the level of speech, at most 0. StorageError, not retryable, in one line when it
    cannot be read or written.
    """
    try:
        samples, rate = decoded(source)
        mono = without_dc(one_channel(samples), rate)
        narrow = at_rate(mono, rate, SAMPLE_RATE)
        gains = gain_to_target(narrow, SAMPLE_RATE), 10 ** (min(level_db, 0) / 20)
        twin = _pcm(at_rate(mono, rate, WIDE_RATE), gains, WIDE_RATE) if rate > SAMPLE_RATE else b""
        pcm = _pcm(narrow, gains, SAMPLE_RATE)
        if len(pcm) + 128 > MAX_WAV:
            raise StorageError(f"{source.name}: too long for a prompt", retryable=False)
        _write(target, pcm, twin)
    except OSError as error:
        raise StorageError(f"{source.name}: {error.strerror or error}", retryable=False) from None


def _write(target: Path, pcm: bytes, twin: bytes) -> None:
    """Write the twin first: whoever sees the prompt finds the twin that it names."""
    wide = write(twin, rate=WIDE_RATE) if twin else b""
    if wide:
        write_atomically(twin_of(target), wide)
    else:
        twin_of(target).unlink(missing_ok=True)
    write_atomically(target, write(pcm, twin_sha256=hashlib.sha256(wide).digest() if wide else b""))


def decoded(source: Path) -> tuple[Samples, int]:
    """Return the samples, a column for each channel, and their rate; StorageError in one line."""
    if source.stat().st_size > MAX_SOURCE_BYTES:
        raise _refused(source, "too long for a prompt")
    try:
        with soundfile.SoundFile(str(source)) as file:
            if file.format not in FORMATS:
                raise _refused(source, "not WAV, FLAC, Ogg or MP3")
            if not MIN_RATE <= file.samplerate <= MAX_RATE or file.channels > MAX_CHANNELS:
                raise _refused(source, f"{file.channels} channels at {file.samplerate} Hz are no prompt")
            claimed = 0 if file.format == _GUESSED else file.frames
            samples, rate = _read_blocks(source, file), file.samplerate
    except soundfile.LibsndfileError as error:
        raise _refused(source, str(error.error_string).strip().rstrip(".")) from None
    if not len(samples):
        raise _refused(source, "it is empty")
    if len(samples) < claimed:
        raise _refused(source, f"it ends after {len(samples) / rate:.1f} of {claimed / rate:.1f} s")
    if not np.isfinite(samples).all():
        raise _refused(source, "it has samples that are no numbers")
    return samples, rate


def _read_blocks(source: Path, file: soundfile.SoundFile) -> Samples:
    """Return what is really there: memory follows the file, not the length that its header claims."""
    blocks: list[Samples] = []
    n_values = 0
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        n_values += block.size
        if n_values > MAX_VALUES:
            raise _refused(source, "too long for a prompt")
        blocks.append(block)
    return np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)


def _refused(source: Path, message: str) -> StorageError:
    return StorageError(f"{source.name}: {message}", retryable=False)


def at_rate(mono: Samples, rate: int, wanted: int) -> Samples:
    if rate == wanted:
        return mono
    resampled: Samples = soxr.resample(mono, rate, wanted, quality="VHQ")
    return resampled


def _pcm(samples: Samples, gains: tuple[float, float], rate: int) -> bytes:
    """The samples at the level of speech, limited, and then as much below it as they shall be."""
    before, after = gains
    pcm: NDArray[np.int16] = np.rint(amplified(samples, before, rate) * (32767 * after)).astype("<i2")
    return pcm.tobytes()


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
