"""Joining parties: what each is sent, and that nothing passes from one leg to the other."""

import pytest

from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, ConnectLeg, OpenLeg, Play, StopPlay
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import LegAnswered, LegRejected
from tests.call.conftest import ANSWER, Board, contact

A = LegId("a")
CAROL = "+441632960101"


def test_each_leg_negotiates_with_its_own_port(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    placed = board.last(PlaceCall)
    assert b"m=audio 20002 " in placed.offer
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    connected = {effect.leg: effect.host for effect in board.all(ConnectLeg)}
    assert connected == {A: "192.0.2.1", placed.leg: "192.0.2.9"}
    assert board.effects.index(board.last(ConnectLeg)) < board.effects.index(board.last(BridgeLegs))


def test_a_callee_without_a_common_codec_ends_the_call(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    placed = board.last(PlaceCall)
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER.replace(b"RTP/AVP 8 101", b"RTP/AVP 18")))
    assert {hang.leg for hang in board.all(HangUp)} >= {placed.leg}
    assert not board.all(BridgeLegs)


def test_the_second_refusal_decides(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"), contact("1003", 5090))}
    board.offer(CAROL)
    one, two = (placed.leg for placed in board.all(PlaceCall))
    board.send(LegRejected(leg=one, status=486, reason=""))
    assert board.switchboard.calls
    board.send(LegRejected(leg=two, status=480, reason=""))
    assert not board.switchboard.calls


def test_no_ringback_is_played_to_a_caller_who_was_not_answered(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    assert not board.all(Play)
    assert not board.all(StopPlay)


@pytest.mark.requirement("REG-03")
def test_an_answer_ends_the_other_telephones_at_once(board: Board) -> None:
    board.contacts = {"1003": tuple(contact("1003", 5090 + n) for n in range(5))}
    board.offer(CAROL)
    placed = [order.leg for order in board.all(PlaceCall)]
    effects = board.send(LegAnswered(leg=placed[2], answer=ANSWER))
    ended = [effect for effect in effects if isinstance(effect, HangUp)]
    assert [hang.leg for hang in ended] == [leg for leg in placed if leg != placed[2]]
    assert {hang.cause for hang in ended} == {200}


@pytest.mark.rfc("3264", "6.1")
def test_a_port_is_open_before_its_offer_is_sent(board: Board) -> None:
    board.contacts = {"1003": (contact("1003", 5080), contact("1003", 5081))}
    board.offer("+441632960101")
    order = [effect for effect in board.effects if isinstance(effect, OpenLeg | PlaceCall)]
    for placed in board.all(PlaceCall):
        opened = next(one for one in board.all(OpenLeg) if one.leg == placed.leg)
        assert order.index(opened) < order.index(placed)
    assert len(board.all(PlaceCall)) == 2


@pytest.mark.rfc("3264", "6.1")
def test_without_a_port_there_is_no_offer() -> None:
    board = Board(ports=1)  # the caller has it
    board.contacts = {"1003": (contact("1003", 5080),)}
    board.offer("+441632960101")
    assert not board.all(PlaceCall)
