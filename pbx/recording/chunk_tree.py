"""The Merkle tree over a master's plaintext in chunks of 64 KiB: a part can be proved without the whole.

The tree is that of RFC 6962 §2.1 with SHA-256: the leaf of a chunk is SHA-256(0x00 || chunk), an inner node
is SHA-256(0x01 || left || right), and the first octet keeps leaves and nodes apart. Every chunk has 65,536
octets but the last, which has the rest. Chunk k is also what the age payload seals as its chunk k, so that
who opens a few chunks of a payload can prove them.
"""

from typing import Any

from pbx.recording.age_payload import CHUNK
from pbx.recording.log import Tree

NAME = "RFC 6962 SHA-256"  # as a manifest calls it


class ChunkTree:
    """Takes the plaintext in pieces of any length; 64 octets of memory for each chunk, 4 MB for 4 GiB."""

    __slots__ = ("_rest", "tree")

    def __init__(self) -> None:
        self.tree = Tree()
        self._rest = bytearray()

    def update(self, plain: bytes) -> None:
        """Take the next octets."""
        self._rest += plain
        n_whole = len(self._rest) // CHUNK
        for at in range(0, n_whole * CHUNK, CHUNK):
            self.tree.append(bytes(self._rest[at : at + CHUNK]))
        del self._rest[: n_whole * CHUNK]

    def finish(self) -> dict[str, Any]:
        """Return what a manifest says of the tree after the last octet."""
        if self._rest:
            self.tree.append(bytes(self._rest))
            self._rest.clear()
        return {"tree": NAME, "chunk": CHUNK, "chunks": self.tree.size, "root": self.tree.root().hex()}
