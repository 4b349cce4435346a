"""The Merkle tree against the vectors of RFC 6962's reference implementation, and against its definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.recording.log import EMPTY_ROOT, MAX_PROOF, commitment, extends, includes, node_hash, tree_of

# The eight entries and roots that the tests of the certificate-transparency project are made of.
ENTRIES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def by_definition(entries: tuple[bytes, ...]) -> bytes:
    """MTH of RFC 6962 §2.1, word by word."""
    if not entries:
        return EMPTY_ROOT
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return node_hash(by_definition(entries[:k]), by_definition(entries[k:]))


@pytest.mark.rfc("6962", "2.1")
@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_known_trees(size: int) -> None:
    assert tree_of(ENTRIES[:size]).root().hex() == ROOTS[size]
    assert tree_of(ENTRIES).root(size).hex() == ROOTS[size]


@pytest.mark.rfc("6962", "2.1.3")
def test_the_proofs_of_the_rfc_s_example() -> None:
    """RFC 6962 §2.1.3 draws a tree of seven leaves and names the nodes of some proofs."""
    d = ENTRIES[:7]
    a, b, c, e, f, j = (sha256(b"\x00" + d[n]).digest() for n in (0, 1, 2, 4, 5, 6))
    g, h = node_hash(a, b), node_hash(c, sha256(b"\x00" + d[3]).digest())
    i = node_hash(e, f)
    k, upper = node_hash(g, h), node_hash(i, j)
    tree = tree_of(d)
    assert tree.inclusion(0, 7) == (b, h, upper)
    assert tree.inclusion(3, 7) == (c, g, upper)
    assert tree.inclusion(4, 7) == (f, j, k)
    assert tree.inclusion(6, 7) == (i, k)
    assert tree.consistency(3, 7) == (c, sha256(b"\x00" + d[3]).digest(), g, upper)
    assert tree.consistency(4, 7) == (upper,)
    assert tree.consistency(6, 7) == (i, j, k)


@pytest.mark.rfc("9162", "2.1.3.2")
@given(size=st.integers(1, 70), data=st.data())
def test_a_proof_holds_for_its_entry_and_place_only(size: int, data: st.DataObject) -> None:
    entries = tuple(bytes([n]) for n in range(size))
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(entries)
    assert tree.root() == by_definition(entries)
    head, path = (size, tree.root()), tree.inclusion(index, size)
    assert includes(entries[index], index, head, path)
    assert not includes(b"other", index, head, path)
    assert not includes(entries[index], index, head, (*path, EMPTY_ROOT))
    assert not includes(entries[index], size, head, path)
    wrong = data.draw(st.integers(0, size - 1))
    assert includes(entries[index], wrong, head, path) == (wrong == index)


@pytest.mark.rfc("9162", "2.1.4.2")
@given(new=st.integers(1, 70), data=st.data())
def test_a_tree_extends_what_it_began_with_only(new: int, data: st.DataObject) -> None:
    entries = tuple(bytes([n]) for n in range(new))
    old = data.draw(st.integers(1, new))
    tree = tree_of(entries)
    before, after, path = (old, tree.root(old)), (new, tree.root()), tree.consistency(old, new)
    assert extends(before, after, path)
    assert extends((0, EMPTY_ROOT), after, ())
    changed = data.draw(st.integers(0, old - 1))
    fork = tree_of([b"x" if n == changed else entry for n, entry in enumerate(entries)])
    assert not extends(before, (new, fork.root()), fork.consistency(old, new))
    assert not extends(before, after, (*path, EMPTY_ROOT))


def test_a_tree_never_shrinks() -> None:
    tree = tree_of(ENTRIES)
    assert not extends((8, tree.root()), (7, tree.root(7)), ())
    assert not extends((0, ROOTS[1].encode()), (8, tree.root()), ())
    assert not extends((4, tree.root(4)), (8, tree.root()), ())


@pytest.mark.parametrize(("n_hashes", "judged"), [(MAX_PROOF, True), (MAX_PROOF + 1, False)])
def test_the_longest_proof(n_hashes: int, judged: bool) -> None:
    """The last entry of a tree of 2**n has n neighbours on its left."""
    entry, node = b"last", sha256(b"\x00last").digest()
    for _ in range(n_hashes):
        node = node_hash(EMPTY_ROOT, node)
    size = 1 << n_hashes
    assert includes(entry, size - 1, (size, node), (EMPTY_ROOT,) * n_hashes) == judged


def test_entries_that_are_not_there() -> None:
    tree = tree_of(ENTRIES)
    for index, size in ((8, 8), (-1, 8), (0, 9)):
        with pytest.raises(ValueError):
            tree.inclusion(index, size)
    for old, new in ((5, 4), (-1, 4), (1, 9)):
        with pytest.raises(ValueError):
            tree.consistency(old, new)
    with pytest.raises(ValueError):
        tree.root(9)


def test_a_commitment_depends_on_its_salt() -> None:
    assert commitment(b"s", b"p") == sha256(b"sp").digest() != commitment(b"t", b"p")
