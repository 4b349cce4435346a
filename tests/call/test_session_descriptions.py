"""Session descriptions in whole calls: offered anew, without what is needed, malformed."""

import pytest

from pbx.media.effects import (
    ConnectLeg,
    SetSecure,
    StartRecording,
)
from pbx.sip.effects import AcceptReinvite, HangUp, PlaceCall, RefuseReinvite, Reject
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    ReinviteOffered,
)
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.call.support import A, to_agents, to_question

CAROL, ECHO = "+441632960101", "+441632960102"
MALFORMED = (b"hello", b"m=audio", OFFER.replace(b"v=0", b"v=zero"), OFFER.replace(b"m=audio ", b"m=audio 9"))


def test_hold_and_resume_by_reinvite(board: Board) -> None:
    board.offer(ECHO)
    board.send(LegConfirmed(leg=A))
    board.send(ReinviteOffered(leg=A, offer=OFFER.replace(b"o=- 1 1", b"o=- 1 2") + b"a=sendonly\r\n"))
    assert b"a=recvonly" in board.last(AcceptReinvite).answer
    assert board.last(ConnectLeg).direction == "recvonly"
    board.send(ReinviteOffered(leg=A, offer=OFFER.replace(b"o=- 1 1", b"o=- 1 3")))
    assert board.last(ConnectLeg).direction == "sendrecv"


def test_a_reinvite_without_a_common_codec_is_488(board: Board) -> None:
    board.offer(ECHO)
    board.send(LegConfirmed(leg=A))
    board.send(ReinviteOffered(leg=A, offer=OFFER.replace(b"RTP/AVP 8 101", b"RTP/AVP 18")))
    assert board.last(RefuseReinvite).status == 488
    assert board.switchboard.calls


def test_an_answer_without_sdp_is_a_refusal_and_the_flow_goes_on(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    placed = board.last(PlaceCall)
    board.send(LegAnswered(leg=placed.leg, answer=None))
    assert board.last(HangUp).leg == placed.leg
    board.send(LegEnded(leg=placed.leg, by_peer=False, how="bye"))
    board.finish_prompt()
    assert board.last(StartRecording).kind == "voicemail"


def test_an_ack_with_sdp_of_a_reinvite_does_not_restart_the_flow(board: Board) -> None:
    to_question(board)
    asked = len(board.all(SetSecure))
    board.send(ReinviteOffered(leg=A, offer=None))
    board.send(LegConfirmed(leg=A, answer=ANSWER))
    assert len(board.all(SetSecure)) == asked
    assert board.last(ConnectLeg).host == "192.0.2.9"


def test_an_ack_with_unusable_sdp_ends_the_call(board: Board) -> None:
    to_question(board)
    board.send(ReinviteOffered(leg=A, offer=None))
    board.send(LegConfirmed(leg=A, answer=ANSWER.replace(b"RTP/AVP 8 101", b"RTP/AVP 18")))
    assert board.last(HangUp).leg == A


@pytest.mark.parametrize("sdp", MALFORMED)
def test_a_malformed_offer_is_400(board: Board, sdp: bytes) -> None:
    board.offer(ECHO, sdp=sdp)
    assert board.last(Reject).status == 400
    assert not board.switchboard.calls


@pytest.mark.parametrize("sdp", MALFORMED)
def test_a_malformed_offer_to_an_extension_is_400_and_nobody_rings(board: Board, sdp: bytes) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL, sdp=sdp)
    assert (board.last(Reject).leg, board.last(Reject).status) == (A, 400)
    assert not board.all(PlaceCall)


@pytest.mark.parametrize("sdp", MALFORMED)
def test_malformed_sdp_in_a_call_is_refused(board: Board, sdp: bytes) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    phone = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=phone, answer=sdp))
    assert {hang.leg for hang in board.all(HangUp)} == {phone}
    board.send(ReinviteOffered(leg=A, offer=sdp))
    assert board.last(RefuseReinvite).status == 400
    assert board.switchboard.calls
    board.send(ReinviteOffered(leg=A, offer=None))
    board.send(LegConfirmed(leg=A, answer=sdp))
    assert A in {hang.leg for hang in board.all(HangUp)}
