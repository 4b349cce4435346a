"""The refresh of a session: by which request; its whole life is in test_session_timer."""

import pytest

from pbx.sip import refresh
from pbx.sip.effects import HangUp
from pbx.sip.invite_session import InviteSession
from tests.sip.conftest import PBX
from tests.sip.peer import Peer, called_by_peer, called_by_us


def session_of(peer: Peer) -> InviteSession:
    return peer.network.endpoints[PBX]._stack.legs[peer.leg]


@pytest.mark.rfc("4028", "7.4")
def test_update_is_preferred_and_the_reinvite_is_for_the_others() -> None:
    peer = called_by_us()
    session = session_of(peer)
    refresh.send(session, peer.network.now)
    assert session.update_out is not None
    session.dialogs[0].peer_methods = frozenset({"INVITE"})
    refresh.send(session, peer.network.now)
    assert session.reinvite_out is not None


def test_an_ended_session_does_not_expire_again() -> None:
    peer = called_by_peer()
    session = session_of(peer)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    refresh.expire(session, peer.network.now)
    assert len(peer.network.sent(PBX, "BYE")) == 1
