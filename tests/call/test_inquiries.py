"""Calls that wait for the reputation of their number: as call flows."""

from dataclasses import replace

import pytest

from pbx.call.effects import AskReputation, Audit, VerifyPassport
from pbx.call.events import PassportVerified, ReputationTold
from pbx.call.inquiries import HELD_S, MAX_HELD
from pbx.fraud.policy import TollPolicy
from pbx.fraud.reputation import AskedServer, Reputation
from pbx.media.effects import OpenLeg
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import DeviceOrigin, LegEnded
from pbx.sip.stir.verdict import failed
from tests.call.conftest import Board, contact
from tests.call.parties import A
from tests.call.test_screening import CALL
from tests.call.test_tolls import guarded

pytestmark = pytest.mark.requirement("FRD-03")
NUMBER, BOB = "+447700900123", "+441632960101"
KNOWN = Reputation(
    scores={},
    label_from=50,
    challenge_from=70,
    challenge="echo",
    reject_from=90,
    card="https://acme.example/card",
    server=AskedServer(keep_s=600.0, unanswered=50),
)


def asking(known: Reputation = KNOWN) -> Board:
    board = guarded(TollPolicy(country="GB", reputation=known))
    board.contacts = {"1003": (contact("1003"),)}
    return board


def told(board: Board, score: int | None) -> None:
    board.send(ReputationTold(token=board.last(AskReputation).token, score=score))


def facts(board: Board) -> list[str]:
    kinds = [one.fact.kind for one in board.all(Audit)]
    return [kind for kind in kinds if kind.startswith("fraud.")]


def test_nothing_rings_before_the_server_has_told() -> None:
    board = asking()
    board.offer(BOB, number=NUMBER)
    order = board.last(AskReputation)
    assert (order.tenant, order.number) == ("acme", NUMBER)
    assert not board.all(PlaceCall) and not board.all(OpenLeg)
    told(board, 0)
    assert board.last(PlaceCall).from_display == ""
    assert facts(board) == []


@pytest.mark.parametrize(
    ("score", "seen"), [(60, ["fraud.labelled"]), (70, ["fraud.challenged", "fraud.labelled"])]
)
def test_whom_the_server_doubts_is_labelled_or_tested_first(score: int, seen: list[str]) -> None:
    board = asking()
    board.offer(BOB, number=NUMBER)
    told(board, score)
    assert facts(board) == seen
    assert bool(board.all(PlaceCall)) is (score < 70), "who is tested talks with the flow, nobody is rung"
    assert board.all(OpenLeg)


def test_whom_the_server_condemns_is_refused_and_told_whom_to_complain_to() -> None:
    board = asking()
    board.offer(BOB, number=NUMBER)
    told(board, 90)
    assert (board.last(Reject).status, board.last(Reject).card) == (608, KNOWN.card)


@pytest.mark.requirement("F-40")
def test_a_server_that_says_nothing_delays_nobody_longer_than_it_may() -> None:
    board = asking()
    board.offer(BOB, number=NUMBER)
    board.pass_time(HELD_S - 0.1)
    assert not board.all(PlaceCall)
    board.pass_time(0.2)
    assert board.last(PlaceCall).from_display == "Spam?", "the tenant's word for a server that is away"
    told(board, 100)
    assert len(board.all(PlaceCall)) == 1 and not board.all(Reject), "late is late"


def test_what_is_known_is_not_asked_for_again() -> None:
    board = asking()
    for leg in ("a", "b"):
        board.offer(BOB, number=NUMBER, leg=leg)
        if leg == "a":
            told(board, 0)
    assert len(board.all(AskReputation)) == 1
    assert len(board.all(PlaceCall)) == 2


def test_who_hangs_up_meanwhile_has_not_called() -> None:
    board = asking()
    board.offer(BOB, number=NUMBER)
    board.send(LegEnded(leg=A, by_peer=True, how="cancel"))
    told(board, 0)
    assert not board.all(PlaceCall)
    assert board.switchboard.deadline is None


def test_a_flood_of_unknown_numbers_waits_for_nobody() -> None:
    board = asking(replace(KNOWN, label_from=None, server=AskedServer(keep_s=600.0)))
    for n in range(MAX_HELD + 1):
        board.offer(BOB, number=f"+44770090{n:04d}", leg=f"leg{n}")
    assert len(board.all(AskReputation)) == MAX_HELD
    assert len(board.all(PlaceCall)) == 1


def test_nobody_is_asked_for_telephones_of_ours_or_who_hides_his_number() -> None:
    board = asking()
    board.offer("1003", origin=DeviceOrigin(tenant="acme", extension="1001"))
    board.send(replace(CALL, private=True, signed=None, called=BOB))
    assert not board.all(AskReputation)


def test_the_verdict_comes_first_and_whom_it_ends_is_not_asked_for() -> None:
    board = asking()
    board.send(replace(CALL, stir="refuse", called=BOB))
    token = board.last(VerifyPassport).token
    assert not board.all(AskReputation)
    board.send(PassportVerified(token=token, verdict=failed(438, "no")))
    assert board.last(Reject).status == 438
    assert not board.all(AskReputation)
    board.send(replace(CALL, leg=A, called=BOB))
    board.pass_time(HELD_S)
    assert board.last(AskReputation).number == NUMBER, "a verdict that is late holds up no question"
