"""The audio section of a description: where it is, its codecs, its direction."""

from pbx.core.audio import Direction
from pbx.sip.audio_section import audio_index, offered_codecs, restrict
from pbx.sip.sdp import Media
from tests.sip.test_negotiation import theirs


def section(kind: str, port: int, protocol: str = "RTP/AVP") -> Media:
    return Media(kind=kind, port=port, protocol=protocol, formats=("0",))


def test_the_first_audio_that_is_on_counts() -> None:
    lines = (section("video", 4000), section("audio", 0), section("audio", 4002, "RTP/SAVP"))
    assert audio_index(lines) == 2
    assert audio_index((section("audio", 4000, "TCP/MRCPv2"),)) is None


def test_codecs_in_the_order_of_the_offer() -> None:
    assert offered_codecs(theirs("m=audio 4000 RTP/AVP 18 0 8")) == ("G729", "PCMU", "PCMA")
    assert offered_codecs(b"") == ()


def test_restrict_is_commutative() -> None:
    every: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")
    for one in every:
        assert restrict(one, "sendrecv") == one
        assert restrict(one, "inactive") == "inactive"
        for other in every:
            assert restrict(one, other) == restrict(other, one)
