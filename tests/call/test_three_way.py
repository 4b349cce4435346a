"""Three-way calls through the dial plan: 1003 has Alice on hold and talks with 1002."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit
from pbx.call.events import SecureEntryOrdered
from pbx.call.key_sequence import WITHIN_S
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import (
    BridgeLegs,
    FileSource,
    JoinRoom,
    LeaveRoom,
    Music,
    NoteInRecording,
    SetGate,
    SetMusic,
    SetSecure,
    StartRecording,
    StopRecording,
)
from pbx.media.events import DigitReceived, RoomRefused
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import AcceptTransfer, AnswerRecord, HangUp, PlaceCall, Reject, ReportTransfer
from pbx.sip.events import LegConfirmed, ReinviteOffered
from pbx.sip.record_header import RecordRequested
from tests.call.conftest import ANSWER, OFFER, Board
from tests.call.parties import A, answer, end_ours, hang_up, offered, talking
from tests.call.rooms import RULES
from tests.call.test_attended import recorded

pytestmark = pytest.mark.requirement("CF-22")
B2 = LegId("b2")
MUSIC = Music(sources=(FileSource(path="/hold.wav", sha256="", duration_ms=1000),))


@pytest.fixture
def board() -> Board:
    return Board(change=lambda one: replace(one, music=MUSIC, supervisors={"1001": frozenset({"1002"})}))


def held(board: Board) -> tuple[LegId, LegId]:
    """1003 talked with Alice (leg `a`), holds her, and talks with 1002 on leg `b2`; 1003's and 1002's leg."""
    bob = talking(board)
    hold(board, bob)
    offered(board, "b2", "1002", "1003")
    carl = board.last(PlaceCall).leg
    answer(board, carl)
    board.send(LegConfirmed(leg=B2))
    return bob, carl


def hold(board: Board, leg: LegId, direction: str = "sendonly") -> None:
    description = OFFER if leg in (A, B2) else ANSWER
    board.send(ReinviteOffered(leg=leg, offer=description + f"a={direction}\r\n".encode()))


def press(board: Board, keys: str = "*3", leg: LegId = B2) -> None:
    for key in keys:
        board.send(DigitReceived(leg=leg, digit=Secret(key), duration_ms=80))


def test_who_types_a_secret_brings_nobody_together() -> None:
    """His keys are for whoever has asked for them, whatever they would mean else."""
    board = Board(change=lambda one: replace(one, music=MUSIC, takes_entries=True))
    held(board)
    call = list(board.switchboard.calls)[-1]
    board.send(SecureEntryOrdered(call=call, on=True, what="digits", actor="operator/anna"))
    assert board.last(SetSecure) == SetSecure(leg=B2, on=True)
    press(board)
    assert board.all(JoinRoom) == []


def facts(board: Board, kind: str) -> list[str]:
    return [str(one.fact.details.get("reason", "")) for one in board.all(Audit) if one.fact.kind == kind]


def music(board: Board, leg: LegId) -> Music | None:
    return [one.music for one in board.all(SetMusic) if one.leg == leg][-1]


def left(board: Board) -> list[LegId]:
    return [one.leg for one in board.all(LeaveRoom)]


def test_three_hear_each_other_without_music(board: Board) -> None:
    _, carl = held(board)
    assert music(board, A) is MUSIC
    press(board)
    seats = board.all(JoinRoom)
    assert [one.leg for one in seats] == [B2, carl, A]
    assert len({one.room for one in seats}) == 1
    assert music(board, A) is None
    first = next(one for one in board.effects if isinstance(one, JoinRoom))
    assert board.effects.index(SetMusic(leg=A, music=None)) < board.effects.index(first)
    (began,) = [one.fact for one in board.all(Audit) if one.fact.kind == "three_way.began"]
    assert began.details["by"] == "extension/1003"
    assert began.details["with"] == "extension/1002 trunk/carrier"
    press(board)
    assert len(board.all(JoinRoom)) == 3, "they are together already"


@pytest.mark.parametrize("keys", ["3", "**", "*13", "*2"])
def test_other_keys_are_for_somebody_else(board: Board, keys: str) -> None:
    held(board)
    press(board, keys)
    assert not board.all(JoinRoom)


def test_the_keys_belong_together_for_a_while(board: Board) -> None:
    held(board)
    press(board, "*")
    board.now += WITHIN_S + 0.1
    press(board, "3")
    assert not board.all(JoinRoom)
    press(board, "*")
    board.now += WITHIN_S
    press(board, "3")
    assert len(board.all(JoinRoom)) == 3


def test_who_holds_nobody_or_is_no_extension_has_no_such_keys(board: Board) -> None:
    bob, carl = held(board)
    press(board, leg=carl)
    press(board, leg=A)
    press(board, leg=bob)
    hold(board, bob, "sendrecv")
    press(board)
    assert not board.all(JoinRoom)


def test_who_resumes_the_held_call_has_two_calls_again(board: Board) -> None:
    bob, carl = held(board)
    press(board)
    hold(board, bob, "sendrecv")
    assert left(board) == [B2, carl, A]
    assert facts(board, "three_way.ended") == ["resumed"]
    assert music(board, A) is None


def test_whoever_holds_the_others_talk_on_and_hear_no_music(board: Board) -> None:
    _, carl = held(board)
    press(board)
    hold(board, carl)
    hold(board, B2)
    assert not [one for one in board.all(SetMusic) if one.leg in (B2, carl) and one.music]
    assert not left(board)
    hang_up(board, A)
    assert music(board, carl) is MUSIC
    assert music(board, B2) is MUSIC


def test_the_host_leaves_and_the_others_talk_on(board: Board) -> None:
    bob, carl = held(board)
    press(board)
    hang_up(board, B2)
    assert left(board) == [B2, carl, A]
    assert {board.last(BridgeLegs).a, board.last(BridgeLegs).b} == {A, carl}
    assert not board.all(AcceptTransfer)
    assert not board.all(ReportTransfer)
    assert [one.leg for one in board.all(HangUp)] == [bob]
    assert music(board, A) is None
    end_ours(board)
    assert len(board.switchboard.calls) == 1
    assert len(facts(board, "transfer.settled")) == 1
    hang_up(board, carl)
    assert board.last(HangUp).leg == A


def test_who_was_held_leaves_and_two_talk_on(board: Board) -> None:
    bob, carl = held(board)
    press(board)
    hang_up(board, A)
    assert left(board) == [B2, carl, A]
    assert [one.leg for one in board.all(HangUp)] == [bob]
    end_ours(board)
    assert len(board.switchboard.calls) == 1


def test_who_was_called_leaves_and_the_other_waits_again(board: Board) -> None:
    _, carl = held(board)
    press(board)
    hang_up(board, carl)
    assert left(board) == [B2, carl, A]
    assert music(board, A) is MUSIC
    assert [one.leg for one in board.all(HangUp)] == [B2]


def test_a_worker_that_has_no_seat_parts_them(board: Board) -> None:
    held(board)
    press(board)
    board.send(RoomRefused(leg=A, room=board.all(JoinRoom)[0].room, reason="full"))
    assert facts(board, "three_way.ended") == ["full"]
    assert music(board, A) is MUSIC


def test_media_elsewhere_are_refused(board: Board) -> None:
    bob = talking(board)
    hold(board, bob)
    board.at_worker = 1
    offered(board, "b2", "1002", "1003")
    answer(board, board.last(PlaceCall).leg)
    board.send(LegConfirmed(leg=B2))
    press(board)
    assert facts(board, "three_way.refused") == ["media apart"]
    assert not board.all(JoinRoom)


def test_nobody_watches_three(board: Board) -> None:
    held(board)
    press(board)
    offered(board, "s", "*901002", "1001")
    assert board.last(Reject).status == 480


@pytest.mark.requirement("REC-02")
def test_a_recording_goes_on_with_what_all_three_agreed_to() -> None:
    board = Board()
    agent = recorded(board)
    extension = board.last(PlaceCall).to.removeprefix("sip:").partition("@")[0]
    board.send(ReinviteOffered(leg=agent, offer=ANSWER + b"a=sendonly\r\n"))
    offered(board, "b2", "1003", extension)
    answer(board, board.last(PlaceCall).leg)
    board.send(LegConfirmed(leg=B2))
    press(board)
    assert not board.all(StopRecording)
    assert len(board.all(JoinRoom)) == 3
    near = board.last(PlaceCall).leg
    voices = {order.leg: order.open for order in board.all(SetGate)}
    assert voices[A] is voices[B2] is True, "Alice was told, and the notice told the host"
    assert voices[near] is False, "1003 has not acknowledged it"
    kinds = [one.kind for one in board.all(NoteInRecording)]
    assert kinds.count("party.joined") >= 2
    hold(board, agent, "sendrecv")
    assert {order.leg: order.open for order in board.all(SetGate)}[B2] is False
    assert not board.all(StopRecording)


@pytest.mark.requirement("REC-07")
@pytest.mark.requirement("C-01")
def test_a_recording_that_is_ordered_among_three_tells_whom_nobody_has_told() -> None:
    board = Board(recording=RecordingRules(otherwise="on_demand"))
    bob, carl = held(board)
    press(board)
    n_orders = len(board.effects)
    board.send(RecordRequested(leg=B2, on=True))
    assert board.last(AnswerRecord).status == 200
    order = board.last(StartRecording)
    assert order.each_own and order.leg in (B2, carl)
    assert board.effects[n_orders:].index(SetGate(leg=A, open=False)) < board.effects[n_orders:].index(order)
    voices = {one.leg: one.open for one in board.all(SetGate)}
    assert voices == {A: False, B2: False, carl: True}, "1003 has not acknowledged the notice"
    board.finish_prompt("a")
    board.pass_time(3.0)
    assert {one.leg: one.open for one in board.all(SetGate)}[A] is True
    hold(board, bob, "sendrecv")
    assert {one.leg: one.open for one in board.all(SetGate)}[A] is False, "he is not in that call"
    assert len(board.all(StartRecording)) == 1
    assert not board.all(StopRecording), "the order stands in the call in which it was given"


def test_a_refusal_among_three_leaves_one_out_and_a_stranger_orders_nothing() -> None:
    ordered = RecordingRules(otherwise="on_demand")
    board = Board(recording=ordered, change=lambda one: replace(one, rules=RULES))
    _, carl = held(board)
    press(board)
    board.send(RecordRequested(leg=A, on=True))
    assert board.last(AnswerRecord).status == 403
    board.send(RecordRequested(leg=B2, on=True))
    board.send(DigitReceived(leg=A, digit=Secret("2"), duration_ms=80))
    board.finish_prompt("a")
    voices = {one.leg: one.open for one in board.all(SetGate)}
    assert (voices[A], voices[carl]) == (False, True)
    assert not board.all(StopRecording)
    board.send(RecordRequested(leg=B2, on=False))
    assert [one.kind for one in board.all(NoteInRecording)][-1] == "pause"
