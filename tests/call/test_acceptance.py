"""A number outside is called by a flow, and takes the call by a key: whole calls (CF-12)."""

from dataclasses import replace

import pytest

from pbx.call.acceptance import NOT_TAKEN
from pbx.call.context import CallContext
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr.steps import FlowPlan, HangUp, Ring
from pbx.ivr.timing import Timing
from pbx.media.effects import BridgeLegs, Play
from pbx.media.events import DigitReceived, PlayEnded
from pbx.services.accepting import LISTEN_S, MAX_ASKS
from pbx.sip.effects import HangUp as Hang
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed, LegEnded, LegRejected, LegRinging
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, hang_up

pytestmark = pytest.mark.requirement("CF-12")
MOBILE = "number/07700 900999"


def find_me(*targets: str, **timings: Timing) -> Board:
    """The support line rings these; `mobile` = how the number does."""
    timing = timings.get("mobile", Timing(account="1001"))
    inside = {f"extension/{name[1:]}": one for name, one in timings.items() if name[0] == "x"}
    known = {MOBILE: timing, **inside}
    ring = Ring(
        target=targets[0], others=targets[1:], ring_s=40.0, no_answer="gone", busy="busy", timings=known
    )
    steps = {"ring": ring, "gone": HangUp(cause="no_answer"), "busy": HangUp(cause="busy")}
    flow = FlowPlan(name="support", start="ring", steps=steps)

    def change(context: CallContext) -> CallContext:
        return replace(context, flows={**context.flows, "support": flow})

    board = Board(change=change)
    board.contacts = {user: (contact(user),) for user in ("1001", "1002")}
    board.offer("01632960100")
    board.send(LegConfirmed(leg=A))
    return board


def legs(board: Board) -> dict[str, LegId]:
    """Who was called, by the user part."""
    return {order.to.partition("@")[0].removeprefix("sip:"): order.leg for order in board.all(PlaceCall)}


def mobile(board: Board) -> LegId:
    return legs(board)["+447700900999"]


def press(board: Board, leg: LegId, key: str) -> None:
    board.send(DigitReceived(leg=leg, digit=Secret(key), duration_ms=100, kind="rfc4733"))


def heard(board: Board, leg: LegId) -> list[Play]:
    return [play for play in board.all(Play) if play.leg == leg]


def finish(board: Board, leg: LegId) -> None:
    play = heard(board, leg)[-1]
    board.send(PlayEnded(leg=leg, token=play.token, played_ms=900, total_ms=900, completed=True))


def test_the_key_joins_them() -> None:
    board = find_me("extension/1001", MOBILE)
    leg = mobile(board)
    board.send(LegRinging(leg=leg, status=180))
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    assert board.all(BridgeLegs) == [] and len(heard(board, leg)) == 1
    press(board, leg, "1")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=leg)
    assert [order.leg for order in board.all(Hang)] == [legs(board)["1001"]], "the desk rings no more"
    hang_up(board, leg)
    answered = {one.party: one.answered_at is not None for one in board.record.legs}
    assert answered == {"trunk/carrier": True, "extension/1001": False}


def test_an_answering_machine_never_has_the_call() -> None:
    board = find_me("extension/1001", MOBILE)
    leg = mobile(board)
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    for n_heard in range(1, MAX_ASKS + 1):
        assert len(heard(board, leg)) == n_heard
        finish(board, leg)
        board.pass_time(LISTEN_S)
    assert board.last(Hang).leg == leg and board.all(BridgeLegs) == []
    board.send(LegEnded(leg=leg, by_peer=False, how="bye"))
    desk = legs(board)["1001"]
    board.send(LegAnswered(leg=desk, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=desk), "the desk has rung on"
    hang_up(board, desk)
    assert {one.cause for one in board.record.legs if one.leg == leg} == {NOT_TAKEN}


def test_another_answers_while_one_is_asked() -> None:
    board = find_me("extension/1001", MOBILE)
    leg, desk = mobile(board), legs(board)["1001"]
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    board.send(LegAnswered(leg=desk, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=desk)
    press(board, leg, "1")
    assert board.all(BridgeLegs) == [BridgeLegs(a=A, b=desk)]
    assert leg in [order.leg for order in board.all(Hang)]


def test_the_caller_leaves_while_one_is_asked() -> None:
    board = find_me(MOBILE)
    leg = mobile(board)
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    hang_up(board, A)
    assert board.last(Hang).leg == leg
    board.send(LegEnded(leg=leg, by_peer=False, how="bye"))
    assert board.switchboard.calls == {}


def test_who_is_asked_hangs_up_and_the_flow_goes_on() -> None:
    board = find_me(MOBILE)
    leg = mobile(board)
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    hang_up(board, leg)
    assert board.last(Hang).leg == A, "nobody answers"


def test_who_picks_up_last_has_time_for_the_key() -> None:
    board = find_me("extension/1001", MOBILE)
    leg = mobile(board)
    board.pass_time(39.0)
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    board.pass_time(5.0)
    press(board, leg, "1")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=leg)


def test_places_have_their_times() -> None:
    board = find_me(
        "extension/1001",
        "extension/1002",
        MOBILE,
        x1001=Timing(ring_s=10.0),
        x1002=Timing(after_s=10.0),
        mobile=Timing(after_s=20.0, account="1001"),
    )
    assert list(legs(board)) == ["1001"]
    board.pass_time(9.9)
    assert list(legs(board)) == ["1001"]
    board.pass_time(0.2)
    assert list(legs(board)) == ["1001", "1002"]
    assert [order.leg for order in board.all(Hang)] == [legs(board)["1001"]]
    board.send(LegRejected(leg=legs(board)["1001"], status=487, reason="Cancelled"))
    board.pass_time(10.0)
    assert "+447700900999" in legs(board)
    board.pass_time(20.0)
    assert A in [order.leg for order in board.all(Hang)], "forty seconds in all"


def test_where_nobody_rings_the_next_one_does() -> None:
    board = find_me("extension/1001", MOBILE, mobile=Timing(after_s=30.0, account="1001"))
    board.send(LegRejected(leg=legs(board)["1001"], status=486, reason="Busy"))
    board.pass_time(0.0)
    assert "+447700900999" in legs(board), "DND of one does not end the hunt"
    board.send(LegRejected(leg=mobile(board), status=404, reason="Not Found"))
    assert board.last(Hang).leg == A


def test_nobody_rings_his_own_number() -> None:
    board = find_me("extension/1001", "number/07700 900123", mobile=Timing())
    assert list(legs(board)) == ["1001"]


def test_two_mobiles_are_asked_each_for_itself() -> None:
    board = find_me(MOBILE, "extension/1001")
    first = mobile(board)
    board.send(LegAnswered(leg=first, answer=ANSWER))
    press(board, first, "7")
    assert len(heard(board, first)) == 2, "another key: asked again"
    press(board, first, "1")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=first)
