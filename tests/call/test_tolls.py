"""Calls to the network before the guard: dialled, transferred, sent on; emergencies are never asked."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pbx.call.effects import Audit
from pbx.core.ids import LegId
from pbx.dialplan.routes import ToTrunk
from pbx.fraud.destinations import Destination
from pbx.fraud.effects import KeepHold
from pbx.fraud.policy import AccountPolicy, Limits, TollPolicy
from pbx.fraud.reputation import Reputation
from pbx.fraud.velocity import InboundLimits
from pbx.sip.effects import HangUp, PlaceCall, Reject
from pbx.sip.events import DeviceOrigin, LegAnswered, LegEnded, LegRejected, TransferRequested
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import reports, talking

ALICE = DeviceOrigin(tenant="acme", extension="1001")
ABROAD, HOME, HELP = "0033123456789", "902079460000", "999"
ECHO = "+441632960102"


def guarded(policy: TollPolicy | None = None) -> Board:
    board = Board()
    tolls = policy or TollPolicy(country="GB")
    board.switchboard.swap({"acme": replace(board.tenant_plan, tolls=tolls)})
    return board


def kinds(board: Board) -> list[str]:
    return [one.fact.kind for one in board.all(Audit)]


@pytest.mark.requirement("CF-30")
def test_a_barred_number_is_403_and_reaches_no_trunk() -> None:
    board = guarded()
    board.offer(ABROAD, origin=ALICE)
    assert board.last(Reject).status == 403
    assert board.all(PlaceCall) == []
    assert kinds(board) == ["fraud.refused"]
    board.offer(HOME, origin=ALICE, leg="b")
    assert board.last(PlaceCall).leg


@pytest.mark.requirement("S-12")
@pytest.mark.requirement("FRD-01")
def test_a_suspended_account_calls_for_help_and_its_colleagues() -> None:
    board = guarded(TollPolicy(country="GB", refusals=2))
    for leg in ("a", "b", "c"):
        board.offer(ABROAD, origin=ALICE, leg=leg)
    assert board.last(KeepHold).hold.account == "1001"
    board.offer(HOME, origin=ALICE, leg="d")
    assert board.all(PlaceCall) == []
    board.offer(HELP, origin=ALICE, leg="e")
    assert board.last(PlaceCall).target.startswith("sip:999@")
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("1003", origin=ALICE, leg="f")
    assert board.last(PlaceCall).target.startswith("sip:1003@")


@pytest.mark.requirement("FRD-01")
@pytest.mark.requirement("S-10")
def test_the_transferor_pays_and_his_caller_comes_back() -> None:
    board = guarded()
    bob = talking(board)
    placed = len(board.all(PlaceCall))
    board.send(TransferRequested(leg=bob, target=ABROAD))
    assert len(board.all(PlaceCall)) == placed
    assert reports(board) == [403]
    assert [one.fact.details["account"] for one in board.all(Audit) if one.fact.kind == "fraud.refused"] == [
        "1003"
    ]


@pytest.mark.requirement("FRD-01")
def test_a_telephone_sends_nobody_abroad() -> None:
    everywhere = AccountPolicy(allow=frozenset(Destination))
    board = guarded(TollPolicy(country="GB", default=everywhere, holds_new_countries=False))
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    phone = board.last(PlaceCall).leg
    board.send(LegRejected(leg=phone, status=302, reason="", contacts=(f"sip:{ABROAD}@acme.example",)))
    assert len(board.all(PlaceCall)) == 1
    assert board.last(Reject).status == 403
    refused = board.all(Audit)[-1].fact.details
    assert (refused["account"], refused["cause"]) == ("1003", "forward_barred")


@pytest.mark.requirement("FRD-01")
def test_a_call_ends_when_the_money_is_spent() -> None:
    limits = Limits(spend_per_hour=Decimal("0.04"))
    board = guarded(TollPolicy(country="GB", default=AccountPolicy(limits=limits)))
    board.offer(HOME, origin=ALICE)
    trunk = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=trunk, answer=ANSWER))
    board.pass_time(117.0)
    assert board.all(HangUp) == []
    board.pass_time(2.0)
    assert {(one.leg, one.cause) for one in board.all(HangUp)} == {("a", 403), (trunk, 403)}
    for leg in ("a", trunk):
        board.send(LegEnded(leg=LegId(leg), by_peer=False, how="bye"))
    assert board.record.cause == "spend_per_hour"
    assert "fraud.suspended" in kinds(board)


def test_the_next_trunk_costs_no_second_call() -> None:
    board = guarded(TollPolicy(country="GB", default=AccountPolicy(limits=Limits(per_minute=1))))
    board.offer(HOME, origin=ALICE)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=486, reason=""))
    assert board.last(Reject).status == 486
    board.offer(HOME, origin=ALICE, leg="b")
    assert board.last(Reject).status == 403


@pytest.mark.requirement("FRD-02")
def test_a_crowd_at_one_number_is_busy_and_told_once() -> None:
    board = guarded(TollPolicy(country="GB", inbound=InboundLimits(per_number=2)))
    for leg in ("a", "b", "c", "d"):
        board.offer(ECHO, leg=leg)
    assert [(one.leg, one.status) for one in board.all(Reject)] == [("c", 486), ("d", 486)]
    assert kinds(board) == ["fraud.crowd"]


@pytest.mark.requirement("FRD-02")
def test_a_caller_who_only_rings_up_is_not_let_in_for_a_while() -> None:
    board = guarded(TollPolicy(country="GB", inbound=InboundLimits(short_calls=1, within_s=600.0)))
    for leg, seconds in (("a", 2.0), ("b", 30.0), ("c", 2.0)):
        board.offer(ECHO, leg=leg)
        board.pass_time(seconds)
        board.send(LegEnded(leg=LegId(leg), by_peer=True, how="bye"))
    assert board.all(Reject) == []
    for leg in ("d", "e"):
        board.offer(ECHO, leg=leg)
    assert [(one.leg, one.status) for one in board.all(Reject)] == [("d", 486), ("e", 486)]
    assert kinds(board).count("fraud.crowd") == 1


def test_the_plan_says_whose_account_a_call_takes() -> None:
    route = Board().tenant_plan.plan.match(HOME, ALICE).route
    assert isinstance(route, ToTrunk) and route.account == "1001"


LIST = Reputation(
    scores={"+4477009001": 60, "+447700900124": 95},
    label_from=50,
    reject_from=90,
    card="https://acme.example/card",
)


@pytest.mark.requirement("FRD-03")
@pytest.mark.rfc("8688", "3.1")
def test_a_caller_whom_the_list_condemns_is_told_whom_to_complain_to() -> None:
    board = guarded(TollPolicy(country="GB", reputation=LIST))
    board.offer(ECHO, number="+447700900124")
    refused = board.last(Reject)
    assert (refused.status, refused.card) == (608, "https://acme.example/card")
    (fact,) = (one.fact for one in board.all(Audit))
    assert (fact.kind, fact.details["score"]) == ("fraud.rejected", 95)
    assert "900124" not in str(fact.details)


@pytest.mark.requirement("FRD-03")
def test_a_caller_whom_the_list_doubts_has_a_label_before_his_name() -> None:
    board = guarded(TollPolicy(country="GB", reputation=LIST))
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101", number="+447700900123")
    assert board.last(PlaceCall).from_display == "Spam?"
    (fact,) = (one.fact for one in board.all(Audit) if one.fact.kind == "fraud.labelled")
    assert (fact.details["score"], bool(fact.call)) == (60, True)


def test_telephones_of_ours_and_others_are_not_on_the_list() -> None:
    board = guarded(TollPolicy(country="GB", reputation=LIST))
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101", number="+33123456789")
    assert board.last(PlaceCall).from_display == ""
    board.offer("1003", origin=ALICE, leg="b")
    assert not any(one.fact.kind.startswith("fraud.") for one in board.all(Audit))
