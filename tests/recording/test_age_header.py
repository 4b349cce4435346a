"""The age header: strict, limited, authenticated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age_header import MAX_STANZAS, build_header, parse_header, unwrap_header
from pbx.recording.age_keys import generate_identity

IDS = SeededIds("header")
KEY = Secret(b"0123456789abcdef")
TENANT, ESCROW, STRANGER = (generate_identity(IDS) for _ in range(3))
HEADER = build_header(KEY, [TENANT.recipient, ESCROW.recipient], IDS)


@pytest.mark.parametrize("identity", [TENANT, ESCROW])
def test_each_recipient_gets_the_file_key(identity: object) -> None:
    header = parse_header(HEADER + b"payload")
    assert header.size == len(HEADER)
    assert unwrap_header(header, [STRANGER, TENANT if identity is TENANT else ESCROW]) == (KEY, identity)


def test_a_stranger_gets_nothing() -> None:
    assert unwrap_header(parse_header(HEADER), [STRANGER]) is None


@pytest.mark.requirement("E-04")
def test_every_flipped_bit_is_noticed() -> None:
    for bit in range(8 * len(HEADER)):
        octets = bytearray(HEADER)
        octets[bit // 8] ^= 1 << bit % 8
        try:
            opened = unwrap_header(parse_header(bytes(octets)), [TENANT])
        except ParseError:
            continue
        # a flip in TENANT's own stanza may only make it unreadable
        assert opened is None, bit


@given(st.integers(0, len(HEADER) - 1))
def test_a_cut_header_is_refused(n_bytes: int) -> None:
    with pytest.raises(ParseError):
        parse_header(HEADER[:n_bytes])


@given(st.binary(max_size=300))
def test_rubbish_is_a_parse_error(octets: bytes) -> None:
    with pytest.raises(ParseError):
        parse_header(b"age-encryption.org/v1\n" + octets)


def test_twenty_recipients_pass_and_one_more_is_refused() -> None:
    many = [TENANT.recipient] * MAX_STANZAS
    assert len(parse_header(build_header(KEY, many, IDS)).stanzas) == MAX_STANZAS
    with pytest.raises(ParseError):
        build_header(KEY, [*many, TENANT.recipient], IDS)
    stanza = b"-> grease\n\n"
    mac = b"--- " + b"A" * 43 + b"\n"
    assert parse_header(b"age-encryption.org/v1\n" + stanza * MAX_STANZAS + mac)
    with pytest.raises(ParseError):
        parse_header(b"age-encryption.org/v1\n" + stanza * (MAX_STANZAS + 1) + mac)


MAC = b"--- " + b"A" * 43 + b"\n"


@pytest.mark.parametrize(
    "text",
    [
        b"age-encryption.org/v2\n-> a\n\n" + MAC,
        b"age-encryption.org/v1\r\n-> a\n\n" + MAC,
        b"age-encryption.org/v1\n" + MAC,  # no stanza
        b"age-encryption.org/v1\n-> \n\n" + MAC,  # no type
        b"age-encryption.org/v1\n-> a  b\n\n" + MAC,  # two spaces
        b"age-encryption.org/v1\n-> a\nAB\n" + MAC,  # spare bits that are not zero
        b"age-encryption.org/v1\n-> a\nAA==\n" + MAC,  # padding
        b"age-encryption.org/v1\n-> a\n" + b"A" * 64 + b"\n" + MAC,  # no short last line
        b"age-encryption.org/v1\n-> a\n" + b"A" * 68 + b"\n" + MAC,
        b"age-encryption.org/v1\n-> scrypt AA 10\n\n-> a\n\n" + MAC,
        b"age-encryption.org/v1\n-> a\n\n--- AAAA\n",
        b"age-encryption.org/v1\n-> a\n\n---  " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> a\n\n" + MAC[:-1],
        b"age-encryption.org/v1\n-> a " + b"b" * 65536 + b"\n\n" + MAC,  # over 64 KiB
    ],
)
def test_a_header_with_another_form_is_refused(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_header(text)
