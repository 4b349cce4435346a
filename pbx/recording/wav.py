"""Two-channel G.711 in a WAV file: formats 6 (A-law) and 7 (mu-law), RF64 beyond 4 GiB.

Source: Microsoft RIFF "WAVE" registration (RFC 2361), EBU Tech 3306 (RF64).
"""

import struct
from collections.abc import Iterator, Mapping

from pbx.core.audio import Encoding

N_CHANNELS = 2
RATE = 8000
_FORMATS: Mapping[Encoding, int] = {"PCMA": 6, "PCMU": 7}
_UNKNOWN = 0xFFFFFFFF
_BLOCK = 32 * 1024  # samples per channel and piece


def header(encoding: Encoding, n_samples: int) -> bytes:
    """Return everything before the first sample; sizes are final, so the file can be streamed."""
    n_octets = n_samples * N_CHANNELS
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, _FORMATS[encoding], N_CHANNELS, RATE, 2 * RATE, 2, 8, 0)
    riff_size = 4 + len(form) + 12 + 8 + n_octets
    if riff_size < _UNKNOWN:
        fact = struct.pack("<4sII", b"fact", 4, n_samples)
        start = struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE")
        return start + form + fact + struct.pack("<4sI", b"data", n_octets)
    fact = struct.pack("<4sII", b"fact", 4, _UNKNOWN)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, riff_size + 36, n_octets, n_samples, 0)
    start = struct.pack("<4sI4s", b"RF64", _UNKNOWN, b"WAVE")
    return start + sizes + form + fact + struct.pack("<4sI", b"data", _UNKNOWN)


def pieces(encoding: Encoding, channels: tuple[bytearray, bytearray]) -> Iterator[bytes]:
    """Yield a whole file in pieces of at most 64 KiB; the channels have equal length."""
    yield header(encoding, len(channels[0]))
    for at in range(0, len(channels[0]), _BLOCK):
        first, second = channels[0][at : at + _BLOCK], channels[1][at : at + _BLOCK]
        piece = bytearray(N_CHANNELS * len(first))
        piece[0::2] = first
        piece[1::2] = second
        yield bytes(piece)
