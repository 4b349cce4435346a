"""PCM16 mono WAV at 8 kHz: the one format in which prompts reach the player. RIFF, RFC 2361."""

import struct

from pbx.core.errors import ParseError
from pbx.media.g711 import SAMPLE_RATE

MAX_WAV = 16 << 20  # a little over 17 minutes of music on hold

_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_PCM = 1


def read(octets: bytes) -> bytes:
    """Return the PCM16 little-endian samples; ParseError when it is any other kind of file."""
    if len(octets) > MAX_WAV:
        raise ParseError("WAV file too long")
    chunks = _chunks(octets)
    fmt = chunks.get(b"fmt ")
    samples = chunks.get(b"data")
    if fmt is None or samples is None or len(fmt) < _FORMAT.size:
        raise ParseError("WAV file without fmt or data chunk")
    kind, channels, rate, _, _, bits = _FORMAT.unpack_from(fmt)
    if (kind, channels, rate, bits) != (_PCM, 1, SAMPLE_RATE, 16):
        raise ParseError("WAV file is not 8 kHz 16-bit mono PCM")
    return samples[: len(samples) & ~1]


def write(pcm: bytes) -> bytes:
    """Return a WAV file of PCM16 little-endian samples at 8 kHz."""
    fmt = _FORMAT.pack(_PCM, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    body = _CHUNK.pack(b"fmt ", len(fmt)) + fmt + _CHUNK.pack(b"data", len(pcm)) + pcm
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
