"""Octets that are read piece by piece, wherever they lie: in a file, which `io/` opens, or in memory."""

from typing import Protocol


class Octets(Protocol):
    """Octets that stay the same while they are read; StorageError when they cannot be."""

    @property
    def size(self) -> int: ...

    def read(self, start: int, length: int) -> bytes:
        """Return the octets from `start` on, fewer at the end."""
        ...


class HeldOctets:
    """Octets in memory."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    @property
    def size(self) -> int:
        return len(self._octets)

    def read(self, start: int, length: int) -> bytes:
        return self._octets[start : start + length]
