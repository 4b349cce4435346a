"""The file of a wrapped key: what it says, and what it does not."""

import json
from dataclasses import replace

import pytest

from pbx.core.errors import ParseError
from pbx.recording.envelope import MAX_ENVELOPE, Envelope, KeyContext, parse_envelope

ENVELOPE = Envelope(provider="kms", kek="arn:aws:kms:x:1:key/2", nonce=b"n" * 12, sealed=b"s", data_key=b"d")
ACME = KeyContext(purpose="identity", tenant="acme", epoch=2)


def test_what_is_written_is_read() -> None:
    for one in (ENVELOPE, replace(ENVELOPE, provider="pkcs11", data_key=b"")):
        assert parse_envelope(one.octets()) == one


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(ENVELOPE.octets()) | fields).encode()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"AGE-SECRET-KEY-1QQQQ",
        b"[]",
        b"\xff",
        b"[" * 10_000,
        changed(more="x"),
        changed(nonce=7),
        changed(nonce="*"),
        changed(format="pbx wrapped key 2"),
        changed(provider="local"),
        changed(kek=""),
    ],
)
def test_anything_else_is_refused(octets: bytes) -> None:
    with pytest.raises(ParseError):
        parse_envelope(octets)


def test_a_file_has_a_limit() -> None:
    line = ENVELOPE.octets()
    assert parse_envelope(line + b" " * (MAX_ENVELOPE - len(line))) == ENVELOPE
    with pytest.raises(ParseError, match="more than 16384 octets"):
        parse_envelope(line + b" " * (MAX_ENVELOPE - len(line) + 1))


@pytest.mark.requirement("E-10")
def test_a_context_is_that_of_one_key() -> None:
    others = [
        KeyContext(purpose="identity", tenant="acme", epoch=3),
        KeyContext(purpose="identity", tenant="globex", epoch=2),
        KeyContext(purpose="signing"),
    ]
    assert ACME.pairs() == {
        "format": "pbx wrapped key 1",
        "purpose": "identity",
        "tenant": "acme",
        "epoch": "2",
    }
    assert len({one.aad() for one in (ACME, *others)}) == 4
    assert [str(one) for one in (ACME, others[2])] == ["acme@2", "signing"]
    assert all(value for one in (ACME, *others) for value in one.pairs().values()), "KMS takes no empty value"
