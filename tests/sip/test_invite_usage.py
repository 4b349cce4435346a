"""What a session does by itself, the same on both sides."""

import pytest

from pbx.sip.invite_usage import InviteUsage
from tests.sip.conftest import PBX
from tests.sip.peer import called_by_peer, called_by_us


@pytest.mark.parametrize("call", [called_by_peer, called_by_us])
def test_both_sides_are_one_usage(call: type) -> None:
    peer = call()
    session = peer.network.endpoints[PBX]._stack.legs[peer.leg]
    assert isinstance(session, InviteUsage)
    session.on_update_due((("P-Asserted-Identity", "<sip:1@a>"),), peer.network.now)
    assert session.update_out is not None
    session.on_session_expired(peer.network.now)
    assert session.ended
