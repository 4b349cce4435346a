"""The Merkle tree over the plaintext: RFC 6962's, whatever the pieces it comes in."""

from hashlib import sha256
from itertools import pairwise

import pytest

from pbx.recording import offline_verifier
from pbx.recording.age_payload import CHUNK
from pbx.recording.chunk_tree import NAME, ChunkTree
from pbx.recording.log import includes, node_hash

pytestmark = pytest.mark.requirement("R-28")


def tree_of(plain: bytes, piece: int = CHUNK) -> ChunkTree:
    tree = ChunkTree()
    for at in range(0, len(plain), piece):
        tree.update(plain[at : at + piece])
    return tree


def plain_of(size: int) -> bytes:
    return bytes(range(251)) * (size // 251) + bytes(size % 251)


@pytest.mark.rfc("6962", "2.1")
def test_leaves_and_nodes_are_hashed_apart() -> None:
    plain = plain_of(2 * CHUNK + 1)
    leaves = [sha256(b"\0" + plain[at : at + CHUNK]).digest() for at in (0, CHUNK, 2 * CHUNK)]
    root = sha256(b"\1" + sha256(b"\1" + leaves[0] + leaves[1]).digest() + leaves[2]).digest()
    said = tree_of(plain).finish()
    assert said == {"tree": NAME, "chunk": 65_536, "chunks": 3, "root": root.hex()}
    # Without the first octet, a chunk of two hashes would pass for the node over them.
    assert sha256(leaves[0] + leaves[1]).digest() != node_hash(leaves[0], leaves[1])


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 7])
def test_the_pieces_do_not_matter_and_the_offline_verifier_finds_the_same(size: int) -> None:
    plain = plain_of(size)
    said = tree_of(plain).finish()
    assert all(tree_of(plain, piece).finish() == said for piece in (997, CHUNK, 3 * CHUNK))
    assert said["chunks"] == -(-size // CHUNK)
    chunks = (plain[at : at + CHUNK] for at in range(0, size, CHUNK))
    assert offline_verifier._tree_root(chunks).hex() == said["root"]


def test_each_chunk_is_proved_by_itself_and_in_its_place_only() -> None:
    plain = plain_of(5 * CHUNK + 7)
    tree = tree_of(plain)
    root = bytes.fromhex(tree.finish()["root"])
    chunks = [plain[at : at + CHUNK] for at in range(0, len(plain), CHUNK)]
    for number, chunk in enumerate(chunks):
        path = tree.tree.inclusion(number, 6)
        assert includes(chunk, number, (6, root), path)
        assert not includes(chunk[:-1], number, (6, root), path)
    for number, (chunk, other) in enumerate(pairwise(chunks)):
        assert chunk != other
        assert not includes(other, number, (6, root), tree.tree.inclusion(number, 6))
