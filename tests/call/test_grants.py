"""Grants through the switchboard: issued, handed on, and the scenes that end them (V-06)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pbx.call.call import Call
from pbx.call.context import CallContext
from pbx.call.effects import CheckCaller, EndGrant, KeepGrant
from pbx.call.events import CallerChecked
from pbx.call.grants import HOLD_S, LOST
from pbx.call.live import Known
from pbx.core.ids import LegId
from pbx.ivr.steps import Conference, FlowPlan, Ring, Step, Verify
from pbx.ivr.steps import HangUp as HangUpStep
from pbx.media.events import AudioFault
from pbx.recording.rules import RecordingRules, Rule
from pbx.services.conference import RoomSettings
from pbx.sip.effects import PlaceCall, TellIdentity
from pbx.sip.events import LegAnswered, LegConfirmed, LegRejected, PeerIdentified, TransferRequested
from pbx.sip.identity.profile import TrunkProfile
from pbx.verify.grant import LIFE, SELF, Grant
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import CAROL, A, answer, end_ours, hang_up, offered, refer
from tests.call.support import SUPPORT, facts, to_agents, type_date
from tests.call.test_attended import attend
from tests.call.test_park import LOT
from tests.call.test_park import board_with as parking_board
from tests.call.test_three_way import hold, press

B2 = LegId("b2")
EXTENSIONS = ("1001", "1002", "1003")
STEPS: dict[str, Step] = {
    "who": Verify(methods=("phone_number", "date_of_birth"), attempts=3, verified="ring", otherwise="ring"),
    "ring": Ring(target="extension/1001", ring_s=20.0, no_answer="bye", busy="bye"),
    "bye": HangUpStep(),
}
ROOM: dict[str, Step] = {"room": Conference(conference="team", next=None, refused=None)}


def trusting(context: CallContext) -> CallContext:
    """Its carrier is believed and may transfer, and there is a conference."""
    carrier = replace(context.trunks["carrier"], profile=TrunkProfile(country="GB", trusted=True))
    flows = {**context.flows, "echo": FlowPlan(name="echo", start="room", steps=ROOM)}
    return replace(
        context,
        trunks={"carrier": carrier},
        transferring_trunks=frozenset({"carrier"}),
        flows=flows,
        conferences={"team": RoomSettings(name="team")},
    )


@pytest.fixture
def board() -> Board:
    return Board(change=trusting)


def ringing(board: Board) -> LegId:
    """Alice (leg `a`) is verified, and the agents' telephones ring; the leg of 1001."""
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    board.contacts = {one: (contact(one),) for one in EXTENSIONS}
    return board.last(PlaceCall).leg


def served(board: Board) -> LegId:
    """1001 talks with Alice, who is verified; the leg of 1001."""
    agent = ringing(board)
    answer(board, agent)
    board.send(LegConfirmed(leg=A))
    return agent


def verified(board: Board) -> LegId:
    """Whoever is in a flow types the right date, and 1001 answers; the leg of 1001."""
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    agent = board.last(PlaceCall).leg
    answer(board, agent)
    return agent


def call_of(board: Board, leg: LegId = A) -> Call:
    [found] = [
        call
        for call in board.switchboard.calls.values()
        if leg in (call.parts.connect.caller.id, getattr(call.parts.connect.winner, "id", ""))
    ]
    return found


def alive(board: Board) -> list[Grant]:
    """What was issued and has not ended."""
    ended = {one.jti for one in board.all(EndGrant)}
    return [one.grant for one in board.all(KeepGrant) if one.grant.jti not in ended]


def whys(board: Board) -> list[str]:
    return [one.why for one in board.all(EndGrant) if one.why != "handed_over"]


def labels(board: Board, leg: LegId) -> list[str]:
    return [one.display for one in board.all(TellIdentity) if one.leg == leg]


@pytest.mark.requirement("VER-04")
@pytest.mark.requirement("VER-07")
def test_a_verification_becomes_a_grant_of_one_leg(board: Board) -> None:
    agent = ringing(board)
    [first] = alive(board)
    assert (first.leg, first.level, first.customer, first.audience) == (A, "V2", "c-1", SELF)
    assert first.methods == ("phone_number", "date_of_birth")
    assert (first.risk, first.exp - first.iat) == (("unattested",), LIFE)
    board.pass_time(7.0)
    answer(board, agent)
    [second] = alive(board)
    assert (second.audience, second.exp) == ("extension/1001", first.exp)
    assert timedelta(seconds=6) <= second.iat - first.iat <= timedelta(seconds=8)
    assert [one.why for one in board.all(EndGrant)] == ["handed_over"]
    assert board.last(PlaceCall).from_display == "Verified caller (V2)"
    issued = facts(board, "grant.issued")
    assert [one["audience"] for one in issued] == [SELF, "extension/1001"]
    assert issued[1]["replaces"] == first.jti


def test_who_is_not_verified_has_none(board: Board) -> None:
    to_agents(board, matched=False)
    assert not board.all(KeepGrant)
    assert call_of(board).parts.grants.known.level == "", "the flow asks him again"


@pytest.mark.requirement("V-06")
def test_a_blind_transfer_to_a_colleague_keeps_it_with_the_time_left(board: Board) -> None:
    agent = served(board)
    [first] = alive(board)
    board.pass_time(60.0)
    target = refer(board, agent, "1002")
    assert [one.audience for one in alive(board)] == [SELF], "nobody has her while it rings"
    assert board.last(PlaceCall).from_display == "Verified caller (V2)"
    answer(board, target)
    [second] = alive(board)
    assert (second.audience, second.exp, second.jti != first.jti) == ("extension/1002", first.exp, True)
    assert whys(board) == []


@pytest.mark.requirement("V-06")
def test_a_transfer_that_fails_gives_it_back(board: Board) -> None:
    agent = served(board)
    target = refer(board, agent, "1002")
    board.send(LegRejected(leg=target, status=486, reason="Busy Here"))
    assert [one.audience for one in alive(board)] == ["extension/1001"]
    assert whys(board) == []


@pytest.mark.requirement("V-06")
@pytest.mark.parametrize("by_consultation", [False, True])
def test_an_attended_transfer_keeps_it(board: Board, by_consultation: bool) -> None:
    agent = served(board)
    offered(board, "b2", "1002", "1001")
    carl = board.last(PlaceCall).leg
    answer(board, carl)
    board.send(LegConfirmed(leg=B2))
    [first] = alive(board)
    attend(board, *((B2, agent) if by_consultation else (agent, B2)))
    [second] = alive(board)
    assert (second.audience, second.exp) == ("extension/1002", first.exp)
    assert second.call == call_of(board).id
    assert whys(board) == []
    assert labels(board, carl)[-1] == "Verified caller (V2)"


@pytest.mark.requirement("V-06")
def test_it_goes_with_its_leg_into_another_call() -> None:
    """The consultation is recorded and the customer's call is not: that call is the one that goes on."""
    flows = {"support": FlowPlan(name="support", start="who", steps=STEPS)}
    internal = Rule(mode="always", directions=frozenset({"internal"}))
    board = Board(
        change=lambda context: trusting(replace(context, flows=flows)),
        recording=RecordingRules(rules=(internal,)),
    )
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    agent = verified(board)
    board.contacts = {one: (contact(one),) for one in EXTENSIONS}
    offered(board, "b2", "1002", "1001")
    carl = board.last(PlaceCall).leg
    answer(board, carl)
    board.send(LegConfirmed(leg=B2))
    consultation, [first] = call_of(board, B2), alive(board)
    assert consultation.parts.capture.is_running
    attend(board, agent, B2)
    [second] = alive(board)
    assert (first.call != consultation.id, second.call) == (True, consultation.id)
    assert (second.leg, second.exp, second.audience) == (A, first.exp, "extension/1002")
    end_ours(board)
    assert whys(board) == [] and labels(board, carl)[-1] == "Verified caller (V2)"
    board.send(PeerIdentified(leg=A, from_user="", asserted_user="01632960150"))
    assert whys(board) == ["identity_changed"]


@pytest.mark.requirement("V-06")
def test_a_slot_keeps_it_for_whoever_fetches_her() -> None:
    board = parking_board(LOT)
    agent = served(board)
    board.send(TransferRequested(leg=agent, target="701"))
    hang_up(board, agent)
    assert [one.audience for one in alive(board)] == [SELF]
    offered(board, "d", "701", "1002")
    board.send(LegConfirmed(leg=LegId("d")))
    assert [one.audience for one in alive(board)] == ["extension/1002"]
    assert labels(board, LegId("d")) == ["Verified caller (V2)"]
    assert whys(board) == []


def renamed(board: Board, agent: LegId) -> None:
    board.send(PeerIdentified(leg=A, from_user="", asserted_user="01632960150"))


def refers(board: Board, agent: LegId) -> None:
    board.send(TransferRequested(leg=A, target=CAROL))


def holds_long(board: Board, agent: LegId) -> None:
    hold(board, A)
    board.pass_time(HOLD_S - 0.1)
    assert whys(board) == []
    board.pass_time(0.2)


def moves(board: Board, agent: LegId) -> None:
    board.send(AudioFault(leg=A, kind="nat_rebind", detail="its audio goes on from elsewhere"))


def goes_out(board: Board, agent: LegId) -> None:
    answer(board, refer(board, agent, "07700900999"))


def meets_a_stranger(board: Board, agent: LegId) -> None:
    """The agent brings another caller into the call."""
    hold(board, agent)
    offered(board, "b2", "07700900999", "1001")
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    board.send(LegConfirmed(leg=B2))
    press(board)


def sits_in_a_room(board: Board, agent: LegId) -> None:
    board.send(TransferRequested(leg=agent, target="+441632960102"))


def waits(board: Board, agent: LegId) -> None:
    board.pass_time(LIFE.total_seconds())


def leaves(board: Board, agent: LegId) -> None:
    hang_up(board, A)


SCENES: dict[str, Callable[[Board, LegId], None]] = {
    "identity_changed": renamed,
    "replaced": refers,
    "hold": holds_long,
    "media_moved": moves,
    "transferred_out": goes_out,
    "merged": meets_a_stranger,
    "expired": waits,
    "leg_ended": leaves,
}


@pytest.mark.requirement("V-06")
@pytest.mark.parametrize("why", SCENES)
def test_what_ends_it(board: Board, why: str) -> None:
    agent = served(board)
    SCENES[why](board, agent)
    assert whys(board) == [why]
    assert alive(board) == []
    [revoked] = facts(board, "grant.revoked")
    assert (revoked["why"], revoked["level"], revoked["customer"]) == (why, "V2", "c-1")
    board.pass_time(LIFE.total_seconds())
    hang_up(board, A)
    end_ours(board)
    assert whys(board) == [why], "once, and nothing brings it back"
    assert len(board.all(KeepGrant)) == len(board.all(EndGrant))


@pytest.mark.requirement("V-06")
@pytest.mark.requirement("VER-07")
@pytest.mark.parametrize("why", ["identity_changed", "hold", "media_moved", "expired"])
def test_the_agents_telephone_stops_saying_verified(board: Board, why: str) -> None:
    agent = served(board)
    SCENES[why](board, agent)
    assert labels(board, agent) == [LOST]
    target = refer(board, agent, "1002")
    assert board.last(PlaceCall).from_display == ("" if why == "identity_changed" else LOST)
    answer(board, target)
    assert "Verified caller (V2)" not in labels(board, target)
    parts = call_of(board).parts
    assert (parts.grants.known, parts.grants.grant) == (Known(level="V0"), None)
    told = parts.features.verifying.known["verification"]
    assert told == ("" if why == "identity_changed" else "V0"), "what a bot would be told"


@pytest.mark.requirement("V-06")
def test_a_room_of_whoever_comes_ends_it(board: Board) -> None:
    agent = served(board)
    sits_in_a_room(board, agent)
    end_ours(board)
    assert whys(board) == ["merged"]


@pytest.mark.requirement("V-06")
def test_a_colleague_as_third_party_keeps_it(board: Board) -> None:
    agent = served(board)
    hold(board, agent)
    offered(board, "b2", "1002", "1001")
    answer(board, board.last(PlaceCall).leg)
    board.send(LegConfirmed(leg=B2))
    press(board)
    assert whys(board) == []
    assert [one.audience for one in alive(board)] == ["extension/1001"]


@pytest.mark.requirement("V-06")
def test_a_hold_that_ends_in_time_counts_from_its_own_beginning(board: Board) -> None:
    served(board)
    hold(board, A)
    board.pass_time(HOLD_S - 1.0)
    hold(board, A, "sendrecv")
    board.pass_time(1.0)
    hold(board, A)
    board.pass_time(HOLD_S - 1.0)
    assert whys(board) == []
    board.pass_time(1.0)
    assert whys(board) == ["hold"]


@pytest.mark.requirement("V-06")
def test_who_holds_her_changes_nothing(board: Board) -> None:
    agent = served(board)
    hold(board, agent)
    board.pass_time(HOLD_S + 1.0)
    assert whys(board) == []


def test_a_move_of_the_agent_is_none_of_hers(board: Board) -> None:
    agent = served(board)
    board.send(AudioFault(leg=agent, kind="nat_rebind", detail=""))
    board.send(AudioFault(leg=A, kind="high_loss", detail=""))
    assert whys(board) == []
