"""Where an SDP may not point."""

import pytest

from pbx.core.errors import PeerViolation
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.negotiation import MediaProfile, Negotiation
from tests.sip.test_negotiation import theirs

PEERS = MediaPeers(hosts=("198.51.100.1",), ports=range(16384, 32768))
BAD = [
    ("127.0.0.1", "loopback"),
    ("127.8.8.8", "loopback"),
    ("::1", "loopback"),
    ("::ffff:127.0.0.1", "loopback"),
    ("224.0.0.1", "multicast"),
    ("ff02::1", "multicast"),
    ("169.254.1.1", "link-local"),
    ("fe80::1", "link-local"),
    ("255.255.255.255", "broadcast"),
    ("169.254.169.254", "metadata"),
    ("::ffff:169.254.169.254", "metadata"),
    ("fd00:ec2::254", "metadata"),
    ("100.100.100.200", "metadata"),
]


@pytest.mark.requirement("S-35")
@pytest.mark.parametrize(("host", "kind"), BAD)
def test_what_is_refused(host: str, kind: str) -> None:
    assert kind in PEERS.objection(host, 4000)
    assert ANYBODY.objection(host, 4000) == ""


@pytest.mark.requirement("S-35")
def test_our_own_ports_are_nobodys_telephone() -> None:
    assert PEERS.objection("198.51.100.1", 16384) != "" != PEERS.objection("198.51.100.1", 32767)
    assert PEERS.objection("198.51.100.1", 32768) == "" == PEERS.objection("198.51.100.2", 16384)


@pytest.mark.parametrize("host", ["192.168.1.7", "10.0.0.1", "2001:db8::1", "0.0.0.0", "::", "no address"])
def test_what_is_not_refused(host: str) -> None:
    assert PEERS.objection(host, 4000) == ""


def test_a_lab_may_allow_its_own_network() -> None:
    lab = MediaPeers(hosts=("127.0.0.1",), ports=range(16384, 32768), allow=("127.0.0.0/8", "::1/128"))
    assert lab.objection("127.0.0.1", 4000) == "" == lab.objection("::1", 4000)
    assert lab.objection("127.0.0.1", 20000) != ""
    assert lab.objection("224.0.0.1", 4000) != ""


@pytest.mark.requirement("S-35")
@pytest.mark.parametrize("host", ["127.0.0.1", "224.0.0.1", "169.254.169.254"])
def test_a_description_that_points_there_gets_488(host: str) -> None:
    leg = Negotiation(("198.51.100.1", 20000), 1, MediaProfile(peers=PEERS))
    with pytest.raises(PeerViolation) as caught:
        leg.answer(theirs("m=audio 4000 RTP/AVP 0", host=host))
    assert caught.value.status == 488
    leg.offer()
    with pytest.raises(PeerViolation):
        leg.accept(theirs("m=audio 4000 RTP/AVP 0", host=host))
