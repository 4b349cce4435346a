"""A recorded conference and the recorders of others: one session, a stream for each who is kept."""

import pytest

from pbx.call.effects import Audit
from pbx.call.events import LegLost, RecordingOrdered, WithdrawalOrdered
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.media.events import DigitReceived, LegClosed, LegStats
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.recording.failure import FailurePolicy
from pbx.sip.effects import HangUp, PlaceCall, Reinvite
from pbx.sip.events import LegEnded, LegRejected, ReinviteAnswered, ReinviteOffered
from pbx.siprec.lines import MAX_LINES
from pbx.siprec.session import FULL
from tests.call.conftest import OFFER, Board
from tests.call.parties import A
from tests.call.rooms import BRITISH, B, C, board_with, comes, facts, leaves, records, started, told
from tests.call.test_recording_clients import CLIENT, recorder_answers, sessions
from tests.siprec.recorder import answer_to
from tests.siprec.test_metadata import read

pytestmark = [pytest.mark.requirement("R-29"), pytest.mark.requirement("R-07")]


def forked_room(policy: FailurePolicy = "continue") -> Board:
    """Two extensions in a room that is recorded and forked."""
    board = board_with(policy=policy, recorders=CLIENT)
    comes(board, "a", "1001")
    assert sessions(board) == [], "who is alone is not recorded"
    comes(board, "b", "1002")
    started(board)
    return board


def metadata(board: Board) -> str:
    """What the recorder was told last, which keeps to the schema."""
    order = [one for one in board.effects if isinstance(one, PlaceCall | Reinvite) and one.metadata][-1]
    read(order.metadata)
    return order.metadata.decode()


def takes(board: Board) -> Reinvite:
    """The recorder takes the change that it was offered last."""
    order = [one for one in board.all(Reinvite) if one.metadata][-1]
    board.send(ReinviteAnswered(leg=order.leg, answer=answer_to(order.offer or b"")))
    return order


def streams(offer: bytes | None) -> int:
    """The m= lines of an offer in which something flows."""
    return (offer or b"").count(b"a=sendonly")


def test_a_room_is_one_session_with_a_stream_for_each() -> None:
    board = forked_room()
    (order,) = sessions(board)
    assert streams(order.offer) == 2
    recorder_answers(board)
    assert [one.of for one in board.all(ForkLeg)] == [A, B]
    said = metadata(board)
    assert "sip:1001@acme.example" in said and "sip:1002@acme.example" in said
    assert said.count("<session ") == 1 and said.count("<participant ") == 2
    (room,) = board.switchboard.rooms
    begun = [one.fact for one in board.all(Audit) if one.fact.kind == "siprec.started"]
    assert [one.call for one in begun] == [room]


def test_each_port_is_where_the_party_is() -> None:
    board = forked_room()
    recorder_answers(board)
    mine = {leg: call.id for call in board.switchboard.calls.values() for leg in call.parts.connect.legs}
    ports = {one.leg: one.call for one in board.all(OpenLeg)}
    assert {ports[one.leg] for one in board.all(ForkLeg)} == {mine[A], mine[B]}


def test_who_comes_and_who_goes_is_told() -> None:
    board = forked_room()
    recorder_answers(board)
    comes(board, "c", "1001")
    came = takes(board)
    assert streams(came.offer) == 3
    assert [one.of for one in board.all(ForkLeg)] == [A, B, C]
    leaves(board, A)
    assert UnforkLeg(leg=board.all(ForkLeg)[0].leg) in board.all(UnforkLeg)
    left = takes(board)
    assert streams(left.offer) == 2
    assert "<disassociate-time>" in metadata(board)
    assert len(sessions(board)) == 1, "the session goes on with those who stay"


def test_the_last_who_leaves_ends_the_session_and_its_ports() -> None:
    board = forked_room()
    recorder_answers(board)
    ours = {one.leg for one in board.all(ForkLeg)}
    leaves(board, A)
    leaves(board, B)
    assert HangUp(leg=sessions(board)[0].leg) in board.all(HangUp)
    assert ours <= {one.leg for one in board.all(CloseLeg)}
    late = [board.send(LegClosed(leg=leg, stats=LegStats())) for leg in sorted(ours)]
    assert not any(late) and board.switchboard.deadline is None, "nothing is left of it"


def test_who_was_not_told_yet_is_neither_heard_nor_named() -> None:
    board = board_with(recorders=CLIENT)
    comes(board, "a", "1001")
    comes(board, "b")
    started(board)
    (order,) = sessions(board)
    assert streams(order.offer) == 1
    recorder_answers(board)
    assert [one.of for one in board.all(ForkLeg)] == [A]
    assert metadata(board).count("<participant ") == 1 and BRITISH not in metadata(board)
    told(board, B)
    takes(board)
    assert [one.of for one in board.all(ForkLeg)] == [A, B]
    assert BRITISH in metadata(board)


def test_who_refuses_is_never_in_it_and_who_withdraws_no_longer() -> None:
    board = board_with(recorders=CLIENT)
    for leg, who in (("a", "1001"), ("b", "1002"), ("c", "")):
        comes(board, leg, who)
    started(board)
    recorder_answers(board)
    board.send(DigitReceived(leg=C, digit=Secret("2"), duration_ms=80))
    told(board, C)
    assert C not in [one.of for one in board.all(ForkLeg)]
    call = next(one for one in board.switchboard.calls.values() if one.caller.id == B)
    board.send(WithdrawalOrdered(call=call.id, leg=B, actor="root", reason="asked"))
    assert UnforkLeg(leg=board.all(ForkLeg)[1].leg) in board.all(UnforkLeg)
    left = takes(board)
    assert streams(left.offer) == 1 and "<disassociate-time>" in metadata(board)
    named = [one.metadata for one in board.effects if isinstance(one, PlaceCall | Reinvite) and one.metadata]
    assert not [one for one in named if BRITISH.encode() in one]


@pytest.mark.rfc("7866", "7.1.3")
def test_who_asks_not_to_be_recorded_is_not() -> None:
    board = forked_room()
    recorder_answers(board)
    board.send(ReinviteOffered(leg=B, offer=OFFER + b"a=recordpref:off\r\n"))
    assert UnforkLeg(leg=board.all(ForkLeg)[1].leg) in board.all(UnforkLeg)
    assert streams(takes(board).offer) == 1
    board.send(ReinviteOffered(leg=B, offer=OFFER + b"a=recordpref:on\r\n"))
    takes(board)
    assert [one.of for one in board.all(ForkLeg)] == [A, B, B]


def test_a_room_larger_than_a_session_leaves_somebody_out_and_says_so() -> None:
    board = board_with(recorders=CLIENT)
    for n in range(MAX_LINES + 1):
        comes(board, f"leg{n}", "1001")
    recorder_answers(board)
    while len({one.of for one in board.all(ForkLeg)}) < MAX_LINES:
        takes(board)
    assert len({one.of for one in board.all(ForkLeg)}) == MAX_LINES
    assert facts(board, "siprec.no_port") == [{"server": "srs@192.0.2.1", "reason": FULL}]
    leaves(board, LegId("leg3"))
    takes(board)
    assert len({one.of for one in board.all(ForkLeg)}) == MAX_LINES + 1, "its place is free"


def test_in_a_pause_nothing_flows() -> None:
    board = forked_room()
    recorder_answers(board)
    (room,) = board.switchboard.rooms
    board.send(RecordingOrdered(call=room, on=False, actor="root", reason="card"))
    assert len(board.all(UnforkLeg)) == 2
    takes(board)
    board.send(RecordingOrdered(call=room, on=True, actor="root", reason="card"))
    takes(board)
    assert len(board.all(ForkLeg)) == 4


def test_the_death_of_the_media_worker_ends_neither_session_nor_streams() -> None:
    """All legs are lost before the first has a port again; the labels stay those of their parties."""
    board = forked_room()
    recorder_answers(board)
    ours = {one.of: one.leg for one in board.all(ForkLeg)}
    lost = [board.switchboard.handle(LegLost(leg=leg), board.now) for leg in (*ours.values(), A, B)]
    assert HangUp(leg=sessions(board)[0].leg) not in [one for effects in lost for one in effects]
    for effects in lost:
        board._absorb(effects)
    takes(board)
    assert {one.of: one.leg for one in board.all(ForkLeg)[len(ours) :]} == ours
    assert len(sessions(board)) == 1 and "<participant " not in metadata(board), "nobody has come or gone"


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("policy", ["continue", "refuse"])
def test_without_any_recorder_all_calls_of_the_room_end_or_none(policy: FailurePolicy) -> None:
    board = forked_room(policy)
    for _ in CLIENT.servers:
        board.send(LegRejected(leg=sessions(board)[-1].leg, status=503, reason="no"))
    assert facts(board, "siprec.unreachable")
    put_out = {one.leg for one in board.all(HangUp)} & {A, B}
    assert put_out == ({A, B} if policy == "refuse" else set())
    if policy == "refuse":
        for leg in (A, B):
            board.send(LegEnded(leg=leg, by_peer=False, how="bye"))
        assert records(board)[-1].cause == "not_recorded"


def test_a_room_of_a_tenant_without_recorders_is_not_forked() -> None:
    board = board_with()
    comes(board, "a", "1001")
    comes(board, "b", "1002")
    started(board)
    assert [one for one in board.all(PlaceCall) if one.metadata] == []
