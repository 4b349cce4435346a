"""Checkpoints of a log as signed notes, and proofs that carry one.

A note is a text, a blank line and lines `— name base64(key id || signature)`; ours have one signature, by
Ed25519. Source: C2SP signed-note, tlog-checkpoint and tlog-proof.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pbx.core.errors import ParseError
from pbx.recording.log import HASH_BYTES, MAX_PROOF

MAX_NOTE = 4096  # octets; ours have some 250, witnesses may add a few lines
MAX_SIGNATURES = 16
_ED25519 = b"\x01"
_DASH = "\u2014 "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]{1,128}")
_PROOF = "c2sp.org/tlog-proof@v1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: who it is, how many entries it has, and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def head(self) -> tuple[int, bytes]:
        return self.size, self.root

    def text(self) -> bytes:
        """Return the text of the note, which is what is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


def origin_of(public_key: bytes) -> str:
    """Return the name of the log that a key signs: no two installations share one."""
    return f"pbx-audit/{sha256(public_key).hexdigest()[:16]}"


def parse_text(text: bytes) -> Checkpoint:
    """Return the checkpoint of a note's text without extension lines; ParseError when it is none."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError:
        raise ParseError("a checkpoint that is not UTF-8", 0) from None
    if len(text) > MAX_NOTE or len(lines) != 4 or lines[3]:
        raise ParseError("a checkpoint needs three lines", 0)
    if not _NAME.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
        raise ParseError("a checkpoint without origin and size", 0)
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=_hash(lines[2]))


def sign(checkpoint: Checkpoint, public_key: bytes, signer: Callable[[bytes], bytes]) -> bytes:
    """Return the signed note."""
    text = checkpoint.text()
    blob = b64encode(_key_id(checkpoint.origin, public_key) + signer(text)).decode()
    return text + f"\n{_DASH}{checkpoint.origin} {blob}\n".encode()


def open_note(note: bytes, public_key: bytes) -> Checkpoint:
    """Return the checkpoint of a note that the log's key has signed; ParseError otherwise.

    Signatures by others are left alone, as the format asks for.
    """
    text, blank, signatures = note.partition(b"\n\n")
    if len(note) > MAX_NOTE or not blank:
        raise ParseError("not a signed note", 0)
    checkpoint = parse_text(text + b"\n")
    lines = signatures.decode("utf-8", "replace").split("\n")
    if lines[-1] or len(lines) - 1 > MAX_SIGNATURES:
        raise ParseError("a signed note with too many lines, or a cut one", 0)
    wanted = _key_id(checkpoint.origin, public_key)
    for line in lines[:-1]:
        name, _, blob = line.removeprefix(_DASH).partition(" ")
        octets = _base64(blob)
        if name == checkpoint.origin and octets[:4] == wanted:
            if not _is_signed(public_key, text + b"\n", octets[4:]):
                break
            return checkpoint
    raise ParseError("a note that the log's key has not signed", 0)


def format_proof(index: int, path: Sequence[bytes], note: bytes) -> bytes:
    """Return a tlog-proof: the entry of this index is in the tree of this signed note."""
    hashes = "".join(f"{b64encode(node).decode()}\n" for node in path)
    return f"{_PROOF}index {index}\n{hashes}\n".encode() + note


def parse_proof(octets: bytes) -> tuple[int, tuple[bytes, ...], bytes]:
    """Return index, path and signed note of a tlog-proof; ParseError when it is none."""
    head, blank, note = octets.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if not blank or len(lines) < 2 or lines[0] + "\n" != _PROOF or len(lines) > MAX_PROOF + 2:
        raise ParseError("not a tlog-proof", 0)
    word, _, index = lines[1].partition(" ")
    if word != "index" or not _SIZE.fullmatch(index):
        raise ParseError("a tlog-proof without an index", 0)
    return int(index), tuple(map(_hash, lines[2:])), note


def _is_signed(public_key: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key_id(name: str, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]


def _hash(text: str) -> bytes:
    octets = _base64(text)
    if len(octets) != HASH_BYTES:
        raise ParseError("not the base64 of a hash", 0)
    return octets


def _base64(text: str) -> bytes:
    """Return the octets of strict base64, empty for anything else."""
    try:
        octets = b64decode(text, validate=True)
    except ValueError:
        return b""
    return octets if b64encode(octets).decode() == text else b""
