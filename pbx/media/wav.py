"""PCM16 mono WAV at 8 or 16 kHz: the one format in which prompts reach the player. RIFF, RFC 2361.

A prompt `hello.wav` at 8 kHz may have a twin `hello.16k.wav` beside it. Its chunk `twin` holds the SHA-256
of the twin, so that the hash of the prompt stands for both.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pbx.core.errors import ParseError

MAX_WAV = 16 << 20  # a little over 17 minutes of music on hold
MAX_TWIN = 2 * MAX_WAV
TWIN_SUFFIX = ".16k.wav"

Rate = Literal[8000, 16000]

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_PCM = 1
_TWIN = b"twin"
_SHA256_BYTES = 32
_MAX_BYTES: dict[Rate, int] = {8000: MAX_WAV, 16000: MAX_TWIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wav:
    """`twin_sha256` is empty when the prompt has no twin."""

    pcm: bytes
    twin_sha256: bytes = b""


def twin_of(path: Path) -> Path:
    """Return where the 16 kHz twin of a prompt lies."""
    return path.with_name(path.name.removesuffix(".wav") + TWIN_SUFFIX)


def read(octets: bytes) -> bytes:
    """Return the PCM16 little-endian samples; ParseError when it is any other kind of file."""
    return read_wav(octets).pcm


def read_wav(octets: bytes, *, rate: Rate = 8000) -> Wav:
    """Return samples at this rate and what is said of a twin; ParseError for any other kind of file."""
    if len(octets) > _MAX_BYTES[rate]:
        raise ParseError("WAV file too long")
    chunks = _chunks(octets)
    fmt = chunks.get(b"fmt ")
    samples = chunks.get(b"data")
    if fmt is None or samples is None or len(fmt) < _FORMAT.size:
        raise ParseError("WAV file without fmt or data chunk")
    kind, channels, found_rate, _, _, bits = _FORMAT.unpack_from(fmt)
    if (kind, channels, found_rate, bits) != (_PCM, 1, rate, 16):
        raise ParseError(f"WAV file is not {rate // 1000} kHz 16-bit mono PCM")
    twin = chunks.get(_TWIN, b"")
    return Wav(pcm=samples[: len(samples) & ~1], twin_sha256=twin if len(twin) == _SHA256_BYTES else b"")


def write(pcm: bytes, *, rate: Rate = 8000, twin_sha256: bytes = b"") -> bytes:
    """Return a WAV file of PCM16 little-endian samples."""
    fmt = _FORMAT.pack(_PCM, 1, rate, 2 * rate, 2, 16)
    twin = _CHUNK.pack(_TWIN, len(twin_sha256)) + twin_sha256 if twin_sha256 else b""
    body = _CHUNK.pack(b"fmt ", len(fmt)) + fmt + twin + _CHUNK.pack(b"data", len(pcm)) + pcm
    return _RIFF.pack(b"RIFF", 4 + len(body), b"WAVE") + body


def _chunks(octets: bytes) -> dict[bytes, bytes]:
    if len(octets) < _RIFF.size:
        raise ParseError("not a WAV file")
    riff, _, wave = _RIFF.unpack_from(octets)
    if (riff, wave) != (b"RIFF", b"WAVE"):
        raise ParseError("not a WAV file")
    chunks: dict[bytes, bytes] = {}
    at = _RIFF.size
    while at + _CHUNK.size <= len(octets):
        name, size = _CHUNK.unpack_from(octets, at)
        at += _CHUNK.size
        chunks.setdefault(name, octets[at : at + size])
        at += size + (size & 1)  # chunks are padded to even length
    return chunks
