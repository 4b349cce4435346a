"""What the lamp of an extension shows in every turn a call can take."""

import pytest

from pbx.core.ids import LegId
from pbx.sip.effects import HangUp, PlaceCall, SetLine
from pbx.sip.events import (
    DeviceOrigin,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    TransferRequested,
)
from pbx.sip.notify.line import LineDialog
from tests.call import parties
from tests.call.conftest import ANSWER, Board, contact

pytestmark = pytest.mark.requirement("REG-04")
A = LegId("a")
CAROL, ECHO = "+441632960101", "+441632960102"


def shown(board: Board, extension: str) -> list[str]:
    """Return what was told of an extension, each as its states, "" = idle."""
    orders = [order for order in board.all(SetLine) if order.extension == extension]
    return [" ".join(dialog.state for dialog in order.dialogs) for order in orders]


def call_carol(board: Board, phones: int = 1) -> list[LegId]:
    board.contacts = {"1003": tuple(contact("1003", 5080 + n) for n in range(phones))}
    board.offer(CAROL)
    return [placed.leg for placed in board.all(PlaceCall)]


@pytest.mark.rfc("4235", "3.7.1")
def test_ringing_answered_ended(board: Board) -> None:
    (leg,) = call_carol(board)
    board.send(LegRinging(leg=leg, status=180))
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    board.send(LegEnded(leg=leg, by_peer=True, how="bye"))
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert shown(board, "1003") == ["trying", "early", "confirmed", ""]
    dialog = board.all(SetLine)[1].dialogs[0]
    assert dialog == LineDialog(
        id=leg, state="early", direction="recipient", remote_user="+447700900123", remote_display=""
    )


@pytest.mark.parametrize("rings", [True, False])
def test_the_caller_gives_up(board: Board, rings: bool) -> None:
    (leg,) = call_carol(board)
    if rings:
        board.send(LegRinging(leg=leg, status=180))
    board.send(LegEnded(leg=A, by_peer=True, how="cancel"))
    assert board.last(HangUp).leg == leg
    board.send(LegEnded(leg=leg, by_peer=False, how="cancel"))
    assert shown(board, "1003") == (["trying", "early", ""] if rings else ["trying", ""])


def test_the_callee_refuses(board: Board) -> None:
    (leg,) = call_carol(board)
    board.send(LegRejected(leg=leg, status=486, reason=""))
    assert shown(board, "1003") == ["trying", ""]


def test_two_phones_of_one_extension_are_one_lamp(board: Board) -> None:
    first, second = call_carol(board, phones=2)
    board.send(LegRinging(leg=second, status=180))
    board.send(LegRinging(leg=first, status=180))
    board.send(LegAnswered(leg=second, answer=ANSWER))
    board.send(LegEnded(leg=first, by_peer=False, how="cancel"))
    board.send(LegEnded(leg=second, by_peer=True, how="bye"))
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert shown(board, "1003") == ["trying", "early", "confirmed", ""]


def test_nobody_answers(board: Board) -> None:
    (leg,) = call_carol(board)
    board.send(LegRinging(leg=leg, status=180))
    board.pass_time(26.0)
    board.send(LegEnded(leg=leg, by_peer=False, how="cancel"))
    assert shown(board, "1003") == ["trying", "early", ""]


def test_a_calling_extension_is_busy_in_its_own_direction(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("1003", origin=DeviceOrigin(tenant="acme", extension="1001"))
    (placed,) = board.all(PlaceCall)
    board.send(LegRinging(leg=placed.leg, status=180))
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.send(LegEnded(leg=placed.leg, by_peer=False, how="bye"))
    assert shown(board, "1001") == ["trying", "early", "confirmed", ""]
    assert shown(board, "1003") == ["trying", "early", "confirmed", ""]
    caller = next(order.dialogs[0] for order in board.all(SetLine) if order.extension == "1001")
    assert (caller.direction, caller.remote_user) == ("initiator", "1003")


def test_carriers_have_no_lamp(board: Board) -> None:
    board.offer(ECHO)
    board.send(LegConfirmed(leg=A))
    assert board.all(SetLine) == []


def test_what_follows_at_once_is_told_after_what_caused_it(board: Board) -> None:
    """A line's state stands before the effects whose results change it again."""
    (leg,) = call_carol(board)
    effects = board.send(LegEnded(leg=leg, by_peer=True, how="bye"))
    assert isinstance(effects[0], SetLine)


@pytest.mark.rfc("5589", "6.1")
def test_a_blind_transfer_moves_the_light(board: Board) -> None:
    bob = parties.talking(board)
    carl = parties.refer(board, bob)
    board.send(LegRinging(leg=carl, status=180))
    parties.answer(board, carl)
    parties.hang_up(board, bob)
    parties.hang_up(board, A)
    parties.end_ours(board)
    assert shown(board, "1003") == ["trying", "early", "confirmed", ""]
    assert shown(board, "1002") == ["trying", "early", "confirmed", ""]


@pytest.mark.rfc("5589", "7.1")
def test_an_attended_transfer_does_not_make_the_lamp_blink(board: Board) -> None:
    bob = parties.talking(board)
    second = LegId("b2")
    parties.offered(board, second, "1002", "1003")
    carl = board.last(PlaceCall).leg
    parties.answer(board, carl)
    board.send(LegConfirmed(leg=second))
    assert shown(board, "1002") == ["trying", "confirmed"]
    board.send(TransferRequested(leg=bob, target="1002", is_attended=True, replaced=second))
    board.send(LegEnded(leg=second, by_peer=False, how="bye"))
    board.send(LegEnded(leg=bob, by_peer=True, how="bye"))
    assert set(shown(board, "1002")[1:]) == {"confirmed"}
    assert shown(board, "1003")[-1] == ""
    told = [order.dialogs[0] for order in board.all(SetLine) if order.extension == "1002" and order.dialogs]
    assert len({dialog.id for dialog in told}) == 1
    assert [told[1].remote_user, told[-1].remote_user] == ["1003", "+447700900123"]
    parties.hang_up(board, A)
    parties.end_ours(board)
    assert shown(board, "1002")[-1] == ""


def test_a_withheld_number_is_shown_to_nobody(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL, number="anonymous")
    assert {dialog.remote_user for order in board.all(SetLine) for dialog in order.dialogs} == {""}
