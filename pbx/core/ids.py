"""Identifiers that look alike get types of their own, and randomness gets one door."""

import hashlib
from typing import NewType, Protocol

CallId = NewType("CallId", str)  # our call, never a SIP Call-ID
LegId = NewType("LegId", str)
RecordingId = NewType("RecordingId", str)
ConsentId = NewType("ConsentId", str)
TenantId = NewType("TenantId", str)
Token = NewType("Token", int)  # ties the result of a slow effect to the effect


class Ids(Protocol):
    """Source of unpredictable identifiers; injected so that tests can write messages literally."""

    def octets(self, n_bytes: int) -> bytes:
        """Return `n_bytes` random octets."""
        ...


class SeededIds:
    """Reproducible `Ids` for tests and simulations: SHA-256 in counter mode over a seed."""

    __slots__ = ("_counter", "_seed")

    def __init__(self, seed: str = "seed") -> None:
        self._seed = seed
        self._counter = 0

    def octets(self, n_bytes: int) -> bytes:
        out = b""
        while len(out) < n_bytes:
            self._counter += 1
            out += hashlib.sha256(f"{self._seed}:{self._counter}".encode()).digest()
        return out[:n_bytes]


def hex_id(ids: Ids, n_bytes: int = 16) -> str:
    """Return a lower-case hexadecimal identifier of `n_bytes` random octets."""
    return ids.octets(n_bytes).hex()


def uint32(ids: Ids) -> int:
    """Return a random unsigned 32-bit number (SSRC, RTP timestamp offset)."""
    return int.from_bytes(ids.octets(4), "big")
