"""A sealed recording as a file."""

import json
from datetime import UTC, datetime

import pytest

from pbx.core.errors import ParseError
from pbx.recording.effects import FinishedRecording
from pbx.recording.prepared import MAX_PREPARED, decode, encode

FINISHED = FinishedRecording(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    header=b"\x00\xff",
    object_key="ab/abc",
    size=3,
    sha256_cipher="0" * 64,
    manifest=b"{}",
    signature=bytes(64),
    started_at=datetime(2026, 1, 2, tzinfo=UTC),
    duration_ms=20,
    recovered=True,
)


def test_it_comes_back() -> None:
    assert decode(encode(FINISHED)) == FINISHED


def broken(**changes: object) -> bytes:
    return json.dumps(json.loads(encode(FINISHED)) | changes).encode()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        encode(FINISHED)[:-1],
        broken(more=1),
        broken(size="3"),
        broken(recovered=1),
        broken(header="*"),
        broken(header=1),
        broken(started_at="yesterday"),
        b"[" * 100_000,
    ],
)
def test_anything_else_is_a_parse_error(octets: bytes) -> None:
    with pytest.raises(ParseError):
        decode(octets)


def test_its_length_is_limited() -> None:
    octets = encode(FINISHED)
    assert decode(octets + b" " * (MAX_PREPARED - len(octets))) == FINISHED
    with pytest.raises(ParseError):
        decode(octets + b" " * (MAX_PREPARED - len(octets) + 1))
