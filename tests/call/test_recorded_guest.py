"""The own recording of a caller who sits in a conference: that it fails is told, and he may have to go."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.ending import UNRECORDED
from pbx.call.grace import GRACE_S
from pbx.core.ids import LegId
from pbx.ivr.steps import FlowPlan, RecordingConsent, Step
from pbx.media.effects import Play, StartRecording
from pbx.media.events import PlayEnded, RecordingFailed, RecordingStarted
from pbx.recording.failure import FailurePolicy
from pbx.recording.indication import WORDS
from pbx.recording.rules import Mode, RecordingRules, Rule
from pbx.services.conference import RoomSettings
from pbx.sip.effects import HangUp
from pbx.sip.events import DeviceOrigin, LegConfirmed, LegEnded
from tests.call.conftest import Board
from tests.call.parties import A
from tests.call.rooms import INTO, RULES, B, C, key, leaves, press
from tests.call.support import SUPPORT, said
from tests.call.test_attendance import UNTOLD

pytestmark = [pytest.mark.requirement("R-16"), pytest.mark.requirement("R-17")]
EN = WORDS["en-GB"]
TOLD: dict[str, Step] = {
    "consent": RecordingConsent(purposes=("quality",), granted="room", declined="room"),
    **INTO,
}


def guest(policy: FailurePolicy, room: Mode = "off") -> tuple[Board, StartRecording]:
    """A caller from outside was told, is recorded, and sits in a room with an extension."""

    def change(context: CallContext) -> CallContext:
        ways = {"support": ("consent", TOLD), "echo": ("room", INTO)}
        flows = {name: FlowPlan(name=name, start=start, steps=way) for name, (start, way) in ways.items()}
        rooms = {"team": RoomSettings(name="team")}
        return replace(context, flows=flows, conferences=rooms, rules=RULES, on_recording_failure=policy)

    rule = Rule(mode=room, conferences=frozenset({"team"}))
    board = Board(change=change, recording=RecordingRules(rules=(rule,)))
    board.offer(SUPPORT, leg="a", number="+447700900999")
    board.send(LegConfirmed(leg=A))
    heard(board, A)
    order = board.last(StartRecording)
    board.send(RecordingStarted(recording=order.recording))
    board.pass_time(4.0)
    colleague(board, B)
    return board, order


def colleague(board: Board, leg: LegId) -> None:
    """An extension comes straight into the room."""
    board.offer(UNTOLD, leg=leg, origin=DeviceOrigin(tenant="acme", extension="1002"))
    board.send(LegConfirmed(leg=leg))


def heard(board: Board, leg: LegId) -> None:
    for play in [one for one in board.all(Play) if one.leg == leg][-1:]:
        board.send(PlayEnded(leg=leg, token=play.token, played_ms=9, total_ms=9, completed=True))


def fails(board: Board, order: StartRecording) -> list[str]:
    """What is said when it fails."""
    n_said = len(said(board))
    board.send(RecordingFailed(recording=order.recording, reason="the disk is full"))
    return said(board)[n_said:]


def ended(board: Board) -> list[LegId]:
    return [one.leg for one in board.all(HangUp) if (one.cause, one.text) == UNRECORDED]


def test_who_may_not_go_on_is_told_and_leaves_the_room() -> None:
    board, order = guest("refuse")
    assert fails(board, order) == [EN["ending"]]
    board.pass_time(GRACE_S - 0.1)
    assert ended(board) == []
    board.pass_time(0.1)
    assert ended(board) == [A], "the extension's own call goes on"
    board.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert board.record.cause == "not_recorded"


def test_whom_the_room_keeps_is_recorded_all_the_same() -> None:
    board, order = guest("refuse", room="always")
    room = board.last(StartRecording)
    assert room.recording != order.recording
    board.send(RecordingStarted(recording=room.recording))
    assert fails(board, order) == []
    board.pass_time(60.0)
    assert ended(board) == []
    assert EN["ending"] in fails(board, room), "now there is neither"
    board.pass_time(GRACE_S)
    assert ended(board) == [A], "who is left alone in the room may stay"


def test_two_recordings_that_fail_at_once_are_told_once() -> None:
    board, order = guest("refuse", room="always")
    room = board.last(StartRecording)
    board.send(RecordingStarted(recording=room.recording))
    both = [*fails(board, order), *fails(board, room)]
    assert both == [EN["ending"]] * 2, "to each of the two"


def test_in_the_room_he_is_told_by_the_policy_of_his_call() -> None:
    cases: tuple[tuple[FailurePolicy, list[str]], ...]
    cases = ("continue", []), ("announce_unrecorded", [EN["unrecorded"]])
    for policy, words in cases:
        board, order = guest(policy)
        assert fails(board, order) == words
        board.pass_time(60.0)
        assert ended(board) == []


def test_who_has_left_the_room_is_told_nothing() -> None:
    board, order = guest("refuse")
    press(board, A, "#")
    assert fails(board, order) == []


def test_when_the_room_keeps_him_no_more_his_own_failure_counts() -> None:
    board, order = guest("refuse", room="on_demand")
    colleague(board, C)
    key(board, B)
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    assert fails(board, order) == []
    n_said = len(said(board))
    leaves(board, B)
    assert EN["ending"] in said(board)[n_said:], "with him the order has gone"
    board.pass_time(GRACE_S)
    assert ended(board) == [A]
