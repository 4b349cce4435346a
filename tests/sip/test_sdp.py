"""Session descriptions."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.sdp import (
    MAX_FORMATS,
    MAX_LINES,
    MAX_MEDIA,
    MAX_SDP,
    Media,
    Origin,
    SessionDescription,
    parse_sdp,
)

PHONE = (
    b"v=0\r\n"
    b"o=alice 2890844526 2890844527 IN IP4 host.example.com\r\n"
    b"s=A call\r\n"
    b"i=ignored\r\n"
    b"c=IN IP4 192.0.2.1\r\n"
    b"b=AS:64\r\n"
    b"t=0 0\r\n"
    b"a=sendonly\r\n"
    b"m=audio 49170 RTP/AVP 0 8 97 101\r\n"
    b"a=rtpmap:0 pcmu/8000/1\r\n"
    b"a=rtpmap:97 opus/48000/2\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\n"
    b"a=fmtp:101 0-16\r\n"
    b"a=ptime:20\r\n"
    b"m=video 51372/2 RTP/AVP 99\r\n"
    b"c=IN IP6 2001:db8::1\r\n"
    b"a=inactive\r\n"
)
HEAD = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"


def refused(octets: bytes) -> int:
    with pytest.raises(ParseError) as caught:
        parse_sdp(octets)
    return caught.value.status


@pytest.mark.rfc("8866", "5")
@pytest.mark.parametrize("octets", [PHONE, PHONE.replace(b"\r\n", b"\n"), PHONE.rstrip(b"\r\n")])
def test_a_phone(octets: bytes) -> None:
    sdp = parse_sdp(octets)
    assert sdp.origin == Origin(
        username="alice", session_id=2890844526, version=2890844527, host="host.example.com"
    )
    assert (sdp.name, sdp.host) == ("A call", "192.0.2.1")
    audio, video = sdp.media
    assert (audio.kind, audio.port, audio.protocol) == ("audio", 49170, "RTP/AVP")
    assert audio.formats == ("0", "8", "97", "101")
    assert audio.rtpmap == {"0": "PCMU/8000", "97": "OPUS/48000/2", "101": "TELEPHONE-EVENT/8000"}
    assert audio.fmtp == {"101": "0-16"}
    assert audio.ptime_ms == 20
    assert (audio.direction, sdp.direction_of(audio)) == (None, "sendonly")
    assert sdp.host_of(audio) == "192.0.2.1"
    assert (video.port, sdp.host_of(video), sdp.direction_of(video)) == (51372, "2001:db8::1", "inactive")
    assert video.ptime_ms is None


def test_format_is_literal_and_reversible() -> None:
    sdp = SessionDescription(
        origin=Origin(session_id=7, version=8, host="192.0.2.1"),
        host="192.0.2.1",
        media=(
            Media(
                kind="audio",
                port=4000,
                protocol="RTP/AVP",
                formats=("8",),
                host="2001:db8::1",
                attributes=(("rtpmap", "8 PCMA/8000"), ("sendrecv", None)),
            ),
        ),
    )
    assert bytes(sdp) == (
        b"v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
    )
    assert parse_sdp(bytes(sdp)) == sdp


@pytest.mark.rfc("8866", "6.7")
def test_sendrecv_when_nothing_is_said() -> None:
    sdp = parse_sdp(HEAD + b"m=audio 1 RTP/AVP 0\r\n")
    assert sdp.direction_of(sdp.media[0]) == "sendrecv"
    assert sdp.host_of(sdp.media[0]) == ""


@pytest.mark.parametrize("ptime", [b"", b"0", b"x", b"20.5", b"100000"])
def test_an_unusable_ptime_is_no_ptime(ptime: bytes) -> None:
    assert parse_sdp(HEAD + b"m=audio 1 RTP/AVP 0\r\na=ptime:" + ptime).media[0].ptime_ms is None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\r\n",
        b"v=1\r\n" + HEAD[5:],
        HEAD[5:],
        HEAD.replace(b"s=-\r\n", b""),
        HEAD.replace(b"o=", b"i="),
        HEAD.replace(b"IP4 192.0.2.1", b"IP4"),
        HEAD.replace(b"- 1 1", b"- x 1"),
        HEAD.replace(b"- 1 1", b"- 1 18446744073709551616"),
        HEAD + b"c=IN IP4\r\n",
        HEAD + b"c=IN IP5 x\r\n",
        HEAD + b"c=IN IP4 a<b\r\n",
        HEAD + b"m=audio\r\n",
        HEAD + b"m=audio 65536 RTP/AVP 0\r\n",
        HEAD + b"m=audio -1 RTP/AVP 0\r\n",
        HEAD + b"m=audio 1 RTP/AVP\r\n",
        HEAD + b"m=audio 1 RTP/AVP \xd9\xa1\r\n",
        HEAD + b"m=audio 1 RTP/AVP 0\r\nc=nonsense\r\n",
        HEAD + b"rubbish\r\n",
        HEAD + b"\r\na=late\r\n",
        HEAD + b"A=upper\r\n",
        HEAD + b"a=\xff\r\n",
        HEAD + b"a=x\ry\r\n",
        HEAD + b"a=\0\r\n",
    ],
)
def test_malformed(octets: bytes) -> None:
    assert refused(octets) == 400


def test_number_of_media_lines_at_the_limit() -> None:
    line = b"m=audio 1 RTP/AVP 0\r\n"
    assert len(parse_sdp(HEAD + line * MAX_MEDIA).media) == MAX_MEDIA
    assert refused(HEAD + line * (MAX_MEDIA + 1)) == 400


def test_number_of_formats_at_the_limit() -> None:
    line = b"m=audio 1 RTP/AVP" + b" 0" * MAX_FORMATS
    assert len(parse_sdp(HEAD + line).media[0].formats) == MAX_FORMATS
    assert refused(HEAD + line + b" 0") == 400


def test_number_of_lines_at_the_limit() -> None:
    assert len(parse_sdp(HEAD + b"a=x\n" * (MAX_LINES - 3)).attributes) == MAX_LINES - 3
    assert refused(HEAD + b"a=x\n" * (MAX_LINES - 2)) == 400


def test_size_at_the_limit() -> None:
    assert parse_sdp(HEAD + b"a=" + b"x" * (MAX_SDP - len(HEAD) - 2)).attributes[0][1] is None
    assert refused(HEAD + b"a=" + b"x" * (MAX_SDP - len(HEAD) - 1)) == 400
