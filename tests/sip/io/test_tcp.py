"""Framing of a TCP stream."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.io.tcp import Framer

MESSAGE = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.rfc("3261", "18.3")
@pytest.mark.parametrize("n_bytes", [1, 2, 3, 7, 200])
def test_any_segmentation_gives_the_same_messages(n_bytes: int) -> None:
    framer = Framer()
    stream = MESSAGE + b"\r\n\r\n" + MESSAGE + MESSAGE
    messages: list[bytes] = []
    n_pings = 0
    for start in range(0, len(stream), n_bytes):
        found, pings = framer.feed(stream[start : start + n_bytes])
        messages += found
        n_pings += pings
    assert messages == [MESSAGE] * 3
    assert n_pings == 1
    assert not framer.is_inside_message


def test_a_single_crlf_is_no_ping() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n" + MESSAGE) == ([MESSAGE], 0)


def test_an_unframeable_stream_is_an_error() -> None:
    with pytest.raises(ParseError):
        Framer().feed(b"OPTIONS sip:a SIP/2.0\r\n\r\n")
