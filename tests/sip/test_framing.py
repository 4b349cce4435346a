"""Limits on messages and the framing of streams."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.framing import (
    MAX_HEADER_LINE,
    MAX_HEADER_LINES,
    MAX_LINES,
    MAX_MESSAGE,
    MAX_SAME_NAME,
    cut,
    frame_length,
)

START = b"OPTIONS sip:a@h SIP/2.0\r\n"


def refused(octets: bytes) -> int:
    with pytest.raises(ParseError) as caught:
        cut(octets)
    return caught.value.status


def test_message_size_at_the_limit() -> None:
    head = START + b"X: y\r\n\r\n"
    assert len(cut(head + b"b" * (MAX_MESSAGE - len(head))).body) == MAX_MESSAGE - len(head)
    assert refused(head + b"b" * (MAX_MESSAGE - len(head) + 1)) == 513


def test_number_of_header_lines_at_the_limit() -> None:
    lines = b"".join(b"X-%d: y\r\n" % index for index in range(MAX_HEADER_LINES))
    assert len(cut(START + lines + b"\r\n").entries) == MAX_HEADER_LINES
    assert refused(START + lines + b"One: more\r\n\r\n") == 400


def test_number_of_equal_names_at_the_limit() -> None:
    lines = b"".join((b"v: x\r\n", b"Via: x\r\n")[index % 2] for index in range(MAX_SAME_NAME))
    assert len(cut(START + lines + b"\r\n").entries) == MAX_SAME_NAME
    assert refused(START + lines + b"VIA: x\r\n\r\n") == 400


def test_length_of_a_header_line_at_the_limit() -> None:
    line = b"Zz: " + b"y" * (MAX_HEADER_LINE - 4)
    assert cut(START + line + b"\r\n\r\n").entries == [("zz", "Zz", "y" * (MAX_HEADER_LINE - 4))]
    assert refused(START + line + b"y\r\n\r\n") == 400


def test_the_limit_of_a_line_counts_octets_and_folded_parts() -> None:
    assert refused(START + b"X: " + "ü".encode() * (MAX_HEADER_LINE // 2) + b"\r\n\r\n") == 400
    assert refused(START + b"X: " + b"yyyy\r\n " * (MAX_HEADER_LINE // 5 + 1) + b"\r\n\r\n") == 400


def test_headers_without_end() -> None:
    assert refused(START + b"X: y\r\n") == 400


def test_folding_is_linear_on_hostile_blanks() -> None:
    assert refused(START + b"Zz:" + b" " * 60_000 + b"\r\n z\r\n\r\n") == 400


STREAM = START + b"Via: x\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.rfc("3261", "18.3")
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_frame_length(kind: type[bytes] | type[bytearray]) -> None:
    for size in range(len(STREAM)):
        assert frame_length(kind(STREAM[:size])) is None
    assert frame_length(kind(STREAM)) == len(STREAM)
    assert frame_length(kind(STREAM + STREAM)) == len(STREAM)


@pytest.mark.parametrize("line", [b"l: 3", b"CONTENT-LENGTH \t:3", b"Content-Length:\r\n 3"])
def test_frame_length_reads_every_spelling(line: bytes) -> None:
    octets = STREAM.replace(b"Content-Length: 3", line)
    assert frame_length(octets) == len(octets)


@pytest.mark.parametrize(
    "line", [b"X: y", b"l: x", b"l: -1", b"l:", b"l: 3\r\nContent-Length: 3", b"l: \xd9\xa1", b"Xl: 3"]
)
def test_a_stream_that_cannot_be_framed(line: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        frame_length(STREAM.replace(b"Content-Length: 3", line))
    assert caught.value.status == 400


def test_a_stream_at_the_limit() -> None:
    head = START + b"l: 00000\r\n\r\n"
    body = MAX_MESSAGE - len(head)
    octets = head.replace(b"00000", b"%05d" % body)
    assert frame_length(octets + b"x" * body) == MAX_MESSAGE
    with pytest.raises(ParseError) as caught:
        frame_length(octets.replace(b"%d" % body, b"%d" % (body + 1)))
    assert caught.value.status == 513


def test_a_stream_whose_headers_never_end() -> None:
    assert frame_length(b"x" * (MAX_MESSAGE - 1)) is None
    with pytest.raises(ParseError) as caught:
        frame_length(b"x" * MAX_MESSAGE)
    assert caught.value.status == 513


@pytest.mark.requirement("S-19")
@pytest.mark.parametrize(("n_folds", "is_taken"), [(MAX_LINES - 1, True), (MAX_LINES, False)])
def test_folded_lines_have_a_limit_before_they_are_unfolded(n_folds: int, is_taken: bool) -> None:
    octets = START + b"Subject: y" + b"\r\n " * n_folds + b"\r\n\r\n"
    if is_taken:
        assert cut(octets).entries == [("subject", "Subject", "y")]
    else:
        with pytest.raises(ParseError, match="folded"):
            cut(octets)
