"""STUN messages, with the vectors of RFC 5769."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.core.stun import (
    FINGERPRINT,
    HEADER,
    MAX_ATTRIBUTES,
    MAX_MESSAGE,
    MESSAGE_INTEGRITY,
    PRIORITY,
    REQUEST,
    SUCCESS,
    USE_CANDIDATE,
    USERNAME,
    attribute,
    build_stun,
    error_code,
    is_authentic,
    is_stun,
    is_whole,
    mapped_address,
    parse_stun,
    unknown_attributes,
    with_fingerprint,
    with_integrity,
)

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
CHECK = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
ANSWER = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)


@pytest.mark.rfc("5769", "2.1")
def test_a_check_is_read() -> None:
    message = parse_stun(CHECK)
    assert (message.kind, message.transaction) == (REQUEST, TRANSACTION)
    assert message.value(USERNAME) == b"evtj:h6vY"
    assert message.value(PRIORITY) == bytes.fromhex("6e0001ff")
    assert is_authentic(message, PASSWORD) and is_whole(message)
    assert not is_authentic(message, PASSWORD[1:])


@pytest.mark.rfc("5769", "2.2")
def test_an_answer_is_read_and_written() -> None:
    message = parse_stun(ANSWER)
    assert message.kind == SUCCESS
    assert is_authentic(message, PASSWORD) and is_whole(message)
    software = ANSWER[20:36]  # its padding is not zero, which the integrity covers
    address = mapped_address("192.0.2.1", 32853, TRANSACTION)
    assert (
        with_fingerprint(with_integrity(build_stun(SUCCESS, TRANSACTION, (software, address)), PASSWORD))
        == ANSWER
    )


@pytest.mark.parametrize("place", range(len(CHECK)))
def test_any_other_octet_is_noticed(place: int) -> None:
    damaged = CHECK[:place] + bytes([CHECK[place] ^ 1]) + CHECK[place + 1 :]
    try:
        message = parse_stun(damaged)
    except ParseError:
        return
    assert not (is_authentic(message, PASSWORD) and is_whole(message))


@pytest.mark.rfc("8489", "14.5")
def test_what_follows_the_integrity_does_not_count() -> None:
    octets = with_integrity(build_stun(REQUEST, TRANSACTION, (attribute(USERNAME, b"a:b"),)), PASSWORD)
    extended = build_stun(REQUEST, TRANSACTION, (octets[HEADER.size :], attribute(USE_CANDIDATE, b"")))
    message = parse_stun(with_fingerprint(extended))
    assert is_authentic(message, PASSWORD) and is_whole(message)
    assert message.value(USE_CANDIDATE) is None
    assert message.unknown(frozenset((USERNAME, MESSAGE_INTEGRITY))) == []


def test_without_integrity_or_fingerprint_nothing_is_proved() -> None:
    message = parse_stun(build_stun(REQUEST, TRANSACTION))
    assert not is_authentic(message, PASSWORD) and not is_whole(message)
    early = build_stun(REQUEST, TRANSACTION, (attribute(FINGERPRINT, bytes(4)), attribute(USERNAME, b"x")))
    assert not is_whole(parse_stun(early))


def test_limits() -> None:
    most = build_stun(REQUEST, TRANSACTION, [attribute(0x8022, b"")] * MAX_ATTRIBUTES)
    assert len(parse_stun(most).attributes) == MAX_ATTRIBUTES
    with pytest.raises(ParseError):
        parse_stun(build_stun(REQUEST, TRANSACTION, [attribute(0x8022, b"")] * (MAX_ATTRIBUTES + 1)))
    longest = build_stun(REQUEST, TRANSACTION, [attribute(0x8022, bytes(MAX_MESSAGE - 24))])
    assert len(parse_stun(longest).octets) == MAX_MESSAGE
    with pytest.raises(ParseError):
        parse_stun(build_stun(REQUEST, TRANSACTION, [attribute(0x8022, bytes(MAX_MESSAGE - 23))]))


def test_errors_name_their_status() -> None:
    assert error_code(487) == bytes.fromhex("0009001100000457") + b"Role Conflict\0\0\0"
    assert unknown_attributes([1, 2, 3, 4, 5]) == bytes.fromhex("000a00080001000200030004")


@given(st.binary(max_size=200))
def test_octets_are_read_or_refused(octets: bytes) -> None:
    for tried in (
        octets,
        CHECK[:20] + octets,
        CHECK[:2] + len(octets).to_bytes(2, "big") + CHECK[4:20] + octets,
    ):
        try:
            message = parse_stun(tried)
        except ParseError as error:
            assert error.status == 0
        else:
            assert is_stun(tried)
            assert not is_authentic(message, b"another password")
