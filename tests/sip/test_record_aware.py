"""User agents that know of recording: told by their Supported header, whoever calls."""

import pytest

from pbx.core.address import Remote
from pbx.sip.events import CallOffered, LegAnswered, PacketReceived
from pbx.sip.record_aware import is_record_aware
from tests.sip.conftest import ANSWER, PBX, Network, pbx_settings
from tests.sip.peer import SDP, Peer
from tests.sip.test_offered import INVITE

pytestmark = pytest.mark.requirement("R-29")


@pytest.mark.rfc("7866", "6.3")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Supported: record-aware", True),
        ("k: timer, Record-Aware", True),
        ("Supported: timer", False),
        ("X-Supported: record-aware", False),
        ("Supported:", False),
    ],
)
def test_a_caller_says_it_in_its_invite(line: str, expected: bool) -> None:
    network = Network(pbx_settings())
    invite = INVITE.replace("X-Other: 1", line).encode()
    network.inject(PBX, PacketReceived(octets=invite, remote=Remote("udp", "192.0.2.9", 5060)))
    assert network.take(PBX, CallOffered).is_record_aware is expected


@pytest.mark.rfc("7866", "6.3")
@pytest.mark.parametrize(
    ("line", "expected"), [("Supported: record-aware", True), ("Supported: timer", False)]
)
def test_a_callee_says_it_in_its_answer(line: str, expected: bool) -> None:
    peer = Peer()
    invite = peer.is_called()
    assert not is_record_aware(invite)
    peer.respond(invite, 200, SDP, line, body=ANSWER)
    assert peer.network.take(PBX, LegAnswered).is_record_aware is expected
