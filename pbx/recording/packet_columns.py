"""The packets of one segment in columns: 27 octets for each, where an object per packet would need 300.

What they carried stays in the journal; `place` says where.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pbx.core.audio import Encoding

Skipped = Literal["event", "noise", "undecodable"]
"""A packet without speech: of another kind (a key, RFC 4733), comfort noise (RFC 3389), or no payload."""

Kind = Skipped | Encoding
KINDS: Sequence[Kind] = (*get_args(Skipped), *get_args(Encoding))
CODES: dict[Kind, int] = {kind: code for code, kind in enumerate(KINDS)}
N_SKIPPED = len(get_args(Skipped))  # codes below are packets without speech
Ints = NDArray[np.int64]
Octet = NDArray[np.uint8]


@dataclass(slots=True, eq=False)
class Ordered:
    """The columns by sequence number, each number once: the copy that came first.

    `at` in units of the RTP clock since the segment's first packet, `length` in octets of payload.
    """

    sequence: Ints
    at: Ints
    place: Ints
    length: NDArray[np.uint16]
    kind: Octet


class PacketColumns:
    """Takes packets in order of arrival."""

    __slots__ = ("_at", "_kind", "_length", "_place", "_sequence")

    def __init__(self) -> None:
        self._sequence, self._at, self._place = array("q"), array("q"), array("q")
        self._length, self._kind = array("H"), array("B")

    def add(self, sequence: int, at: int, payload: tuple[int, int], kind: int) -> None:
        """Take a packet; `payload` = its place and its octets, of which UDP has 65,535 at most."""
        self._sequence.append(sequence)
        self._at.append(at)
        self._place.append(payload[0])
        self._length.append(payload[1])
        self._kind.append(kind)

    def ordered(self) -> Ordered:
        """Return the columns; nothing can be taken afterwards without a copy of them."""
        sequence = np.frombuffer(self._sequence, np.int64) if self._sequence else np.empty(0, np.int64)
        order: NDArray[np.intp] | slice = slice(None)
        if np.any(sequence[1:] <= sequence[:-1]):
            order = np.argsort(sequence, kind="stable")
            sequence = sequence[order]
            is_first = np.append(True, sequence[1:] != sequence[:-1])
            order, sequence = order[is_first], sequence[is_first]
        return Ordered(
            sequence=sequence,
            at=np.frombuffer(self._at, np.int64)[order],
            place=np.frombuffer(self._place, np.int64)[order],
            length=np.frombuffer(self._length, np.uint16)[order],
            kind=np.frombuffer(self._kind, np.uint8)[order],
        )
