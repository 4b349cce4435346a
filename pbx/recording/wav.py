"""Channels in a WAV file, RF64 beyond 4 GiB: A-law (format 6), mu-law (7), or 16 bits at 16 kHz (1).

The plain form, without a mask, is kept beyond two channels: parties are no loudspeakers, and not every reader
knows G.711 in the extensible one.

A chunk "gaps" behind the samples lists, one a line, every absent stretch: channel, first sample, length and
cause. Other readers skip it. Source: Microsoft RIFF "WAVE" registration (RFC 2361), EBU Tech 3306 (RF64).
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from pbx.core.audio import Encoding
from pbx.recording.form import FORMS
from pbx.recording.gaps import Gap

N_CHANNELS = 2  # of a call of two
RATE = 8000
_FORMATS: Mapping[Encoding, int] = {"L16": 1, "PCMA": 6, "PCMU": 7}
_UNKNOWN = 0xFFFFFFFF
_PIECE = 64 * 1024  # octets
HEAD = 58  # octets of a header; 94 beyond 4 GiB
GAPS = b"gaps"
MAX_LISTED = 1_000_000  # an hour of which every other packet of both channels is lost has 180,000


def header(encoding: Encoding, n_samples: int, n_behind: int = 0, n_channels: int = N_CHANNELS) -> bytes:
    """Return everything before the first sample; sizes are final, so the file can be streamed.

    `n_samples` of the file's own rate. `n_behind` = octets of the chunks behind the samples.
    """
    form = FORMS[encoding]
    return _header((_FORMATS[encoding], n_channels, form.sample_rate, form.width), n_samples, n_behind)


def linear_header(rate: int, n_samples: int) -> bytes:
    """Return everything before the first sample of one channel of 16 bits."""
    return _header((_FORMATS["L16"], 1, rate, FORMS["L16"].width), n_samples, 0)


def _header(kind: tuple[int, int, int, int], n_samples: int, n_behind: int) -> bytes:
    number, n_channels, rate, width = kind
    block = n_channels * width
    n_octets = n_samples * block
    numbers = (number, n_channels, rate, block * rate, block, 8 * width, 0)
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, *numbers)
    riff_size = 4 + len(form) + 12 + 8 + n_octets + n_behind
    if riff_size < _UNKNOWN:
        fact = struct.pack("<4sII", b"fact", 4, n_samples)
        start = struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE")
        return start + form + fact + struct.pack("<4sI", b"data", n_octets)
    fact = struct.pack("<4sII", b"fact", 4, _UNKNOWN)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, riff_size + 36, n_octets, n_samples, 0)
    start = struct.pack("<4sI4s", b"RF64", _UNKNOWN, b"WAVE")
    return start + sizes + form + fact + struct.pack("<4sI", b"data", _UNKNOWN)


def pieces(
    encoding: Encoding,
    n_samples: int,
    windows: Iterable[tuple[bytes | bytearray, ...]],
    gaps: Sequence[Gap] = (),
    n_channels: int = N_CHANNELS,
) -> Iterator[bytes]:
    """Yield a whole file in pieces of at most 64 KiB; a window holds equally many samples of each channel.

    With gaps a list of the first MAX_LISTED of them lies behind the samples.
    """
    behind = _gap_list(gaps)
    yield header(encoding, n_samples, len(behind), n_channels)
    for window in windows:
        every = _interleaved(window, FORMS[encoding].width)
        for at in range(0, len(every), _PIECE):
            yield every[at : at + _PIECE]
    for at in range(0, len(behind), _PIECE):
        yield behind[at : at + _PIECE]


def _interleaved(window: Sequence[bytes | bytearray], width: int) -> bytes:
    if width > 1:
        return np.stack([np.frombuffer(one, "<i2") for one in window], axis=1).tobytes()
    every = bytearray(len(window) * len(window[0]))
    for number, one in enumerate(window):
        every[number :: len(window)] = one
    return bytes(every)


def gap_lines(gaps: Sequence[Gap]) -> bytes:
    """Return the list of gaps, one a line: channel, first sample, length and cause."""
    return "".join(f"{gap.channel} {gap.start} {gap.length} {gap.cause}\n" for gap in gaps).encode()


def _gap_list(gaps: Sequence[Gap]) -> bytes:
    if not gaps:
        return b""
    text = gap_lines(gaps[:MAX_LISTED])
    return struct.pack("<4sI", GAPS, len(text)) + text + bytes(len(text) % 2)
