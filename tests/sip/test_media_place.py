"""Where a peer hears."""

import pytest

from pbx.core.address import Address
from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_place import MediaPlace, media_place
from pbx.sip.negotiation import Negotiation
from pbx.sip.sdp import parse_sdp
from tests.sip.test_negotiation import AUDIO, ours, theirs


def place(*lines: str, peers: MediaPeers = ANYBODY, host: str = "192.0.2.1") -> MediaPlace:
    description = parse_sdp(theirs(AUDIO, *lines, host=host))
    return media_place(description, description.media[0], peers)


@pytest.mark.rfc("8866", "5.7")
def test_the_address_of_the_section_hides_that_of_the_session() -> None:
    assert place() == MediaPlace(host="192.0.2.1", port=4000, rtcp=None)
    assert place("c=IN IP4 192.0.2.9").host == "192.0.2.9"
    assert place("c=IN IP6 2001:DB8:0:0::1").host == "2001:db8::1"


@pytest.mark.requirement("S-35")
@pytest.mark.parametrize("host", ["host.example.com", "127.0.0.1", "169.254.169.254"])
def test_names_and_what_is_nobodys_telephone(host: str) -> None:
    with pytest.raises(PeerViolation) as caught:
        place(host=host, peers=MediaPeers())
    assert caught.value.status == 488


@pytest.mark.rfc("3605", "2.1")
@pytest.mark.requirement("MED-10")
def test_reports_go_where_the_attribute_says() -> None:
    assert place("a=rtcp:53020").rtcp == Address("192.0.2.1", 53020)
    assert place("a=rtcp:53020 IN IP4 192.0.2.9").rtcp == Address("192.0.2.9", 53020)
    assert place("a=rtcp:53020 IN IP6 2001:DB8:0:0::4").rtcp == Address("2001:db8::4", 53020)
    assert place("c=IN IP4 192.0.2.9", "a=rtcp:65535").rtcp == Address("192.0.2.9", 65535)
    assert place("a=rtcp:4005", "a=rtcp:4007").rtcp == Address("192.0.2.1", 4005)


@pytest.mark.parametrize("text", ["0", "9 IN IP4 0.0.0.0", "9 IN IP6 ::"])
def test_what_names_no_place_leaves_reports_beside_the_audio(text: str) -> None:
    assert place(f"a=rtcp:{text}").rtcp is None


@pytest.mark.rfc("3605", "2.1")
@pytest.mark.parametrize(
    "text",
    ["", "65536", "x", "-1", "4001 IN IP4", "4001 IN IP5 192.0.2.9", "4001 192.0.2.9", "4001 IN IP4 1 2"],
)
def test_a_malformed_attribute_is_400(text: str) -> None:
    for read in (ours().answer, ours().judge):
        with pytest.raises(ParseError) as caught:
            read(theirs(AUDIO, f"a=rtcp:{text}"))
        assert caught.value.status == 400


@pytest.mark.requirement("S-35")
@pytest.mark.parametrize("host", ["host.example.com", "127.0.0.1", "169.254.169.254", "224.0.0.1"])
def test_reports_go_nowhere_that_audio_would_not_go(host: str) -> None:
    with pytest.raises(PeerViolation) as caught:
        place(f"a=rtcp:4001 IN IP4 {host}", peers=MediaPeers())
    assert caught.value.status == 488


@pytest.mark.requirement("S-35")
def test_nor_to_a_port_of_ours() -> None:
    peers = MediaPeers(hosts=("192.0.2.1",), ports=range(20000, 20100))
    assert place("a=rtcp:20100", peers=peers).rtcp == Address("192.0.2.1", 20100)
    with pytest.raises(PeerViolation):
        place("a=rtcp:20099", peers=peers)


@pytest.mark.rfc("5761", "5.1.1")
@pytest.mark.parametrize("protocol", ["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF"])
def test_the_attribute_counts_where_reports_have_a_port_of_their_own(protocol: str) -> None:
    """We never agree to rtcp-mux but with DTLS, where nothing comes beside the audio."""
    mux = ("a=rtcp-mux", "a=rtcp:4009")
    description = parse_sdp(theirs(f"m=audio 4000 {protocol} 0", *mux))
    rtcp = media_place(description, description.media[0], ANYBODY).rtcp
    assert rtcp == (None if "TLS" in protocol else Address("192.0.2.1", 4009))
    dtls = parse_sdp(theirs("m=audio 4000 UDP/TLS/RTP/SAVPF 0", *mux[1:], "a=rtcp:rubbish"))
    assert media_place(dtls, dtls.media[0], ANYBODY).rtcp is None


@pytest.mark.rfc("3605", "2.1")
def test_offers_and_answers_tell_it() -> None:
    description = theirs("m=audio 4000 RTP/AVP 0", "a=rtcp:4009")
    one = Negotiation(("198.51.100.1", 20000), 42)
    assert one.answer(description)[1].rtcp == Address("192.0.2.1", 4009)
    one.offer()
    assert one.accept(description).rtcp == Address("192.0.2.1", 4009)
    one.offer()
    assert one.accept(theirs("m=audio 4000 RTP/AVP 0")).rtcp is None
