"""The age header: strict, limited, authenticated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age_header import (
    MAX_STANZAS,
    bound_recording,
    build_header,
    parse_header,
    unwrap_header,
)
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


@pytest.mark.requirement("E-10")
def test_a_header_names_its_recording_under_the_mac() -> None:
    bound = build_header(KEY, [TENANT.recipient], IDS, recording="rec-1")
    header = parse_header(bound + b"payload")
    assert header.size == len(bound)
    assert unwrap_header(header, [TENANT]) == (KEY, TENANT)
    assert bound_recording(header) == "rec-1"
    for forged in (bound.replace(b"rec-1", b"rec-2"), bound.replace(b"-> pbx rec-1\n\n", b"")):
        with pytest.raises(ParseError):
            unwrap_header(parse_header(forged), [TENANT])


def test_a_header_of_before_is_bound_to_nothing() -> None:
    assert bound_recording(parse_header(HEADER)) is None


def stanzas(*texts: bytes) -> bytes:
    return b"age-encryption.org/v1\n" + b"".join(texts) + b"--- " + b"A" * 43 + b"\n"


@pytest.mark.parametrize(
    "octets",
    [
        stanzas(b"-> pbx\n\n"),
        stanzas(b"-> pbx a b\n\n"),
        stanzas(b"-> pbx a\nAAAA\n"),
        stanzas(b"-> pbx a\n\n", b"-> pbx a\n\n"),
    ],
)
def test_a_binding_without_one_clear_answer_is_refused(octets: bytes) -> None:
    with pytest.raises(ParseError):
        bound_recording(parse_header(octets))


@pytest.mark.parametrize("recording", ["a" * 129, "a b", "a\nb", "\u00e9", "\x7f"])
def test_a_recording_that_no_stanza_can_name(recording: str) -> None:
    assert build_header(KEY, [TENANT.recipient], IDS, recording="a" * 128)
    with pytest.raises(ParseError):
        build_header(KEY, [TENANT.recipient], IDS, recording=recording)


def test_the_binding_counts_as_a_stanza() -> None:
    many = [TENANT.recipient] * (MAX_STANZAS - 1)
    parse_header(build_header(KEY, many, IDS, recording="r"))
    with pytest.raises(ParseError):
        build_header(KEY, [*many, TENANT.recipient], IDS, recording="r")
