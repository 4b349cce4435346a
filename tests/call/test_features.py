"""Features on the caller's leg: only the active dialogue hears, and a stopped one says nothing."""

from pbx.call.effects import CheckCaller, PreparePrompts
from pbx.call.events import CallerChecked
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.media.effects import Play, StopPlay
from pbx.media.events import DigitReceived
from pbx.sip.events import InfoDigit, LegConfirmed, LegEnded
from tests.call.conftest import Board
from tests.call.test_call import SUPPORT, to_question, type_date

A = LegId("a")


def test_prompts_follow_one_another_without_overlap(board: Board) -> None:
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    assert len(board.all(Play)) == 1
    board.finish_prompt()
    assert len(board.all(Play)) == 2


def test_digits_by_info_and_by_event_are_the_same(board: Board) -> None:
    to_question(board)
    for digit in "0302198":
        board.send(InfoDigit(leg=A, digit=Secret(digit), duration_ms=100))
    assert not board.all(CheckCaller)
    board.send(DigitReceived(leg=A, digit=Secret("0"), duration_ms=100))
    board.pass_time(1.0)
    assert board.last(CheckCaller).date_of_birth.reveal() == "19800203"
    assert board.last(CheckCaller).number == "+447700900123"


def test_the_check_names_the_trunk_and_shows_no_digit(board: Board) -> None:
    to_question(board)
    type_date(board)
    check = board.last(CheckCaller)
    assert check.trunk == "trunk/carrier"
    assert "1980" not in repr(check)


def test_an_answer_with_a_foreign_token_is_ignored(board: Board) -> None:
    to_question(board)
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=Token(check.token + 99), matched=True, customer="x"))
    board.pass_time(0.9)
    assert board.record.verification == ""


def test_nothing_is_said_after_the_caller_left(board: Board) -> None:
    to_question(board)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    said = len(board.all(PreparePrompts))
    board.send(DigitReceived(leg=A, digit=Secret("1"), duration_ms=80))
    board.pass_time(60.0)
    assert len(board.all(PreparePrompts)) == said
    assert board.all(StopPlay)
