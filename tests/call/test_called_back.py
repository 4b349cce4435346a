"""The call to the number on file: who answers is its caller, and V3 once he has pressed the key."""

import pytest

from pbx.call.effects import CallFinished, CheckCaller, KeepGrant
from pbx.call.events import CallerChecked, CallFailed
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import OpenLeg
from pbx.media.events import LegFailed
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall, Reject
from pbx.sip.events import LegAnswered, LegEnded, LegRejected, LegRinging
from tests.call.called_board import CALLER, EN, POLICY, PURPOSE, CalledBoard
from tests.call.conftest import ANSWER
from tests.call.support import facts, said

pytestmark = pytest.mark.requirement("V-04")


def test_whoever_answers_and_presses_the_key_is_v3_and_goes_on_in_the_flow() -> None:
    board = CalledBoard()
    order = board.called()
    assert (order.target, order.max_forwards) == ("sip:+447700900123@127.0.0.2:5070", 70)
    assert "441632960100" in order.from_uri and order.trunk == ("acme", "carrier")
    board.send(LegRinging(leg=order.leg, status=180))
    board.send(LegAnswered(leg=order.leg, answer=ANSWER))
    board.presses(order.leg, board.key)
    assert board.outcomes == ["confirmed"]
    settled = facts(board, "verification.settled")[-1]
    assert (settled["level"], settled["methods"]) == ("V3", "call_back")
    assert {one.user for one in board.all(LookUpAor)} == {"1001", "1002"}  # he goes on: the agents ring
    grant = board.last(KeepGrant).grant
    assert (grant.leg, grant.level, grant.customer, grant.risk) == (order.leg, "V3", "c-1", ())
    board.send(LegEnded(leg=order.leg, by_peer=True, how="bye"))
    first, second = board.records
    assert (first.cause, first.ended_by, first.verification) == ("call_back", "system", "")
    assert (second.direction, second.called, second.customer) == ("outbound", CALLER, "c-1")
    assert (second.verification, second.purpose) == ("V3", "service")
    told = facts(board, "verification.call_back")[-1]
    assert told == {"purpose": PURPOSE, "outcome": "confirmed", "asked_in": first.call}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(486, "busy"), (600, "busy"), (480, "no_answer"), (603, "declined"), (302, "failed"), (500, "failed")],
)
def test_who_is_not_reached_proves_nothing(status: int, outcome: str) -> None:
    board = CalledBoard()
    order = board.called()
    contacts = ("sip:+447700900999@192.0.2.1",) if status == 302 else ()
    board.send(LegRejected(leg=order.leg, status=status, reason="", contacts=contacts))
    assert board.outcomes == [outcome]
    assert len(board.all(PlaceCall)) == 1  # a redirection leads away from what is on file
    assert len(board.all(CallFinished)) == 2 and not board.switchboard.calls
    assert board.records[1].cause == str(status) and board.records[1].verification == ""
    assert board.all(KeepGrant) == [] and board.all(Reject) == []


def test_nobody_answers() -> None:
    board = CalledBoard()
    order = board.called()
    board.pass_time(POLICY.ring_s - 1.5)
    assert board.outcomes == []
    board.pass_time(1.5)
    assert board.outcomes == ["no_answer"] and board.last(HangUp).leg == order.leg
    board.send(LegEnded(leg=order.leg, by_peer=False, how="cancel"))
    assert not board.switchboard.calls and board.records[1].cause == "no_answer"


def test_an_answer_that_crosses_our_cancel_is_hung_up() -> None:
    board = CalledBoard()
    order = board.called()
    board.pass_time(POLICY.ring_s)
    assert board.send(LegAnswered(leg=order.leg, answer=ANSWER)) == [HangUp(leg=order.leg)]
    board.send(LegEnded(leg=order.leg, by_peer=False, how="bye"))
    assert board.outcomes == ["no_answer"] and not board.switchboard.calls


def test_an_answering_machine_is_hung_up_and_comes_to_no_agent() -> None:
    board = CalledBoard()
    leg = board.answered()
    for _ in range(3):
        board.finish_prompt(leg)
        board.pass_time(8.0)
    assert board.outcomes == ["no_key"] and board.last(HangUp).leg == leg
    assert board.all(LookUpAor) == []
    board.send(LegEnded(leg=leg, by_peer=False, how="bye"))
    assert board.records[1].cause == "not_confirmed" and board.records[1].verification == ""


def test_who_has_not_asked_for_it_hangs_up() -> None:
    board = CalledBoard()
    leg = board.answered()
    board.send(LegEnded(leg=leg, by_peer=True, how="bye"))
    assert board.outcomes == ["hung_up"] and not board.switchboard.calls


def test_an_answer_without_common_media_ends_the_call() -> None:
    board = CalledBoard()
    order = board.called()
    board.send(LegAnswered(leg=order.leg, answer=b"v=0\r\n"))
    assert board.outcomes == ["failed"] and board.last(HangUp).leg == order.leg


def test_without_a_port_no_invite_leaves() -> None:
    board = CalledBoard()
    board.planned(board.asks())
    board.hangs_up()
    board.ports = iter(())
    board.pass_time(5.0)
    assert board.outcomes == ["failed"] and board.all(PlaceCall) == []
    assert board.all(Reject) == [] and not board.switchboard.calls


def test_a_stop_while_it_rings_ends_it() -> None:
    board = CalledBoard()
    order = board.called()
    [call] = board.switchboard.calls
    board.send(CallFailed(call=call, cause="shutdown"))
    assert board.last(HangUp).leg == order.leg and board.outcomes == ["failed"]


def test_a_media_worker_that_dies_while_it_rings_costs_nothing() -> None:
    from pbx.call.events import LegLost

    board = CalledBoard()
    order = board.called()
    board.send(LegLost(leg=order.leg))
    assert [one.leg for one in board.all(OpenLeg)].count(order.leg) == 2
    assert len(board.all(PlaceCall)) == 1
    board.send(LegAnswered(leg=order.leg, answer=ANSWER))
    board.presses(order.leg, board.key)
    assert board.outcomes == ["confirmed"]


class TestDateOfBirth:
    """`confirm: date_of_birth`: the key alone is not enough."""

    def asked(self, *, asks_date: bool = True) -> tuple[CalledBoard, LegId]:
        from dataclasses import replace

        board = CalledBoard(replace(POLICY, confirm="date_of_birth"))
        leg = board.answered(asks_date=asks_date)
        board.presses(leg, board.key)
        return board, leg

    def answered(self, customer: str) -> CalledBoard:
        board, leg = self.asked()
        assert said(board)[-1] == EN.date_of_birth.ask and board.outcomes == []
        board.presses(leg, "03021980")
        check = board.last(CheckCaller)
        assert (check.number, check.date_of_birth) == (CALLER, Secret("19800203"))
        answer = CallerChecked(call=check.call, token=check.token, matched=bool(customer), customer=customer)
        board.send(answer)
        board.pass_time(1.0)
        if not customer.endswith("2"):
            board.send(LegEnded(leg=leg, by_peer=True, how="bye"))
        return board

    def test_both_are_v3(self) -> None:
        board = self.answered("c-1")
        settled = facts(board, "verification.settled")[-1]
        assert (settled["level"], settled["methods"]) == ("V3", "call_back phone_number date_of_birth")
        assert board.outcomes == ["confirmed"] and board.records[1].customer == "c-1"

    def test_the_date_of_somebody_else_of_the_house_is_none(self) -> None:
        board = self.answered("c-2")
        assert board.outcomes == ["mistaken"]
        assert facts(board, "verification.settled")[-1]["level"] == "V0"
        assert board.all(KeepGrant) == [] and said(board)[-1] == "Goodbye."

    def test_a_wrong_date_leads_to_otherwise(self) -> None:
        board, leg = self.asked()
        for _ in range(3):
            board.presses(leg, "03021980")
            check = board.last(CheckCaller)
            board.send(CallerChecked(call=check.call, token=check.token, matched=False))
            board.pass_time(1.0)
        board.finish_prompt(leg)
        assert board.outcomes == ["mistaken"] and said(board)[-2:] == [EN.failed, "Goodbye."]

    def test_of_whom_nothing_known_verifies_the_key_is_enough(self) -> None:
        board, _ = self.asked(asks_date=False)
        assert board.outcomes == ["confirmed"]


def test_a_worker_that_refuses_the_port_is_not_waited_for() -> None:
    board = CalledBoard()
    order = board.called()
    board.send(LegFailed(leg=order.leg, reason="gone"))
    assert board.outcomes == ["failed"]
