"""Where a peer hears."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_place import Place, media_place
from pbx.sip.sdp import parse_sdp
from tests.sip.test_negotiation import AUDIO, theirs


def place(*lines: str, peers: MediaPeers = ANYBODY, host: str = "192.0.2.1") -> Place:
    description = parse_sdp(theirs(AUDIO, *lines, host=host))
    return media_place(description, description.media[0], peers)


@pytest.mark.rfc("8866", "5.7")
def test_the_address_of_the_section_hides_that_of_the_session() -> None:
    assert place() == ("192.0.2.1", 4000)
    assert place("c=IN IP4 192.0.2.9") == ("192.0.2.9", 4000)
    assert place("c=IN IP6 2001:DB8:0:0::1") == ("2001:db8::1", 4000)


@pytest.mark.requirement("S-35")
@pytest.mark.parametrize("host", ["host.example.com", "127.0.0.1", "169.254.169.254"])
def test_names_and_what_is_nobodys_telephone(host: str) -> None:
    with pytest.raises(PeerViolation) as caught:
        place(host=host, peers=MediaPeers())
    assert caught.value.status == 488
