"""Codes by which an extension answers what rings elsewhere: whose call it is, and who may not."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, CloseLeg, OpenLeg
from pbx.media.events import LegOpened
from pbx.sip.effects import Answer, HangUp, PlaceCall, Reject, TellIdentity
from pbx.sip.events import LegAnswered, LegConfirmed, LegRinging
from tests.call import parties
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import CAROL, A, end_ours, hang_up, offered, talking

pytestmark = [pytest.mark.requirement("CF-15"), pytest.mark.rfc("5359", "2.16")]
D = LegId("d")
NOTHING = Reject(leg=D, status=480, reason="Nothing rings there")


def office(context: CallContext) -> CallContext:
    """1002 is in a group with 1003, and 1001 with nobody."""
    return replace(context, groups={"sales": ("1002", "1003"), "boss": ("1001",)})


@pytest.fixture
def board() -> Board:
    return Board(change=office)


def ringing(board: Board, number: str = CAROL, user: str = "1003") -> LegId:
    """Alice has called from the network; the leg that rings."""
    board.contacts = {user: (contact(user),)}
    board.offer(number)
    rung = board.last(PlaceCall).leg
    board.send(LegRinging(leg=rung, status=180))
    return rung


@pytest.mark.parametrize("code", ["*8", "**1003"])
def test_a_colleague_takes_the_call_and_the_other_telephone_logs_no_missed_one(
    board: Board, code: str
) -> None:
    rung = ringing(board)
    offered(board, "d", code, "1002")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    assert {one.leg for one in board.all(Answer)} == {A, D}
    assert board.all(HangUp) == [HangUp(leg=rung, cause=200, text="Call completed elsewhere")]
    facts = [one.fact for one in board.all(Audit) if one.fact.kind == "call.picked_up"]
    assert [one.details for one in facts] == [{"by": "extension/1002", "of": "extension/1003"}]
    board.send(LegConfirmed(leg=D))
    end_ours(board)
    hang_up(board, A)
    end_ours(board)
    assert not board.switchboard.calls


def test_who_dialled_a_code_is_told_whom_he_talks_with(board: Board) -> None:
    ringing(board)
    offered(board, "d", "*8", "1002")
    told = [one for one in board.all(TellIdentity) if one.leg == D]
    assert [one.uri for one in told] == ["sip:+447700900123@acme.example"]


@pytest.mark.parametrize(("code", "status"), [("*8", 480), ("**1003", 403)])
def test_a_stranger_to_the_group_may_not(board: Board, code: str, status: int) -> None:
    rung = ringing(board)
    offered(board, "d", code, "1001")
    assert board.last(Reject).status == status
    board.send(LegAnswered(leg=rung, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=rung)


def test_another_telephone_of_the_extension_itself_may(board: Board) -> None:
    ringing(board)
    offered(board, "d", "*8", "1003")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)


def test_nothing_rings(board: Board) -> None:
    offered(board, "d", "*8", "1002")
    assert board.last(Reject) == NOTHING
    assert not board.switchboard.calls


def test_who_talks_is_not_picked_up(board: Board) -> None:
    bob = talking(board)
    offered(board, "d", "**1003", "1002")
    assert board.last(Reject) == NOTHING
    assert not [one for one in board.all(HangUp) if one.leg == bob]


def test_nobody_picks_up_his_own_call(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    offered(board, "a", "1003", "1002")
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    offered(board, "d", "*8", "1002")
    assert board.last(Reject) == NOTHING


def test_who_has_waited_longest_is_first(board: Board) -> None:
    first = ringing(board)
    board.offer(CAROL, leg="b")
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    offered(board, "d", "*8", "1002")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    assert [one.leg for one in board.all(HangUp)] == [first]
    offered(board, "e", "*8", "1002")
    assert board.last(BridgeLegs) == BridgeLegs(a=LegId("b"), b=LegId("e"))


def dial(board: Board) -> None:
    """D dials the code, and its port is not open yet."""
    event = parties.invite("d", "*8", "1002")
    assert [type(one) for one in board.switchboard.handle(event, board.now)] == [OpenLeg]


def test_a_call_that_was_answered_meanwhile_is_not_taken(board: Board) -> None:
    rung = ringing(board)
    dial(board)
    board.send(LegAnswered(leg=rung, answer=ANSWER))
    board.send(LegOpened(leg=D, host="127.0.0.1", port=30000))
    assert board.all(Reject) == [Reject(leg=D, status=480)]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=rung)


def test_who_gives_up_meanwhile_takes_nothing(board: Board) -> None:
    rung = ringing(board)
    dial(board)
    hang_up(board, D, "cancel")
    board.send(LegOpened(leg=D, host="127.0.0.1", port=30000))
    assert not board.all(BridgeLegs)
    assert board.last(CloseLeg).leg == D
    board.send(LegAnswered(leg=rung, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=rung)


def test_without_a_port_it_rings_on(board: Board) -> None:
    rung = ringing(board)
    board.ports = iter(())
    offered(board, "d", "*8", "1002")
    assert board.all(Reject) == [Reject(leg=D, status=503)]
    board.send(LegAnswered(leg=rung, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=rung)


def test_a_caller_who_hangs_up_meanwhile_leaves_nobody_without_an_answer(board: Board) -> None:
    ringing(board)
    dial(board)
    hang_up(board, A, "cancel")
    assert board.all(Reject) == [Reject(leg=D, status=481)]
    end_ours(board)
    board.send(LegOpened(leg=D, host="127.0.0.1", port=30000))
    end_ours(board)
    assert not board.switchboard.calls
