"""The Merkle tree of a transparency log: root, inclusion and consistency proofs.

Source: RFC 6962 §2.1, RFC 9162 §2.1.

An entry is a commitment, SHA-256(salt || canonical payload): with payload and salt erased it still stands in
its place and says nothing. Hashes are 32 octets, indices count from 0.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
SALT_BYTES = 16  # of a name and a second there are few: without salt a commitment could be guessed
MAX_PROOF = 64  # hashes; enough for a tree of 2**63 entries
EMPTY_ROOT = sha256().digest()


def commitment(salt: bytes, payload: bytes) -> bytes:
    """Return the entry that stands in the log for a payload."""
    return sha256(salt + payload).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return MTH({entry}) (RFC 6962 §2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree; 64 octets of memory per entry, proofs in logarithmic time.

    Level 0 holds the leaf hashes, level n the nodes over 2**n leaves, complete ones only.
    """

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._levels[0]) // HASH_BYTES

    def append(self, entry: bytes) -> None:
        """Add an entry at index `size`."""
        node, level, index = leaf_hash(entry), 0, self.size
        while True:
            self._levels[level] += node
            if index % 2 == 0:
                return
            node = node_hash(self._node(level, index - 1), node)
            index //= 2
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())

    def root(self, size: int | None = None) -> bytes:
        """Return MTH over the first `size` entries, or over all."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError("no tree of this size")
        return self._over(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return PATH(index, D[size]) (RFC 6962 §2.1.1); ValueError when there is no such entry."""
        if not 0 <= index < size <= self.size:
            raise ValueError("no entry of this index in a tree of this size")
        path: list[bytes] = []
        first, last = 0, size
        while last - first > 1:
            middle = first + _split(last - first)
            if index < middle:
                path.append(self._over(middle, last))
                last = middle
            else:
                path.append(self._over(first, middle))
                first = middle
        return tuple(reversed(path))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return PROOF(old, D[new]) (RFC 6962 §2.1.2); empty for old = 0 and old = new."""
        if not 0 <= old <= new <= self.size:
            raise ValueError("no trees of these sizes")
        if old in (0, new):
            return ()
        path: list[bytes] = []
        first, last, whole = 0, new, True
        while last != old:
            middle = first + _split(last - first)
            if old <= middle:
                path.append(self._over(middle, last))
                last = middle
            else:
                path.append(self._over(first, middle))
                first, whole = middle, False
        if not whole:
            path.append(self._over(first, last))
        return tuple(reversed(path))

    def _over(self, first: int, last: int) -> bytes:
        """Return the hash over entries [first, last); `first` is where a subtree begins."""
        count = last - first
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._node(level, first >> level)
        middle = first + _split(count)
        return node_hash(self._over(first, middle), self._over(middle, last))

    def _node(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES])


def tree_of(entries: Sequence[bytes]) -> Tree:
    """Return the tree over some entries."""
    tree = Tree()
    for entry in entries:
        tree.append(entry)
    return tree


def includes(entry: bytes, index: int, head: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Whether `path` proves `entry` at `index` of the tree `head` = (size, root) (RFC 9162 §2.1.3.2)."""
    size, root = head
    if not 0 <= index < size or len(path) > MAX_PROOF:
        return False
    node, at, last = leaf_hash(entry), index, size - 1
    for other in path:
        if last == 0:
            return False
        if at % 2 or at == last:
            node = node_hash(other, node)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, other)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def extends(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Whether `path` proves that tree `new` begins with tree `old`, each (size, root) (RFC 9162 §2.1.4.2)."""
    (old_size, old_root), (new_size, new_root) = old, new
    if not 0 <= old_size <= new_size or len(path) > MAX_PROOF:
        return False
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    if old_size == new_size:
        return not path and old_root == new_root
    nodes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not nodes:
        return False
    at, last = old_size - 1, new_size - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    return _climbs(nodes, (at, last), (old_root, new_root))


def _climbs(nodes: Sequence[bytes], place: tuple[int, int], roots: tuple[bytes, bytes]) -> bool:
    at, last = place
    before = after = nodes[0]
    for other in nodes[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, other)
        at, last = at >> 1, last >> 1
    return last == 0 and (before, after) == roots


def _split(count: int) -> int:
    """Return the largest power of two below `count` (RFC 6962 §2.1)."""
    return 1 << (count - 1).bit_length() - 1
