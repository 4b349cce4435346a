"""A flow parks its caller: somebody dials the slot, or he comes back to the flow (CF-16)."""

import pytest

from pbx.call.effects import PreparePrompts
from pbx.core.ids import LegId
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.ivr.waiting import Park
from pbx.media.dialogue import Say
from pbx.media.effects import BridgeLegs, JoinRoom, Play
from pbx.sip.effects import HangUp as HangUpLeg
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegConfirmed
from tests.call.conftest import Board, contact
from tests.call.parties import A, answer, end_ours, hang_up
from tests.call.test_park import LOT, TIMEOUT_S, board_with, facts, lamp, music, retrieve

pytestmark = pytest.mark.requirement("CF-16")


def board_of(slot: str = "", wait_s: float | None = None, tell: str = "") -> Board:
    """A tenant whose support line parks."""
    step = Park(slot=slot, back="gone", full="full", wait_s=wait_s, tell=tell)
    steps = {"wait": step, "gone": HangUp(cause="no_answer"), "full": HangUp(cause="congestion")}
    return board_with(LOT, flows={"support": FlowPlan(name="support", start="wait", steps=steps)})


def call(board: Board, leg: str = "a") -> None:
    board.offer("01632960100", leg=leg)
    board.send(LegConfirmed(leg=LegId(leg)))


def test_somebody_dials_the_slot() -> None:
    board = board_of()
    call(board)
    assert (music(board), lamp(board)) == ([True], ["confirmed"])
    retrieve(board)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=LegId("d"))
    assert (music(board), lamp(board)) == ([True, False], [])
    assert facts(board) == [
        ("park.began", {"by": "flow", "slot": "701"}),
        ("park.ended", {"by": "extension/1002", "slot": "701", "stage": "waiting"}),
    ]
    board.pass_time(2 * TIMEOUT_S)
    hang_up(board, LegId("d"))
    end_ours(board)
    assert (board.record.ended_by, board.switchboard.calls) == ("callee", {})


@pytest.mark.parametrize(("wait_s", "after_s"), [(None, TIMEOUT_S), (15.0, 15.0)])
def test_who_is_not_fetched_comes_back(wait_s: float | None, after_s: float) -> None:
    board = board_of("702", wait_s)
    call(board)
    assert lamp(board, "702") == ["confirmed"]
    board.pass_time(after_s - 0.1)
    assert music(board) == [True]
    board.pass_time(0.2)
    assert (music(board), lamp(board, "702")) == ([True, False], [])
    assert facts(board)[-1] == ("park.ended", {"by": "", "slot": "702", "stage": "waiting"})
    end_ours(board)
    assert board.record.cause == "no_answer"


@pytest.mark.parametrize(("slot", "room"), [("", 2), ("702", 1)])
def test_a_full_lot_has_a_way_of_its_own(slot: str, room: int) -> None:
    board = board_of(slot)
    for n in range(room):
        call(board, f"c{n}")
    call(board)
    end_ours(board)
    assert board.record.cause == "congestion"
    assert len(facts(board)) == room


def test_who_hangs_up_in_a_slot_leaves_it() -> None:
    board = board_of()
    call(board)
    hang_up(board, A)
    assert (lamp(board), board.switchboard.calls) == ([], {})
    call(board, "b")
    assert lamp(board) == ["confirmed"]


@pytest.mark.requirement("CF-21")
def test_telephones_say_which_slot_it_is() -> None:
    board = board_of(tell="group/support")
    board.contacts = {user: (contact(user),) for user in ("1001", "1002")}
    call(board)
    first, second = [order.leg for order in board.all(PlaceCall)]
    answer(board, first)
    (said,) = [one.text for one in board.last(PreparePrompts).prompts if isinstance(one, Say)]
    assert (said, board.last(Play).leg, board.all(JoinRoom)) == ("Parked at 7 0 1.", first, [])
    board.finish_prompt(first)
    assert [order.leg for order in board.all(HangUpLeg)] == [first]
    retrieve(board)
    assert second in [order.leg for order in board.all(HangUpLeg)], "nobody has to hear it any more"
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=LegId("d"))


def test_a_telephone_that_cannot_say_it_is_hung_up() -> None:
    board = board_of(tell="extension/1001")
    board.unspeakable = "Parked"
    board.contacts = {"1001": (contact("1001"),)}
    call(board)
    leg = board.last(PlaceCall).leg
    answer(board, leg)
    assert [order.leg for order in board.all(HangUpLeg)] == [leg]
    assert lamp(board) == ["confirmed"], "the caller waits on"
