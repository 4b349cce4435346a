"""A caller in a conference: how he comes in, what becomes of his recording, how he leaves."""

from dataclasses import replace

import pytest

from pbx.call.attendance import APART, PIN
from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.call.events import LegLost
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr.steps import Conference, FlowPlan, HangUp, RecordingConsent, Step
from pbx.media.effects import (
    ChangeSeat,
    CloseLeg,
    JoinRoom,
    LeaveRoom,
    Music,
    NoteInRecording,
    OpenLeg,
    Play,
    SetGate,
    SetMusic,
    StartRecording,
    StopRecording,
)
from pbx.media.events import ActiveTalker, DigitReceived, PlayEnded, RoomRefused
from pbx.services.conference import RoomSettings
from pbx.sip.effects import HangUp as HangUpLeg
from pbx.sip.effects import Reinvite
from pbx.sip.events import LegConfirmed, LegEnded
from tests.call.conftest import Board
from tests.call.support import SUPPORT

pytestmark = pytest.mark.requirement("CNF-02")
A, B = LegId("a"), LegId("b")
UNTOLD = "+441632960102"
MUSIC = Music(sources=())
ROOM = RoomSettings(name="team", max_parties=2, music=MUSIC)
INTO: dict[str, Step] = {"room": Conference(conference="team", next="bye", refused=None), "bye": HangUp()}
ASKED: dict[str, Step] = {
    "consent": RecordingConsent(purposes=("compliance",), granted="room", declined="room"),
    **INTO,
}


def board_with(steps: dict[str, Step], room: RoomSettings = ROOM, *, untold: dict[str, Step] = INTO) -> Board:
    """`untold` is the flow behind the number UNTOLD."""
    ways = {"support": steps, "echo": untold}
    flows = {name: FlowPlan(name=name, start=next(iter(way)), steps=way) for name, way in ways.items()}

    def change(context: CallContext) -> CallContext:
        return replace(context, flows=flows, conferences={"team": room})

    return Board(change=change)


def gates(board: Board, leg: LegId) -> list[bool]:
    return [order.open for order in board.all(SetGate) if order.leg == leg]


def call_in(board: Board, *legs: LegId) -> None:
    for leg in legs:
        board.offer(SUPPORT, leg=leg)
        board.send(LegConfirmed(leg=leg))


def facts(board: Board, kind: str) -> list[object]:
    return [effect.fact.details for effect in board.all(Audit) if effect.fact.kind == kind]


def press(board: Board, leg: LegId, *keys: str) -> None:
    for key in keys:
        board.now += 1.5
        board.send(DigitReceived(leg=leg, digit=Secret(key), duration_ms=80))


def test_two_callers_meet() -> None:
    board = board_with(INTO)
    call_in(board, A)
    assert board.last(SetMusic) == SetMusic(leg=A, music=MUSIC)
    call_in(board, B)
    assert [order.leg for order in board.all(JoinRoom)] == [A, B]
    assert facts(board, "conference.joined") == [{"room": "team"}, {"room": "team"}]
    press(board, B, "1")
    assert board.last(ChangeSeat) == ChangeSeat(leg=B, muted=True, in_db=0.0, out_db=0.0)


def test_who_hangs_up_leaves_and_the_other_hears_music() -> None:
    board = board_with(INTO)
    call_in(board, A, B)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert LeaveRoom(leg=B) in board.all(LeaveRoom)
    assert board.last(SetMusic) == SetMusic(leg=B, music=MUSIC)
    assert facts(board, "conference.left") == [{"room": "team"}]
    call_in(board, LegId("c"))
    assert board.last(JoinRoom).leg == "c"


def test_a_key_leads_on_in_the_flow() -> None:
    board = board_with(INTO)
    call_in(board, A)
    press(board, A, "#")
    assert board.last(HangUpLeg).leg == A
    assert len(facts(board, "conference.left")) == 1


def test_a_full_room_is_a_fact() -> None:
    board = board_with(INTO)
    call_in(board, A, B, LegId("c"))
    assert facts(board, "conference.refused") == [{"room": "team", "reason": "full"}]
    assert [order.leg for order in board.all(HangUpLeg)] == [LegId("c")]


def test_a_worker_that_has_no_seat_is_believed() -> None:
    board = board_with(INTO)
    call_in(board, A, B)
    board.send(RoomRefused(leg=B, room="acme/team", reason="the room is full: 200 parties"))
    assert facts(board, "conference.refused") == [{"room": "team", "reason": "the room is full: 200 parties"}]
    assert board.last(HangUpLeg).leg == B
    assert board.last(SetMusic) == SetMusic(leg=A, music=MUSIC)


def test_a_wrong_pin_is_a_fact_and_shows_no_digit() -> None:
    board = board_with(INTO, replace(ROOM, pin=Secret("2468"), ask="PIN?", wrong="No."))
    call_in(board, A)
    press(board, A, *"135713571357")
    assert facts(board, "conference.refused") == [{"room": "team", "reason": PIN}]
    assert board.last(HangUpLeg).leg == A
    assert "2468" not in repr(board.effects)


@pytest.mark.requirement("CNF-04")
@pytest.mark.requirement("R-07")
def test_a_recording_goes_on_in_the_room_and_after_it() -> None:
    board = board_with(ASKED)
    call_in(board, A)
    board.finish_prompt()
    assert board.last(SetMusic) == SetMusic(leg=A, music=MUSIC)
    assert gates(board, A)[-1] is True
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert len(board.all(StartRecording)) == len(board.all(StopRecording)) == 1
    assert not facts(board, "recording.stopped")


@pytest.mark.requirement("R-07")
@pytest.mark.requirement("C-07")
def test_a_voice_is_kept_in_the_recording_of_another_only_if_its_party_was_told() -> None:
    board = board_with(ASKED)
    call_in(board, A)
    board.finish_prompt()
    board.offer(SUPPORT, leg=B)
    board.send(LegConfirmed(leg=B))
    assert gates(board, B) == [], "nobody has told B yet"
    board.finish_prompt("b")
    assert gates(board, A)[-1] is gates(board, B)[-1] is True
    joined = [order.recording for order in board.all(NoteInRecording) if order.kind == "party.joined"]
    assert set(joined) == {one.recording for one in board.all(StartRecording)}
    board.send(LegEnded(leg=B, by_peer=True, how="bye"))
    assert gates(board, B)[-2:] == [False, True], "not in the recording of A, but in his own to its end"
    assert gates(board, A)[-1] is True


@pytest.mark.requirement("C-07")
def test_who_comes_by_another_way_and_was_told_nothing_is_not_kept() -> None:
    board = board_with(ASKED)
    call_in(board, A)
    board.finish_prompt()
    board.offer(UNTOLD, leg=B)
    board.send(LegConfirmed(leg=B))
    assert not board.all(JoinRoom), "he hears of it at the door"
    board.send(PlayEnded(leg=B, token=board.last(Play).token, played_ms=500, total_ms=1000, completed=False))
    board.send(PlayEnded(leg=B, token=board.last(Play).token, played_ms=500, total_ms=1000, completed=False))
    assert len(board.all(JoinRoom)) == 2
    assert not any(gates(board, B)), "not to the end, so he does not know"
    assert gates(board, A)[-1] is True


def elsewhere() -> Board:
    """A is in the room, and B comes by another media worker; its port is closed."""
    board = board_with(INTO)
    call_in(board, A)
    board.at_worker = 1
    board.offer(SUPPORT, leg=B)
    board.at_worker = 0
    board.send(LegConfirmed(leg=B))
    return board


@pytest.mark.requirement("MED-16")
def test_a_caller_at_another_worker_moves_and_is_told() -> None:
    board = elsewhere()
    assert board.last(CloseLeg) == CloseLeg(leg=B, moves=True)
    first, *_, again = board.all(OpenLeg)
    assert (again.leg, again.beside) == (B, first.call)
    assert board.last(Reinvite).leg == B
    assert [order.leg for order in board.all(JoinRoom)] == [A, B]
    assert facts(board, "conference.refused") == []


def test_a_caller_who_hangs_up_while_he_moves_is_gone() -> None:
    board = board_with(INTO)
    call_in(board, A, B)
    board.send(LegLost(leg=B))
    board.send(LegEnded(leg=B, by_peer=True, how="bye"))
    assert len(board.switchboard.calls) == 1
    assert facts(board, "conference.left") == [{"room": "team"}]


@pytest.mark.requirement("F-02")
def test_after_the_death_of_its_worker_a_caller_sits_there_again() -> None:
    board = board_with(INTO)
    call_in(board, A, B)
    start = len(board.effects)
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=B))
    orders = [one for one in board.effects[start:] if isinstance(one, JoinRoom)]
    assert {order.leg for order in orders} == {A, B}
    assert facts(board, "conference.left") == []


def test_a_room_whose_worker_takes_nobody_is_refused() -> None:
    board = board_with(INTO)
    call_in(board, A)
    board.at_worker = 1
    call_in(board, B)
    assert facts(board, "conference.refused") == [{"room": "team", "reason": APART}]
    assert board.last(HangUpLeg).leg == B


def test_the_room_shows_whose_voice_it_is_that_talks() -> None:
    board = board_with(INTO)
    call_in(board, A, B)
    assert board.send(ActiveTalker(room="acme/team", talker=B)) == []
    seats = board.switchboard.conferences.view(9)["acme/team"]
    assert [(seat.leg, seat.party, seat.talks) for seat in seats] == [
        (A, "trunk/carrier", False),
        (B, "trunk/carrier", True),
    ]
    assert {seat.call for seat in seats} == set(board.switchboard.calls)
