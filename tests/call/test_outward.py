"""Calls out by several trunks: failover as call flows."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext, TrunkRoute
from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs
from pbx.sip.effects import HangUp, PlaceCall, Reject
from pbx.sip.events import CallOffered, DeviceOrigin, LegAnswered, LegEnded, LegRejected, LegRinging
from tests.call.conftest import ANSWER, CARRIER, OFFER, Board

PHONE = DeviceOrigin(tenant="acme", extension="1001")
NUMBER = "901632960150"


def three(context: CallContext) -> CallContext:
    """Three carriers stand behind the name that the dial plan uses."""
    routes = {
        name: TrunkRoute(name=name, remote=Remote("udp", f"192.0.2.{i}", 5060), caller_id=f"+4416329601{i}0")
        for i, name in enumerate(("red", "green", "blue"), 1)
    }
    group = tuple((name, i, 1) for i, name in enumerate(routes))
    return replace(context, trunks=routes, trunk_groups={"carrier": group})


@pytest.fixture
def board() -> Board:
    board = Board(change=three)
    board.offer(NUMBER, origin=PHONE)
    return board


def hosts(board: Board) -> list[str]:
    return [placed.remote.host for placed in board.all(PlaceCall)]


def reject(board: Board, status: int) -> None:
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=status, reason=""))


@pytest.mark.requirement("SIP-23")
def test_a_call_goes_from_carrier_to_carrier_and_each_attempt_is_a_leg(board: Board) -> None:
    reject(board, 503)
    reject(board, 408)
    assert hosts(board) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    assert board.all(BridgeLegs)
    legs = [(leg.party, leg.cause) for leg in board.record.legs]
    assert legs == [("extension/1001", ""), ("trunk/red", "503"), ("trunk/green", "408"), ("trunk/blue", "")]


@pytest.mark.requirement("SIP-23")
@pytest.mark.parametrize("status", [486, 600, 603, 404, 484])
def test_who_declined_is_asked_once(board: Board, status: int) -> None:
    reject(board, status)
    assert hosts(board) == ["192.0.2.1"]
    assert board.last(Reject).status == status


def test_the_last_answer_is_the_callers(board: Board) -> None:
    reject(board, 500)
    reject(board, 503)
    reject(board, 404)
    assert board.last(Reject).status == 404


def test_a_carrier_without_progress_is_cancelled_and_the_next_one_tried(board: Board) -> None:
    first = board.last(PlaceCall).leg
    board.pass_time(19.9)
    assert hosts(board) == ["192.0.2.1"]
    board.pass_time(0.2)
    assert board.last(HangUp).leg == first
    assert hosts(board) == ["192.0.2.1", "192.0.2.2"]
    board.send(LegEnded(leg=first, by_peer=False, how="cancel"))
    reject(board, 486)
    assert board.last(Reject).status == 486
    assert [leg.cause for leg in board.record.legs[1:]] == ["408", "486"]


@pytest.mark.requirement("SIP-23")
def test_a_phone_that_rings_is_not_taken_away(board: Board) -> None:
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    board.pass_time(60)
    assert hosts(board) == ["192.0.2.1"]
    reject(board, 408)
    assert hosts(board) == ["192.0.2.1"]


def test_a_server_failure_while_ringing_goes_on(board: Board) -> None:
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    reject(board, 500)
    assert hosts(board) == ["192.0.2.1", "192.0.2.2"]
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    assert board.all(BridgeLegs)


def test_a_caller_who_gives_up_ends_the_search(board: Board) -> None:
    board.send(LegEnded(leg=LegId("a"), by_peer=True, how="cancel"))
    board.send(LegEnded(leg=board.last(PlaceCall).leg, by_peer=False, how="cancel"))
    assert hosts(board) == ["192.0.2.1"]
    assert board.record.cause == "cancel"
    assert not board.switchboard.calls


def full(context: CallContext) -> CallContext:
    return replace(context, trunk_limits={"carrier": 1})


def second(board: Board) -> CallOffered:
    """Another call of the carrier."""
    return CallOffered(
        leg=LegId("b"),
        origin=CARRIER,
        called="+441632960100",
        called_domain="acme.example",
        from_user="+447700900124",
        from_display="",
        asserted_user="",
        private=False,
        offer=OFFER,
        source=Remote("udp", "127.0.0.2", 5070),
        max_forwards=70,
        sip_call_id="y",
    )


@pytest.mark.requirement("SIP-23")
def test_a_full_trunk_takes_no_call_in_and_none_out() -> None:
    board = Board(change=full)
    board.offer("+441632960100")
    board.send(second(board))
    assert board.last(Reject) == Reject(leg=LegId("b"), status=503, retry_after_s=5)
    board.send(replace(second(board), leg=LegId("c"), origin=PHONE, called=NUMBER))
    assert (board.last(Reject).leg, board.last(Reject).status) == (LegId("c"), 503)
    board.send(LegEnded(leg=LegId("a"), by_peer=True, how="bye"))
    board.send(replace(second(board), leg=LegId("d")))
    assert board.last(Reject).leg == LegId("c")


def test_an_emergency_call_finds_a_full_trunk() -> None:
    board = Board(change=full)
    board.offer("+441632960100")
    board.send(replace(second(board), leg=LegId("b"), origin=PHONE, called="999"))
    assert board.last(PlaceCall).target == "sip:999@127.0.0.2:5070"
