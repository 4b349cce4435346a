"""Redirections as call flows: followed with the right of whoever redirects, and only so far."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.sip.effects import Forward, LookUpAor, PlaceCall, Reject, Ring
from pbx.sip.events import DeviceOrigin, LegAnswered, LegRejected, LegRinging
from pbx.sip.identity.diversion import MAX_DIVERSIONS, Diversion
from pbx.sip.identity.profile import Redirects, TrunkProfile
from tests.call.conftest import ANSWER, Board, contact
from tests.call.support import to_agents

ALICE = DeviceOrigin(tenant="acme", extension="1001")
CAROL = "+441632960101"  # the number of extension 1003
OUTSIDE = "901632960150"


def board_with(redirects: Redirects = "refuse") -> Board:
    def change(context: CallContext) -> CallContext:
        profile = TrunkProfile(country="GB", diversion="both", redirects=redirects)
        trunk = replace(context.trunks["carrier"], profile=profile)
        return replace(context, trunks={"carrier": trunk})

    board = Board(change=change)
    board.contacts = {number: (contact(number),) for number in ("1001", "1002", "1003")}
    return board


def move(board: Board, *contacts: str, status: int = 302) -> None:
    """The callee that was called last redirects."""
    leg = board.last(PlaceCall).leg
    board.send(LegRejected(leg=leg, status=status, reason="", contacts=contacts))


def targets(board: Board) -> list[str]:
    return [placed.to for placed in board.all(PlaceCall)]


@pytest.mark.requirement("SIP-25")
@pytest.mark.rfc("3261", "8.1.3.4")
def test_a_telephone_sends_a_call_to_a_colleague() -> None:
    board = board_with()
    board.offer(CAROL)
    move(board, "sip:1002@acme.example")
    assert targets(board) == ["sip:1003@acme.example", "sip:1002@acme.example"]
    diversion = f"<sip:{CAROL}@acme.example>;reason=unconditional;privacy=off"
    assert board.last(PlaceCall).fields == (("Diversion", diversion),)
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    legs = [(leg.party, leg.cause) for leg in board.record.legs]
    assert legs == [("trunk/carrier", ""), ("extension/1003", "302"), ("extension/1002", "")]


@pytest.mark.requirement("SIP-25")
@pytest.mark.rfc("5806", "4")
def test_the_caller_hears_of_it_by_181() -> None:
    board = board_with()
    board.offer("1003", origin=ALICE)
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    move(board, "sip:1002@acme.example")
    told = board.last(Forward)
    assert told.leg == "a"
    assert told.fields == (("Diversion", "<sip:1003@acme.example>;reason=deflection;privacy=off"),)
    board.offer(CAROL)
    move(board, "sip:1002@acme.example")
    assert [name for name, _ in board.last(Forward).fields] == ["Diversion", "History-Info"]


@pytest.mark.rfc("5359", "2.9")
def test_ringing_elsewhere_is_news() -> None:
    board = board_with()
    board.offer("1003", origin=ALICE)
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    move(board, "sip:1002@acme.example")
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    board.send(LegRinging(leg=board.last(PlaceCall).leg, status=180))
    told = [type(effect) for effect in board.effects if isinstance(effect, Ring | Forward)]
    assert told == [Ring, Forward, Ring]


@pytest.mark.requirement("SIP-25")
@pytest.mark.rfc("7044", "5")
def test_a_telephone_sends_a_call_to_its_owners_mobile() -> None:
    board = board_with()
    board.offer(CAROL)
    move(board, "sip:+441632960177@acme.example")
    order = board.last(PlaceCall)
    assert order.target == "sip:+441632960177@127.0.0.2:5070"
    fields = dict(order.fields)
    assert fields["Diversion"] == f"<sip:{CAROL}@acme.example>;reason=unconditional;privacy=off"
    assert fields["History-Info"] == (
        f"<sip:{CAROL}@acme.example>;index=1, <sip:+441632960177@127.0.0.2:5070;cause=302>;index=1.1;mp=1"
    )


@pytest.mark.requirement("FRD-01")
@pytest.mark.parametrize(
    "target",
    ["sip:999@acme.example", "sip:112@acme.example", "sip:*98@acme.example", "sip:bob@evil.example", "sip:x"],
)
def test_what_a_telephone_may_not_dial_it_cannot_forward_to(target: str) -> None:
    board = board_with()
    board.offer(CAROL)
    move(board, target)
    assert len(board.all(PlaceCall)) == 1
    assert board.last(Reject).status == 480


@pytest.mark.requirement("FRD-01")
def test_the_caller_from_outside_gains_no_right_by_a_carriers_redirection() -> None:
    board = board_with("follow")
    board.offer(CAROL)
    move(board, "sip:+441632960177@acme.example")
    move(board, "sip:+442079460000@elsewhere.example")
    assert board.last(PlaceCall).to == "sip:+442079460000@127.0.0.2:5070"
    outside = board_with("follow")
    outside.offer("901632960150", origin=ALICE)
    move(outside, "sip:+442079460000@elsewhere.example")
    assert outside.last(PlaceCall).target == "sip:+442079460000@127.0.0.2:5070"


@pytest.mark.parametrize("redirects", ["refuse", "relay", "follow"])
@pytest.mark.requirement("SIP-25")
def test_the_policies_of_a_carriers_redirection(redirects: Redirects) -> None:
    board = board_with(redirects)
    board.offer(OUTSIDE, origin=ALICE)
    move(board, "sip:+442079460000@elsewhere.example", status=301)
    n_placed = {"refuse": 1, "relay": 1, "follow": 2}[redirects]
    assert len(board.all(PlaceCall)) == n_placed
    if redirects == "relay":
        reject = board.last(Reject)
        assert (reject.status, reject.contacts) == (301, ("sip:+442079460000@elsewhere.example",))
    if redirects == "refuse":
        assert (board.last(Reject).status, board.last(Reject).contacts) == (480, ())


@pytest.mark.requirement("SIP-31")
def test_telephones_that_point_at_each_other() -> None:
    board = board_with()
    board.offer("1002", origin=ALICE)
    move(board, "sip:1003@acme.example")
    move(board, "sip:1002@acme.example")
    assert len(board.all(PlaceCall)) == 2
    assert board.last(Reject).status == 480


@pytest.mark.requirement("SIP-31")
@pytest.mark.parametrize(("before", "n_placed"), [(MAX_DIVERSIONS - 1, 2), (MAX_DIVERSIONS, 1)])
def test_a_call_that_was_sent_on_too_often(before: int, n_placed: int) -> None:
    board = board_with()
    board.offer(CAROL)
    history = (Diversion(uri="sip:x@y.example", counter=before),)
    call = next(iter(board.switchboard.calls.values()))
    board = board_with()
    board.send(replace(call.parts.start.offered, diversions=history))
    move(board, "sip:1002@acme.example")
    assert len(board.all(PlaceCall)) == n_placed


def test_a_redirection_in_a_group_ends_there() -> None:
    board = board_with()
    to_agents(board)
    n_placed = len(board.all(PlaceCall))
    assert n_placed == 2
    move(board, "sip:1003@acme.example")
    assert len(board.all(PlaceCall)) == n_placed


def test_a_redirection_to_nobody() -> None:
    board = board_with()
    board.contacts.pop("1002")
    board.offer("1003", origin=ALICE)
    move(board, "sip:1002@acme.example")
    assert board.last(LookUpAor).user == "1002"
    assert board.last(Reject).status == 480
    assert not board.all(Ring)
