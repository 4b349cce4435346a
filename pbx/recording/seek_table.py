"""The seek table of a FLAC master (RFC 9639 §8.5): a point for each frame, which is found in one look.

A point has 18 octets: the frame's first sample, its first octet counted from the first frame's, and how many
samples it has. How long the table is follows from the recording's length, what is in it only from its sound.
An hour of a call of two has 253 kB of points and some 140 MB of sound.
"""

import struct
from collections.abc import Sequence

from pbx.core.errors import ParseError

BLOCK = 4096  # samples of each frame but the last, as libFLAC's own choice is
POINT = struct.Struct("!QQH")
MAX_POINTS = ((1 << 24) - 1) // POINT.size  # of a metadata block: 66 hours; a longer recording has no table


def n_points(n_samples: int) -> int:
    """Return how many points the table of a recording has; 0 = it has none."""
    n_frames = -(-n_samples // BLOCK)
    return n_frames if n_frames <= MAX_POINTS else 0


def build(starts: Sequence[int], n_samples: int) -> bytes:
    """Return the points of all frames, from the octets at which they begin."""
    table = bytearray()
    for number, start in enumerate(starts):
        first = number * BLOCK
        table += POINT.pack(first, start, min(BLOCK, n_samples - first))
    return bytes(table)


def start_of(point: bytes, number: int) -> int:
    """Return at which octet behind the metadata a frame begins; ParseError(0) unless the point is its own."""
    first, start, _ = POINT.unpack(point)
    if first != number * BLOCK:
        raise ParseError("a seek point of another frame", 0)
    return int(start)
