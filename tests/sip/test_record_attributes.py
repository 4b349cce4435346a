"""What a party says of being recorded."""

import pytest

from pbx.sip.record_attributes import MAX_LINE, RecordState, preference, record_lines, record_of
from pbx.sip.sdp import Media

HEAD = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"


@pytest.mark.rfc("7866", "7.1.3")
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (b"", None),
        (b"a=recordpref:off\r\n", "off"),
        (b"a=recordpref: OFF \r\n", "off"),
        (b"a=recordpref:on\r\n", "on"),
        (b"a=recordpref:pause\r\n", "pause"),
        (b"a=recordpref:nopreference\r\n", "nopreference"),
        (b"a=recordpref:on\r\na=recordpref:off\r\n", "off"),
        (b"a=recordpref:never\r\n", None),
        (b"a=recordpreference:off\r\n", None),
        (b"a=x-recordpref:off\r\n", None),
        (b"a=recordpref:\xff\r\n", None),
    ],
)
def test_what_a_description_says(lines: bytes, said: str | None) -> None:
    assert preference(HEAD + lines) == said


def test_no_description_says_nothing() -> None:
    assert preference(None) is None


def test_a_line_as_long_as_the_limit_is_read_and_no_longer_one() -> None:
    def line(length: int) -> bytes:
        return b"a=recordpref:off".ljust(length) + b"\r\n"

    assert preference(HEAD + line(MAX_LINE)) == "off"
    assert preference(HEAD + line(MAX_LINE + 1)) is None


@pytest.mark.rfc("7866", "7.1.2")
@pytest.mark.parametrize("state", ["on", "off", "paused"])
def test_what_our_own_lines_say(state: RecordState) -> None:
    ours = Media(kind="audio", port=4000, protocol="RTP/AVP", formats=("8",), attributes=record_lines(state))
    assert ours.values("record") == [state] and record_of((ours,)) == state


def test_who_is_not_told_reads_nothing() -> None:
    assert record_lines(None) == () and record_of(()) is None
