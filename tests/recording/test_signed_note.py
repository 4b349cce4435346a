"""Signed checkpoints and the proofs that carry them."""

from base64 import b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.errors import ParseError
from pbx.recording.log import MAX_PROOF
from pbx.recording.signed_note import (
    MAX_SIGNATURES,
    Checkpoint,
    format_proof,
    open_note,
    origin_of,
    parse_proof,
    parse_text,
    sign,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
HEAD = Checkpoint(origin="pbx-audit/1", size=7, root=bytes(range(32)))
NOTE = sign(HEAD, PUBLIC, KEY.sign)


def test_a_note_is_three_lines_and_a_signature() -> None:
    text, _, signature = NOTE.partition(b"\n\n")
    assert text == b"pbx-audit/1\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    key_id = sha256(b"pbx-audit/1\n\x01" + PUBLIC).digest()[:4]
    blob = b64encode(key_id + KEY.sign(text + b"\n")).decode()
    assert signature.decode() == f"\u2014 pbx-audit/1 {blob}\n"
    assert open_note(NOTE, PUBLIC) == HEAD


def test_the_note_of_another_key_or_text_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)).public_key().public_bytes_raw()
    with pytest.raises(ParseError):
        open_note(NOTE, other)
    for at in range(len(NOTE)):
        spoilt = bytearray(NOTE)
        spoilt[at] ^= 1
        with pytest.raises(ParseError):
            open_note(bytes(spoilt), PUBLIC)


def test_signatures_of_witnesses_are_left_alone() -> None:
    witness = "\u2014 witness.example AAAAAAAA\n".encode()
    assert open_note(NOTE + witness * (MAX_SIGNATURES - 1), PUBLIC) == HEAD
    with pytest.raises(ParseError):
        open_note(NOTE + witness * MAX_SIGNATURES, PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"origin\n7\n",
        b"origin\n07\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        b"origin\n-1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        b"two words\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        b"origin\n7\nAAEC\n",
        b"origin\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        b"origin\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore\n",
        b"\xff\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        b"{}",
    ],
)
def test_what_is_no_checkpoint(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_text(text)


def test_a_checkpoint_comes_back() -> None:
    assert parse_text(HEAD.text()) == HEAD
    assert parse_text(Checkpoint(origin="o", size=0, root=bytes(32)).text()).size == 0


def test_a_proof_comes_back() -> None:
    path = (bytes(32), bytes([1] * 32))
    octets = format_proof(5, path, NOTE)
    assert octets.startswith(b"c2sp.org/tlog-proof@v1\nindex 5\nAAAA")
    assert parse_proof(octets) == (5, path, NOTE)
    assert parse_proof(format_proof(0, (), NOTE)) == (0, (), NOTE)
    assert len(parse_proof(format_proof(0, (bytes(32),) * MAX_PROOF, NOTE))[1]) == MAX_PROOF


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        NOTE,
        b"c2sp.org/tlog-proof@v2\nindex 5\n\n" + NOTE,
        b"c2sp.org/tlog-proof@v1\n\n" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex x\n\n" + NOTE,
        b"c2sp.org/tlog-proof@v1\nindex 5\nAAAA\n\n" + NOTE,
        format_proof(0, (bytes(32),) * (MAX_PROOF + 1), NOTE),
    ],
)
def test_what_is_no_proof(octets: bytes) -> None:
    with pytest.raises(ParseError):
        parse_proof(octets)


def test_every_key_has_a_log_of_its_own() -> None:
    assert origin_of(PUBLIC) != origin_of(bytes(32))
    assert origin_of(PUBLIC).startswith("pbx-audit/")
