"""Who watches whom through the dial plan: 1003 supervises 1001, who talks with 1002."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.call.events import LegLost
from pbx.call.watches import MAX_WATCHERS
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import JoinRoom, LeaveRoom, Play, SetGate, StartRecording
from pbx.media.events import DigitReceived, RoomRefused
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import Answer, HangUp, PlaceCall, Reject
from pbx.sip.events import DeviceOrigin, LegConfirmed
from tests.call.captures import UNKNOWN_ROW
from tests.call.conftest import Board, contact
from tests.call.parties import A, answer, hang_up, offered, refer, talking

pytestmark = pytest.mark.requirement("ACD-13", "R-27")
S = LegId("s")
STAFF = frozenset({"1001", "1002", "1003"})


def allowed(context: CallContext) -> CallContext:
    supervisors = {"1003": frozenset({"1001"})}
    return replace(context, supervisors=supervisors, staff_acknowledged=STAFF)


def busy(board: Board) -> LegId:
    """1001 (leg `a`) talks with 1002; the leg of 1002."""
    board.contacts = {user: (contact(user),) for user in STAFF}
    board.offer("1002", origin=DeviceOrigin(tenant="acme", extension="1001"))
    callee = board.last(PlaceCall).leg
    answer(board, callee)
    board.send(LegConfirmed(leg=A))
    return callee


def watch(board: Board, extension: str = "1003") -> None:
    offered(board, "s", "*901001", extension)
    board.send(LegConfirmed(leg=S))


def facts(board: Board, kind: str) -> list[dict[str, str | int | bool | None]]:
    return [one.fact.details for one in board.all(Audit) if one.fact.kind == kind]


def press(board: Board, key: str) -> None:
    board.send(DigitReceived(leg=S, digit=Secret(key), duration_ms=80))


@pytest.fixture
def board() -> Board:
    return Board(change=allowed)


def test_listen_whisper_barge_and_the_end(board: Board) -> None:
    callee = busy(board)
    watch(board)
    room = board.all(JoinRoom)[0].room
    assert board.all(JoinRoom) == [
        JoinRoom(leg=A, room=room),
        JoinRoom(leg=callee, room=room),
        JoinRoom(leg=S, room=room, role="listen"),
    ]
    for key in ("5", "6", "4", "4", "7"):
        press(board, key)
    assert [one["mode"] for one in facts(board, "watch.mode")] == ["whisper", "barge", "listen"]
    whisper = board.all(JoinRoom)[3]
    assert whisper == JoinRoom(leg=S, room=room, role="whisper", target=A)
    (began,) = facts(board, "watch.began")
    assert (began["by"], began["whom"]) == ("extension/1003", "extension/1001")
    hang_up(board, S)
    assert [one.leg for one in board.all(LeaveRoom)] == [S, A, callee]
    assert [one["reason"] for one in facts(board, "watch.ended")] == ["left"]
    assert len(board.switchboard.calls) == 1


def test_the_watch_is_over_with_the_call(board: Board) -> None:
    callee = busy(board)
    watch(board)
    hang_up(board, callee)
    assert [one["reason"] for one in facts(board, "watch.ended")] == ["others talk"]
    assert S in [one.leg for one in board.all(HangUp)]


def test_the_watch_is_over_when_one_is_transferred(board: Board) -> None:
    callee = busy(board)
    watch(board)
    refer(board, callee, "1003")
    assert len(facts(board, "watch.ended")) == 1
    assert S in [one.leg for one in board.all(HangUp)]


@pytest.mark.parametrize("extension", ["1002", "1001"])
def test_nobody_watches_without_permission(board: Board, extension: str) -> None:
    busy(board)
    offered(board, "s", "*901001", extension)
    assert board.last(Reject).status == 403
    assert [one["reason"] for one in facts(board, "watch.refused")] == ["not allowed"]
    assert not board.all(JoinRoom)


@pytest.mark.parametrize(
    ("private", "status", "reason"), [("1001", 403, "private line"), ("1002", 480, "nobody talks")]
)
def test_nobody_watches_a_private_line_or_who_talks_with_it(private: str, status: int, reason: str) -> None:
    rules = RecordingRules(private=frozenset({private}))
    board = Board(recording=rules, change=allowed)
    busy(board)
    offered(board, "s", "*901001", "1003")
    assert board.last(Reject).status == status
    assert [one["reason"] for one in facts(board, "watch.refused")] == [reason]
    assert not board.all(JoinRoom)


def test_nobody_talks(board: Board) -> None:
    offered(board, "s", "*901001", "1003")
    assert board.last(Reject).status == 480
    assert [one["reason"] for one in facts(board, "watch.refused")] == ["nobody talks"]


@pytest.mark.requirement("C-16")
@pytest.mark.parametrize("mode", ["notify", "optin_all"])
def test_who_was_told_nothing_is_not_watched(mode: str) -> None:
    """A caller from the network talks with 1003 without a notice."""
    rules = ConsentRules.from_data(
        {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", "mode": mode}]}
    )
    ours = {"1002": frozenset({"1003"})}
    board = Board(change=lambda one: replace(allowed(one), supervisors=ours, rules=rules))
    talking(board)
    offered(board, "s", "*901003", "1002")
    board.send(LegConfirmed(leg=S))
    assert board.last(Answer).leg == S
    (refused,) = facts(board, "watch.refused")
    assert refused["reason"] == f"{mode}: not agreed with trunk/carrier"
    assert board.last(HangUp).leg == S
    assert not board.all(JoinRoom)


def test_a_watcher_at_another_worker_or_without_a_seat_hears_nothing(board: Board) -> None:
    busy(board)
    board.at_worker = 1
    watch(board)
    assert [one["reason"] for one in facts(board, "watch.refused")] == ["media apart"]
    assert not board.all(JoinRoom)


def test_a_worker_that_has_no_seat_ends_the_watch(board: Board) -> None:
    busy(board)
    watch(board)
    board.send(RoomRefused(leg=A, room=board.all(JoinRoom)[0].room, reason="a bot has the party"))
    assert [one["reason"] for one in facts(board, "watch.ended")] == ["a bot has the party"]
    assert board.last(HangUp).leg == S


def test_the_watch_is_over_when_a_media_worker_dies(board: Board) -> None:
    callee = busy(board)
    watch(board)
    board.send(LegLost(leg=callee))
    assert len(facts(board, "watch.ended")) == 1
    assert S in [one.leg for one in board.all(HangUp)]
    assert [one.leg for one in board.all(LeaveRoom)] == [S, A, callee]


def test_more_than_may_watch_are_told(board: Board) -> None:
    busy(board)
    for n in range(MAX_WATCHERS + 1):
        offered(board, f"s{n}", "*901001", "1003")
        board.send(LegConfirmed(leg=LegId(f"s{n}")))
    assert len(facts(board, "watch.began")) == MAX_WATCHERS
    assert [one["reason"] for one in facts(board, "watch.refused")] == ["full"]


def recorded(mode: str) -> Board:
    """1001 and 1002 know the notice and are recorded; 1003, who supervises 1001, does not."""
    rules = ConsentRules.from_data(
        {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB", "mode": mode}]}
    )
    always = RecordingRules(otherwise="always")
    staff = frozenset({"1001", "1002"})
    board = Board(
        recording=always, change=lambda one: replace(allowed(one), rules=rules, staff_acknowledged=staff)
    )
    busy(board)
    assert board.all(StartRecording)
    watch(board)
    return board


@pytest.mark.requirement("C-16")
@pytest.mark.parametrize(("mode", "key"), [("notify", ""), ("optin_all", "1")])
def test_a_supervisor_without_the_notice_hears_of_the_recording_before_he_hears_anybody(
    mode: str, key: str
) -> None:
    board = recorded(mode)
    assert board.last(Play).leg == S and not board.all(JoinRoom)
    board.finish_prompt("s")
    if key:
        assert not board.all(JoinRoom)
        press(board, key)
    assert [one.leg for one in board.all(JoinRoom)][-1] == S
    assert {one.leg: one.open for one in board.all(SetGate)}[S] is True
    press(board, "5")
    assert [one["mode"] for one in facts(board, "watch.mode")] == ["whisper"]


@pytest.mark.requirement("C-16")
@pytest.mark.parametrize("is_silent", [True, False])
def test_a_supervisor_who_does_not_agree_hears_nobody(is_silent: bool) -> None:  # noqa: FBT001
    board = recorded("optin_all")
    for _ in range(2 if is_silent else 1):
        board.finish_prompt("s")
        board.pass_time(9.0 if is_silent else 0.0)
    if not is_silent:
        press(board, "2")
    assert not board.all(JoinRoom)
    assert [one["reason"] for one in facts(board, "watch.refused")] == [
        "optin_all: not agreed with extension/1003"
    ]
    assert S in [one.leg for one in board.all(HangUp)]


def test_who_hangs_up_before_he_was_told_has_watched_nobody() -> None:
    board = recorded("notify")
    hang_up(board, S)
    board.pass_time(70.0)
    assert not board.all(JoinRoom) and not facts(board, "watch.began")
