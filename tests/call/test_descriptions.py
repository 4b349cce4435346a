"""Offers and answers after the first: refreshes do not disturb, offers in responses are answered."""

from dataclasses import replace

import pytest

from pbx.core.ids import LegId
from pbx.core.origins import Origins
from pbx.media.effects import ConnectLeg
from pbx.sip.effects import AcceptReinvite, AnswerOffer, HangUp, PlaceCall, Reinvite
from pbx.sip.events import LegAnswered, ReinviteAnswered, ReinviteDue, ReinviteOffered
from pbx.sip.sdp import parse_sdp
from tests.call.conftest import ANSWER, OFFER, Board, contact

A = LegId("a")
CAROL = "+441632960101"


def bridged(board: Board, **answer: bytes) -> LegId:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=answer.get("answer"), offer=answer.get("offer")))
    board.effects.clear()
    return callee


@pytest.mark.rfc("4028", "7.4")
@pytest.mark.rfc("3264", "8")
def test_a_refresh_without_a_change_disturbs_nothing(board: Board) -> None:
    bridged(board, answer=ANSWER)
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    first = board.last(AcceptReinvite).answer
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    assert board.last(AcceptReinvite).answer == first, "the o= version stays"
    assert not board.all(ConnectLeg)
    board.send(ReinviteOffered(leg=A, offer=OFFER + b"a=sendonly\r\n"))
    assert board.last(ConnectLeg).direction == "recvonly"
    version = parse_sdp(board.last(AcceptReinvite).answer).origin.version
    assert version == parse_sdp(first).origin.version + 1


@pytest.mark.rfc("3261", "14.1")
def test_after_glare_what_is_true_now_is_offered_again(board: Board) -> None:
    callee = bridged(board, answer=ANSWER)
    board.send(ReinviteDue(leg=callee))
    (again,) = board.all(Reinvite)
    assert again.leg == callee and again.offer is not None and b"m=audio 20002 " in again.offer
    board.send(ReinviteAnswered(leg=callee, answer=ANSWER))
    assert not board.all(ConnectLeg)
    board.send(ReinviteAnswered(leg=callee, answer=ANSWER.replace(b"192.0.2.9", b"192.0.2.77")))
    assert board.last(ConnectLeg).host == "192.0.2.77"


@pytest.mark.requirement("SIP-08")
def test_an_offer_in_the_2xx_is_answered_and_joined(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=None, offer=ANSWER))
    (answered,) = board.all(AnswerOffer)
    assert answered.leg == callee and b"m=audio 20002 RTP/AVP 8 " in answered.answer
    assert board.last(ConnectLeg).leg in (A, callee)
    assert board.switchboard.calls


def test_an_answer_that_we_cannot_use_ends_the_leg(board: Board) -> None:
    callee = bridged(board, answer=ANSWER)
    board.send(ReinviteAnswered(leg=callee, answer=ANSWER.replace(b"RTP/AVP 8 101", b"RTP/AVP 18")))
    assert board.last(HangUp) == HangUp(leg=callee, cause=488)
    board.send(ReinviteAnswered(leg=callee, answer=None))
    board.send(ReinviteAnswered(leg=LegId("nobody"), answer=ANSWER))


@pytest.mark.requirement("S-26")
@pytest.mark.requirement("S-35")
def test_the_media_worker_is_told_where_a_telephone_may_be_also_after_it_has_moved() -> None:
    board = Board(change=lambda one: replace(one, media=replace(one.media, nat="strict")))
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    told = {one.leg: one.origins for one in board.all(ConnectLeg)}
    assert told[A] == Origins(networks=("127.0.0.2",), is_known=False)
    assert told[callee] == Origins(networks=("127.0.0.1",), is_known=False)
    board.send(ReinviteOffered(leg=callee, offer=ANSWER, source="192.0.2.9"))
    assert board.last(ConnectLeg).origins == Origins(networks=("127.0.0.1", "192.0.2.9"), is_known=True)
