"""The test vectors of the age project: every supported one has its expected verdict."""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording.age import PayloadDecryptor, parse_header, parse_identity, unwrap_header

FOLDER = Path(__file__).parent / "age_testkit"
VECTORS = sorted(path for path in FOLDER.glob("[!.]*") if path.name != "README.md")
FEATURES = ("stanza_", "x25519", "hmac_", "stream_")
PIECE = 1009  # prime: pieces end anywhere in a chunk
# The reference reads the nonce with the header; we keep the two apart.
WORDS = {"the header's MAC is wrong": "HMAC failure", "the payload has no nonce": "header failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One file of the testkit; `payload` is the SHA-256 of all plaintext that may be released."""

    expect: str
    payload: str
    identities: tuple[str, ...]
    octets: bytes

    @classmethod
    def read(cls, path: Path) -> "Vector":
        head, _, octets = path.read_bytes().partition(b"\n\n")
        lines = [line.partition(": ") for line in head.decode().split("\n")]
        fields = {key: value for key, _, value in lines}
        assert fields.get("compressed", "zlib") == "zlib"
        return cls(
            expect=fields["expect"],
            payload=fields.get("payload", ""),
            identities=tuple(value for key, _, value in lines if key == "identity"),
            octets=zlib.decompress(octets) if "compressed" in fields else octets,
        )


def judge(vector: Vector) -> tuple[str, bytes]:
    """Return the testkit's word for what became of the file, and the plaintext that was released."""
    identities = [parse_identity(Secret(text)) for text in vector.identities]
    try:
        header = parse_header(vector.octets)
        opened = unwrap_header(header, identities)
    except ParseError as error:
        return WORDS.get(str(error), "header failure"), b""
    if opened is None:
        return "no match", b""
    decryptor, released = PayloadDecryptor(opened[0]), bytearray()
    payload = vector.octets[header.size :]
    try:
        for at in range(0, len(payload), PIECE):
            released += decryptor.update(payload[at : at + PIECE])
        released += decryptor.finish()
    except ParseError as error:
        return WORDS.get(str(error), "payload failure"), bytes(released)
    return "success", bytes(released)


@pytest.mark.requirement("E-02")
@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.name)
def test_vector_gets_its_verdict(path: Path) -> None:
    vector = Vector.read(path)
    verdict, released = judge(vector)
    assert verdict == vector.expect
    if vector.payload:
        assert hashlib.sha256(released).hexdigest() == vector.payload


@pytest.mark.requirement("E-02")
def test_every_kind_of_vector_is_there() -> None:
    names = [path.name for path in VECTORS]
    assert len(names) == 68
    assert all(any(name.startswith(feature) for name in names) for feature in FEATURES)
