"""An agent asks the store in the caller's stead: what counts, what it gives, what it never tells (V-10)."""

import pytest

from pbx.call.effects import AnswerCheck, CheckCaller, FetchCustomers
from pbx.call.events import CallerChecked, PersonAsked
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.sip.effects import PlaceCall
from pbx.sip.events import PeerIdentified
from pbx.verify.facts import Reason
from pbx.verify.tries import PAIRS
from tests.call.conftest import Board, contact
from tests.call.parties import A, answer, end_ours, hang_up, talking
from tests.call.support import board_with, facts, to_question, type_date
from tests.call.test_grants import alive, call_of, labels, trusting, whys

pytestmark = pytest.mark.requirement("V-10")
BORN = Secret("19800203")


@pytest.fixture
def board() -> Board:
    """Alice, whom nobody has asked, talks with 1003."""
    board = Board(change=trusting)
    talking(board)
    return board


def ask(board: Board, ticket: int = 1) -> CheckCaller | None:
    """An agent asks; what the store is asked, None = nothing."""
    n_asked = len(board.all(CheckCaller))
    call = CallId(next(iter(board.switchboard.calls)))
    board.send(PersonAsked(call=call, ticket=Token(ticket), date_of_birth=BORN, actor="crm/jane"))
    asked = board.all(CheckCaller)[n_asked:]
    return asked[0] if asked else None


def answers(board: Board, asked: CheckCaller | None, reason: Reason) -> None:
    assert asked is not None
    is_right = reason == "matched"
    board.send(
        CallerChecked(
            call=asked.call,
            token=asked.token,
            matched=is_right,
            customer="c-1" if is_right else "",
            reason=reason,
            failed=reason == "unavailable",
        )
    )


def heard(board: Board) -> list[tuple[int, bool]]:
    return [(one.ticket, one.matched) for one in board.all(AnswerCheck)]


def test_a_match_verifies_the_caller_and_the_agents_telephone_says_so(board: Board) -> None:
    asked = ask(board)
    assert asked is not None
    assert (asked.number, asked.date_of_birth, asked.trunk) == ("+447700900123", BORN, "trunk/carrier")
    answers(board, asked, "matched")
    board.pass_time(0.79)
    assert heard(board) == [] and alive(board) == [], "nothing of it is seen before its time"
    board.pass_time(0.02)
    assert heard(board) == [(1, True)]
    [grant] = alive(board)
    assert (grant.level, grant.customer, grant.audience) == ("V2", "c-1", "extension/1003")
    assert grant.risk == ("unattested", "agent_assisted")
    winner = call_of(board).parts.connect.winner
    assert winner is not None
    assert labels(board, winner.id) == ["Verified caller (V2)"]
    assert facts(board, "verification.assisted") == [{"by": "crm/jane", "outcome": "verified"}]
    hang_up(board, A)
    end_ours(board)
    assert (board.record.verification, board.record.customer) == ("V2", "c-1")


@pytest.mark.parametrize(
    "reason",
    ["wrong", "unknown", "locked", "ambiguous", "company", "guess_wave", "breaker", "unavailable"],
)
def test_every_no_is_the_same_no_at_the_same_time(board: Board, reason: Reason) -> None:
    answers(board, ask(board), reason)
    begun = len(board.effects)
    board.pass_time(0.79)
    assert heard(board) == []
    board.pass_time(0.02)
    assert heard(board) == [(1, False)]
    assert [type(one).__name__ for one in board.effects[begun:]] == ["Audit", "AnswerCheck"]
    assert facts(board, "verification.assisted") == [{"by": "crm/jane", "outcome": "unverified"}]
    assert not alive(board) and call_of(board).parts.grants.known.level == ""


def test_three_wrong_ones_are_all_that_a_call_has(board: Board) -> None:
    for ticket in range(PAIRS):
        answers(board, ask(board, ticket), "wrong")
        board.pass_time(0.8)
    assert ask(board, 9) is None, "the store is not asked"
    board.pass_time(0.79)
    assert len(heard(board)) == PAIRS
    board.pass_time(0.02)
    assert heard(board)[-1] == (9, False)


def test_the_callers_own_wrong_ones_count() -> None:
    board = Board()
    board.contacts = {"1001": (contact("1001"),)}
    to_question(board)
    for _ in range(PAIRS):
        type_date(board)
        answers(board, board.last(CheckCaller), "wrong")
        board.pass_time(1.0)
        board.finish_prompt()
    board.pass_time(3.0)
    answer(board, board.last(PlaceCall).leg)
    assert ask(board) is None, "he has had all three"
    board.pass_time(1.0)
    assert heard(board) == [(1, False)]


def test_what_is_right_costs_no_try(board: Board) -> None:
    for ticket in range(PAIRS + 1):
        answers(board, ask(board, ticket), "matched")
        board.pass_time(0.8)
    assert heard(board) == [(ticket, True) for ticket in range(PAIRS + 1)]
    assert len(alive(board)) == 1 and set(whys(board)) == {"superseded"}


def test_one_at_a_time(board: Board) -> None:
    first = ask(board)
    assert call_of(board).parts.assisting.refusal == "another check of this call is not over yet"
    assert ask(board, 2) is None
    assert heard(board) == [(2, False)]
    answers(board, first, "matched")
    board.pass_time(0.8)
    assert heard(board)[-1] == (1, True)


def test_a_store_that_never_answers(board: Board) -> None:
    ask(board)
    board.pass_time(4.9)
    assert heard(board) == []
    board.pass_time(0.2)
    assert heard(board) == [(1, False)]


@pytest.mark.requirement("V-06")
def test_an_answer_about_who_spoke_before_verifies_nobody(board: Board) -> None:
    answers(board, ask(board), "matched")
    board.send(PeerIdentified(leg=A, from_user="", asserted_user="01632960150"))
    board.pass_time(0.8)
    assert heard(board) == [(1, False)] and not alive(board)


def test_who_is_gone_is_verified_by_nothing(board: Board) -> None:
    asked = ask(board)
    hang_up(board, A)
    assert heard(board) == [(1, False)]
    answers(board, asked, "matched")
    end_ours(board)
    assert not alive(board) and len(heard(board)) == 1


def test_without_a_colleague_nobody_is_checked() -> None:
    board = Board()
    board.offer("+441632960100")
    assert call_of(board).parts.assisting.refusal == "no colleague talks with its caller"
    assert ask(board) is None and heard(board) == [(1, False)]


def test_the_servers_of_the_tenant_are_asked_too() -> None:
    board = board_with(asks_customers=True)
    talking(board)
    ask(board)
    assert board.last(FetchCustomers).number == "+447700900123"
