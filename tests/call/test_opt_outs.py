"""No more marketing calls: by the key of whoever was called, by an agent's code, and what both hear of it."""

from dataclasses import replace

import pytest

from pbx.core.ids import LegId
from pbx.marketing.effects import KeepStop
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, TransferRequested
from tests.call.conftest import ANSWER, CARRIER, contact
from tests.call.outreach_board import CLERK, LEEDS, LONDON, SELLER, OutreachBoard
from tests.call.parties import CAROL, A, invite, talking
from tests.call.test_key_orders import press
from tests.call.test_telling import said

pytestmark = pytest.mark.requirement("C-15")
KEY, CODE = "*0", "*43"
SELF, OTHER = "You will get no more sales calls from us.", "This number will get no more sales calls."
UNKNOWN = "This number is not known. Please note it down by hand."


def stops(board: OutreachBoard) -> list[tuple[str, str, str]]:
    return [(one.number, one.how, one.actor) for one in board.all(KeepStop)]


def test_whoever_is_called_presses_the_key_and_is_called_no_more() -> None:
    board = OutreachBoard()
    trunk = board.sells()
    press(board, trunk, KEY)
    assert stops(board) == [(LONDON, "key", "trunk/carrier")]
    assert sorted(said(board)[-2:]) == sorted([SELF, OTHER])
    assert board.kinds() == ["marketing.passed", "marketing.opted_out"]
    board.offer(LONDON, origin=SELLER, leg="b")
    assert board.blocked() == ["suppressed"]


def test_the_key_again_changes_nothing() -> None:
    board = OutreachBoard()
    trunk = board.sells()
    press(board, trunk, KEY)
    press(board, trunk, KEY)
    assert len(stops(board)) == 1


def test_the_key_is_nobody_elses() -> None:
    """Not of the seller, nor of whoever was called for another purpose, nor half of it."""
    board = OutreachBoard()
    trunk = board.sells()
    press(board, A, KEY)
    press(board, trunk, "*8")
    board.offer(LEEDS, origin=CLERK, leg="b")
    service = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=service, answer=ANSWER))
    press(board, service, KEY)
    assert stops(board) == []


def test_without_a_key_keys_are_keys() -> None:
    board = OutreachBoard(key=None)
    press(board, board.sells(), KEY)
    assert stops(board) == []


def test_an_agent_says_so_in_a_call_of_any_purpose() -> None:
    board = OutreachBoard()
    board.offer(LEEDS, origin=CLERK)
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    press(board, A, CODE)
    assert stops(board) == [(LEEDS, "agent", "extension/1002")]
    assert said(board)[-1] == OTHER
    board.offer(LEEDS, origin=SELLER, leg="b")
    assert board.blocked() == ["suppressed"]


def test_an_agent_says_so_for_somebody_who_calls() -> None:
    board = OutreachBoard()
    bob = talking(board)
    press(board, bob, CODE)
    assert stops(board) == [("+447700900123", "agent", "extension/1003")]


def test_a_caller_whose_number_is_withheld_has_to_be_noted_by_hand() -> None:
    board = OutreachBoard()
    board.contacts = {"1003": (contact("1003"),)}
    board.send(replace(invite("a", CAROL, "anonymous"), private=True, origin=CARRIER))
    bob = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=bob, answer=ANSWER))
    press(board, bob, CODE)
    assert stops(board) == []
    assert said(board)[-1] == UNKNOWN


def test_two_telephones_of_ours_suppress_nobody() -> None:
    board = OutreachBoard()
    board.contacts = {"1001": (contact("1001"),)}
    board.offer("1001", origin=CLERK)
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    press(board, A, CODE)
    assert stops(board) == []


def test_who_is_put_through_keeps_his_key() -> None:
    """After a transfer he is still somebody who was called for marketing."""
    board = OutreachBoard()
    trunk = board.sells()
    board.contacts = {"1002": (contact("1002"),)}
    board.send(TransferRequested(leg=A, target="1002"))
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    press(board, trunk, KEY)
    assert stops(board) == [(LONDON, "key", "trunk/carrier")]


def test_the_key_while_it_rings_is_none() -> None:
    board = OutreachBoard()
    board.offer(LONDON, origin=SELLER)
    press(board, LegId(board.last(PlaceCall).leg), KEY)
    assert stops(board) == []
