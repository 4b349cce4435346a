"""What checkpoints outside are called, and what they prove."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.errors import ParseError
from pbx.recording.outside import PREFIX, Named, folder_of, key_of, named, signed_head
from pbx.recording.signed_note import Checkpoint, origin_of, sign

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = SIGNER.public_key().public_bytes_raw()
pytestmark = pytest.mark.requirement("E-14")


def checkpoint(size: int, root: bytes = b"r" * 32) -> Checkpoint:
    return Checkpoint(origin=origin_of(PUBLIC), size=size, root=root)


def note(of: Checkpoint) -> bytes:
    return sign(of, PUBLIC, SIGNER.sign)


def test_names_sort_like_the_trees_that_they_are_of_and_behind_all_recordings() -> None:
    keys = [key_of(checkpoint(size)) for size in (0, 9, 10, 999, 10**18)]
    assert keys == sorted(keys)
    assert all(key.startswith(folder_of(PUBLIC)) for key in keys)
    assert keys[1] == f"{folder_of(PUBLIC)}0000000000000000009-{'72' * 32}.note"
    assert PREFIX > "ff/" + "f" * 62 + ".age-payload"


def test_what_a_folder_holds() -> None:
    keys = [key_of(checkpoint(size)) for size in (1000, 7)]
    found, strange = named([*keys, f"{folder_of(PUBLIC)}7-x.note", f"{folder_of(PUBLIC)}{'0' * 19}-"])
    assert [one.head for one in found] == [(7, b"r" * 32), (1000, b"r" * 32)]
    assert [one.key for one in found] == keys[::-1]
    assert len(strange) == 2


def test_a_note_proves_what_its_name_says_and_nothing_else_does() -> None:
    (one,), _ = named([key_of(checkpoint(7))])
    assert signed_head(one, note(checkpoint(7)), PUBLIC) == (7, b"r" * 32)
    other = Ed25519PrivateKey.generate()
    strangers = other.public_key().public_bytes_raw()
    of_another = sign(Checkpoint(origin=origin_of(strangers), size=7, root=b"r" * 32), strangers, other.sign)
    forged = sign(checkpoint(7), PUBLIC, other.sign)
    for wrong in (note(checkpoint(8)), note(checkpoint(7, b"s" * 32)), of_another, forged, b"", b"x\n\n"):
        with pytest.raises(ParseError):
            signed_head(one, wrong, PUBLIC)
    assert one == Named(key=key_of(checkpoint(7)), head=(7, b"r" * 32))
