"""Responses inside a dialog find whoever sent the request."""

from pbx.sip.effects import HangUp
from pbx.sip.in_dialog_responses import TAKERS
from tests.sip.conftest import PBX
from tests.sip.peer import called_by_us


def test_the_methods_whose_responses_matter() -> None:
    assert set(TAKERS) >= {"BYE", "INVITE", "UPDATE"}


def test_the_response_to_a_bye_lets_the_dialog_go() -> None:
    peer = called_by_us()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    peer.respond(peer.last_request("BYE"), 200)
    assert not peer.network.endpoints[PBX]._stack.dialogs
