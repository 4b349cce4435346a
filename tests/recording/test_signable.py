"""What the vault signs, and what not."""

from typing import Any

import pytest
import rfc8785

from pbx.core.errors import ParseError
from pbx.recording.signable import MAX_MANIFEST, recording_of

GOOD: dict[str, Any] = {
    "v": 1,
    "recording": "rec-1",
    "call": "call-1",
    "tenant": "acme",
    "object_key": "ab/cd",
    "sha256_cipher": "0" * 64,
    "sha256_plain": "1" * 64,
}


def test_a_manifest_names_its_recording() -> None:
    assert recording_of(rfc8785.dumps(GOOD)) == "rec-1"
    assert recording_of(rfc8785.dumps(GOOD | {"v": 2, "more": [1]})) == "rec-1"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{}",
        b'{"v":1}',
        b"[1]",
        b"pbx-audit/1\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        rfc8785.dumps(GOOD) + b"\n",
        rfc8785.dumps(GOOD | {"v": "1"}),
        rfc8785.dumps(GOOD | {"v": True}),
        rfc8785.dumps(GOOD | {"recording": ""}),
        rfc8785.dumps(GOOD | {"tenant": 4}),
        rfc8785.dumps(GOOD | {"sha256_cipher": "0" * 63}),
    ],
)
def test_nothing_else_is_signed(octets: bytes) -> None:
    with pytest.raises(ParseError):
        recording_of(octets)


def test_the_longest_manifest() -> None:
    room = MAX_MANIFEST - len(rfc8785.dumps(GOOD | {"more": ""}))
    assert recording_of(rfc8785.dumps(GOOD | {"more": "x" * room})) == "rec-1"
    with pytest.raises(ParseError):
        recording_of(rfc8785.dumps(GOOD | {"more": "x" * (room + 1)}))
