"""Bodies of several parts: what we write is read back, and what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.sip.multipart import (
    MAX_BOUNDARY,
    MAX_PART_HEADERS,
    MAX_PARTS,
    Part,
    find,
    is_multipart,
    join,
    split,
)

SDP = Part(content_type="application/sdp", body=b"v=0\r\n")
XML = Part(content_type="application/rs-metadata+xml", body=b"<recording/>", disposition="recording-session")


def test_what_is_written_is_literally_this() -> None:
    kind, body = join((SDP, XML), SeededIds())
    boundary = kind.removeprefix("multipart/mixed;boundary=")
    assert (
        body
        == (
            f"--{boundary}\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
            f"--{boundary}\r\nContent-Type: application/rs-metadata+xml\r\n"
            f"Content-Disposition: recording-session\r\n\r\n<recording/>\r\n--{boundary}--\r\n"
        ).encode()
    )


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=MAX_PARTS))
def test_what_is_written_is_read_back(bodies: list[bytes]) -> None:
    parts = tuple(Part(content_type="application/x", body=body) for body in bodies)
    assert split(*join(parts, SeededIds())) == parts


def test_a_boundary_may_stand_in_quotes_and_types_in_any_case() -> None:
    body = b"said before\r\n--a b\r\ncontent-type: Application/SDP; x=y\r\n\r\nv=0\r\n\r\n--a b--\r\nafter"
    assert split('multipart/mixed; charset=x; boundary="a b"', body) == (SDP,)


def test_a_part_without_header_fields_is_text() -> None:
    assert split("multipart/mixed;boundary=x", b"--x\r\n\r\nhello\r\n--x--") == (
        Part(content_type="text/plain", body=b"hello"),
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/mixed", b"--x\r\n\r\n\r\n--x--"),
        ("multipart/mixed;boundary=", b"----"),
        ("multipart/mixed;boundary=" + "x" * (MAX_BOUNDARY + 1), b""),
        ("multipart/mixed;boundary=x", b"--x\r\n\r\nnever ends"),
        ("multipart/mixed;boundary=x", b"--x\r\nno empty line\r\n--x--"),
        ("multipart/mixed;boundary=x", b"--x\r\nno field\r\n\r\n\r\n--x--"),
        ("multipart/mixed;boundary=x", b""),
    ],
)
def test_what_is_no_such_body_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(ParseError):
        split(kind, body)
    assert find(kind, body, "application/sdp") is None


def test_the_longest_boundary_is_read() -> None:
    longest = "x" * MAX_BOUNDARY
    assert split(f"multipart/mixed;boundary={longest}", f"--{longest}\r\n\r\na\r\n--{longest}--".encode())


def test_as_many_parts_as_the_limit_says_and_no_more() -> None:
    most = join((SDP,) * MAX_PARTS, SeededIds())
    assert len(split(*most)) == MAX_PARTS
    with pytest.raises(ParseError):
        split(*join((SDP,) * (MAX_PARTS + 1), SeededIds()))


def test_as_many_header_fields_as_the_limit_says_and_no_more() -> None:
    def body(n_fields: int) -> bytes:
        fields = "".join(f"X-{i}: y\r\n" for i in range(n_fields))
        return f"--x\r\n{fields}\r\n\r\n--x--".encode()

    assert len(split("multipart/mixed;boundary=x", body(MAX_PART_HEADERS))) == 1
    with pytest.raises(ParseError):
        split("multipart/mixed;boundary=x", body(MAX_PART_HEADERS + 1))


def test_a_part_is_found_by_its_type() -> None:
    written = join((XML, SDP), SeededIds())
    assert find(*written, "application/sdp") == SDP.body
    assert find(*written, "text/plain") is None
    assert is_multipart("multipart/mixed") and not is_multipart("application/sdp")
