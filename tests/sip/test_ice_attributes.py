"""What a lite end says about ICE, and what it reads of a full one."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.sip.ice_attributes import (
    HOST_PRIORITY,
    MAX_MID,
    answered_bundle,
    has_rtcp_mux,
    ice_credentials,
    ice_lines,
    is_ice_lite,
    mid,
    new_ice,
    remote_ice,
)
from pbx.sip.sdp import Media, Origin, SessionDescription, parse_sdp

PASSWORD = "asd88fgpdd777uzjYhagZg"  # 22 characters, the fewest
Attributes = tuple[tuple[str, str | None], ...]


def described(in_media: Attributes, in_session: Attributes = ()) -> tuple[SessionDescription, Media]:
    media = Media(kind="audio", port=9, protocol="UDP/TLS/RTP/SAVPF", formats=("0",), attributes=in_media)
    origin = Origin(session_id=1, version=1, host="192.0.2.1")
    return SessionDescription(origin=origin, attributes=in_session, media=(media,)), media


@pytest.mark.rfc("8839", "5.4")
def test_the_peers_credentials() -> None:
    lines: Attributes = (("ice-ufrag", "8hhY"), ("ice-pwd", PASSWORD))
    assert remote_ice(*described(lines)) == ("8hhY", Secret(PASSWORD))
    assert remote_ice(*described((), lines)) == ("8hhY", Secret(PASSWORD))
    assert remote_ice(*described(())) is None


@pytest.mark.parametrize(
    ("ufrag", "password"),
    [
        ("8hhY", None),
        (None, PASSWORD),
        ("8hh", PASSWORD),
        ("8hhY", PASSWORD[1:]),
        ("8h:Y", PASSWORD),
        ("8hhY" * 65, PASSWORD),
        ("8hhY", "a" * 257),
    ],
)
def test_half_of_ice_is_a_violation(ufrag: str | None, password: str | None) -> None:
    lines = tuple(pair for pair in (("ice-ufrag", ufrag), ("ice-pwd", password)) if pair[1] is not None)
    with pytest.raises(PeerViolation) as caught:
        remote_ice(*described(lines))
    assert caught.value.status == 488


def test_the_longest_credentials_are_taken() -> None:
    lines: Attributes = (("ice-ufrag", "u" * 256), ("ice-pwd", "p" * 256))
    assert remote_ice(*described(lines)) == ("u" * 256, Secret("p" * 256))


def test_our_lines_are_what_we_would_take() -> None:
    local = new_ice(SeededIds())
    lines = ice_lines(local, "192.0.2.1", 20000)
    assert remote_ice(*described(lines)) == local
    assert ("candidate", "1 1 udp 2130706431 192.0.2.1 20000 typ host") in lines
    assert HOST_PRIORITY == 2130706431
    assert len(local[0]) == 8 and len(local[1].reveal()) == 24
    assert local[1].reveal() not in repr(ice_credentials(local, ("8hhY", Secret(PASSWORD))))


@pytest.mark.rfc("8445", "6.1.1")
def test_a_lite_peer_is_known() -> None:
    assert is_ice_lite(described((), (("ice-lite", None),))[0])
    assert not is_ice_lite(described((("ice-lite", None),))[0])


def test_rtcp_on_the_same_port() -> None:
    assert has_rtcp_mux(described((("rtcp-mux", None),))[1])
    assert not has_rtcp_mux(described((("rtcp-mux-only", None),))[1])


@pytest.mark.rfc("9143", "7.3")
def test_the_group_of_an_answer() -> None:
    section: Attributes = (("mid", "0"),)
    offered: Attributes = (("group", "LS 0 1"), ("group", "BUNDLE 0 1"))
    assert answered_bundle(*described(section, offered)) == ("group", "BUNDLE 0")
    assert answered_bundle(*described(section, (("group", "BUNDLE 1 2"),))) is None
    assert answered_bundle(*described((), offered)) is None
    assert answered_bundle(*described(section, (("group", None), ("group", "")))) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("audio-0", "audio-0"),
        ("m" * MAX_MID, "m" * MAX_MID),
        ("m" * (MAX_MID + 1), ""),
        ("a b", ""),
        ("", ""),
    ],
)
def test_a_mid_that_we_repeat(text: str, expected: str) -> None:
    assert mid(described((("mid", text),))[1]) == expected


def test_lines_pass_through_a_description() -> None:
    local = new_ice(SeededIds())
    session, _ = described((*ice_lines(local, "192.0.2.1", 20000), ("mid", "0"), ("rtcp-mux", None)))
    parsed = parse_sdp(bytes(session))
    assert remote_ice(parsed, parsed.media[0]) == local
    assert has_rtcp_mux(parsed.media[0]) and mid(parsed.media[0]) == "0"
