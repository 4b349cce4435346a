"""Nobody is put through unrecorded where that is not to be: direct calls of each direction, each policy."""

from dataclasses import replace
from typing import Any

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.call.ending import UNRECORDED, UNRECORDED_WHY
from pbx.call.grace import GRACE_S
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.dialplan.routes import ToTrunk
from pbx.media.effects import BridgeLegs, Play, SetGate, StartRecording, StopRecording, UnbridgeLeg
from pbx.media.events import DigitReceived, PlayEnded, RecordingFailed, RecordingStarted, RecordingStopped
from pbx.recording.failure import FailurePolicy
from pbx.recording.indication import WORDS
from pbx.recording.notice import JOURNAL_LIMIT_S
from pbx.recording.rules import Rule
from pbx.sip.effects import Answer, HangUp, PlaceCall, Progress, Reject
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, LegEnded, LegRinging, TransferRequested
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import CAROL, A, end_ours, hang_up, reports, talking
from tests.call.test_indicator import told
from tests.call.test_telling import heard, opened, ruled, said

pytestmark = pytest.mark.requirement("R-16")
DESK = DeviceOrigin(tenant="acme", extension="1001")
EN = WORDS["en-GB"]
DIRECTIONS = ("in", "out", "internal")


def board_of(policy: FailurePolicy, *, journal: bool | None = False, **changed: Any) -> Board:
    """A PBX in which every call is recorded, with a spool that takes it, fails, or says nothing."""

    def change(context: CallContext) -> CallContext:
        return replace(context, on_recording_failure=policy, **changed)

    board = ruled(otherwise="always", change=change)
    board.journal = journal
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    return board


def dial(board: Board, direction: str) -> LegId | None:
    """Somebody calls (leg `a`), and it rings; the callee's leg, None = nobody was called."""
    if direction == "in":
        board.offer(CAROL)
    else:
        board.offer("901632960999" if direction == "out" else "1003", origin=DESK)
    if not board.all(PlaceCall):
        return None
    callee = board.last(PlaceCall).leg
    board.send(LegRinging(leg=callee, status=180))
    return callee


def pick_up(board: Board, direction: str) -> LegId:
    callee = dial(board, direction)
    assert callee is not None
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    return callee


def notices(board: Board) -> list[object]:
    return [one.fact.details["outcome"] for one in board.all(Audit) if one.fact.kind == "recording.notice"]


def finish(board: Board) -> None:
    """What is played is heard to its end."""
    play = board.last(Play)
    board.send(PlayEnded(leg=play.leg, token=play.token, played_ms=900, total_ms=900, completed=True))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("policy", ["announce_unrecorded", "refuse"])
def test_a_journal_that_opens_is_waited_for(policy: FailurePolicy, direction: str) -> None:
    board = board_of(policy, journal=None)
    callee = pick_up(board, direction)
    assert (board.all(Answer), board.all(BridgeLegs)) == ([], []), "nobody talks yet"
    order = board.last(StartRecording)
    board.send(RecordingStarted(recording=order.recording))
    board.send(LegConfirmed(leg=A))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=callee)
    stranger = {"in": A, "out": callee}.get(direction)
    if stranger is not None:
        assert opened(board) == set()
        heard(board, stranger)
    assert opened(board) == {A, callee}
    assert board.all(StartRecording) == [order], "it is begun once"
    assert notices(board) == []


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_both_are_told_before_they_talk(direction: str) -> None:
    board = board_of("announce_unrecorded")
    callee = pick_up(board, direction)
    assert board.all(Answer) and board.last(BridgeLegs) == BridgeLegs(a=A, b=callee)
    assert sorted(told(board)) == sorted([(A, EN["unrecorded"]), (callee, EN["unrecorded"])])
    assert said(board) == [EN["unrecorded"]] * 2, "and nobody that he is recorded"
    assert notices(board) == ["announced"]
    hang_up(board, A)
    assert (board.record.recording_state, len(board.all(StartRecording))) == ("failed", 1)


def test_a_carrier_gets_the_status_and_the_callee_the_cause() -> None:
    board = board_of("refuse")
    callee = pick_up(board, "in")
    (refused,) = board.all(Reject)
    assert refused == Reject(leg=A, status=503, reason=UNRECORDED[1], warning=UNRECORDED_WHY)
    assert HangUp(leg=callee, cause=503, text=UNRECORDED[1]) in board.all(HangUp)
    assert (board.all(Answer), board.all(BridgeLegs), said(board)) == ([], [], [])
    board.send(LegEnded(leg=callee, by_peer=False, how="bye"))
    record = board.record
    assert (record.cause, record.ended_by, record.recording_state) == ("not_recorded", "system", "failed")
    assert (record.recording_reason, notices(board)) == ("No space left on device", ["refused"])


@pytest.mark.parametrize("direction", ["out", "internal"])
def test_an_extension_that_dialled_hears_why_before_it_is_refused(direction: str) -> None:
    board = board_of("refuse")
    callee = pick_up(board, direction)
    assert HangUp(leg=callee, cause=503, text=UNRECORDED[1]) in board.all(HangUp)
    assert [one.leg for one in board.all(Progress)] == [A]
    assert told(board) == [(A, EN["unconnected"])]
    board.send(LegEnded(leg=callee, by_peer=False, how="bye"))
    assert board.all(Reject) == [], "he hears it to the end"
    finish(board)
    (refused,) = board.all(Reject)
    assert (refused.leg, refused.status) == (A, 503)
    assert board.all(Answer) == []


def test_who_cannot_hear_it_is_not_kept_waiting() -> None:
    silent = board_of("refuse")
    silent.contacts["1003"] = (contact("1003"),)
    silent.offer("1003", origin=DESK, sdp=None)
    silent.send(LegAnswered(leg=silent.last(PlaceCall).leg, answer=ANSWER))
    assert silent.last(Reject).status == 503
    dead = board_of("refuse")
    pick_up(dead, "internal")
    dead.pass_time(10.0)
    assert dead.last(Reject).status == 503
    gone = board_of("refuse")
    pick_up(gone, "internal")
    hang_up(gone, A, "cancel")
    end_ours(gone)
    assert (gone.all(Reject), gone.record.cause) == ([], "cancel")


def test_a_worker_that_says_nothing_has_failed_after_a_second() -> None:
    board = board_of("refuse", journal=None)
    pick_up(board, "in")
    board.pass_time(JOURNAL_LIMIT_S - 0.01)
    assert board.all(Reject) == []
    board.pass_time(0.01)
    assert board.last(Reject).status == 503
    assert board.last(StopRecording).recording == board.last(StartRecording).recording


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("known", ["no room", "no key"])
def test_nobody_rings_where_it_is_known_to_be_in_vain(known: str, direction: str) -> None:
    board = board_of("refuse", recipients=() if known == "no key" else ("age1test",))
    board.no_room = "the spool is 96 % full" if known == "no room" else ""
    assert dial(board, direction) is None
    if direction != "in":
        finish(board)
    assert (board.last(Reject).status, board.all(StartRecording)) == (503, [])
    hang_up(board, A)
    reason = board.no_room or "no recording key"
    assert (board.record.recording_reason, board.record.recording_state) == (reason, "failed")


def test_a_full_spool_is_no_matter_of_calls_that_need_not_be_recorded() -> None:
    for board in (board_of("announce_unrecorded"), board_of("continue")):
        board.no_room = "the spool is 96 % full"
        assert dial(board, "in") is not None
    off = ruled(otherwise="off", change=lambda context: replace(context, on_recording_failure="refuse"))
    off.contacts, off.no_room = {"1003": (contact("1003"),)}, "full"
    assert dial(off, "in") is not None
    nobody = board_of("refuse", staff_acknowledged=frozenset())
    nobody.no_room = "full"
    assert dial(nobody, "internal") is not None, "nobody of them may be recorded in any case"


def test_help_is_never_refused() -> None:
    board = board_of("refuse", recipients=())
    board.no_room = "the spool is 96 % full"
    board.offer("999", origin=DESK)
    placed = board.last(PlaceCall)
    route = board.switchboard.calls[next(iter(board.switchboard.calls))].parts.start.routing.route
    assert isinstance(route, ToTrunk) and route.emergency
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=placed.leg)
    board.send(LegConfirmed(leg=A))
    board.pass_time(60.0)
    assert (board.all(Reject), board.all(HangUp), board.all(StartRecording)) == ([], [], [])


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_who_goes_while_the_journal_is_waited_for(who: str) -> None:
    board = board_of("refuse", journal=None)
    callee = pick_up(board, "in")
    hang_up(board, A if who == "caller" else callee, "cancel" if who == "caller" else "bye")
    assert board.all(StopRecording), "the journal is not left open"
    board.send(RecordingFailed(recording=board.last(StartRecording).recording, reason="too late"))
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    assert (board.all(Answer), board.all(BridgeLegs)) == ([], [])


def test_the_first_of_two_who_answer_is_put_through() -> None:
    board = board_of("refuse", journal=None)
    board.contacts["1003"] = (contact("1003", 5081), contact("1003", 5082))
    board.offer(CAROL)
    first, second = (one.leg for one in board.all(PlaceCall))
    for leg in (first, second):
        board.send(LegAnswered(leg=leg, answer=ANSWER))
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=first)
    assert {one.leg for one in board.all(HangUp)} == {second}


@pytest.mark.parametrize("policy", ["continue", "announce_unrecorded"])
def test_a_rule_has_its_own_policy(policy: FailurePolicy) -> None:
    rule = Rule(mode="always", on_failure=policy, directions=frozenset({"in"}))
    board = ruled(rule, otherwise="always", change=lambda one: replace(one, on_recording_failure="refuse"))
    board.journal, board.contacts = False, {user: (contact(user),) for user in ("1002", "1003")}
    callee = pick_up(board, "in")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=callee)
    internal = ruled(rule, otherwise="always", change=lambda one: replace(one, on_recording_failure="refuse"))
    internal.journal, internal.contacts = False, board.contacts
    pick_up(internal, "internal")
    assert internal.all(BridgeLegs) == []


def test_gates_are_shut_while_the_journal_is_open_and_nobody_talks() -> None:
    board = board_of("refuse", journal=True)
    pick_up(board, "in")
    shut = [one for one in board.all(SetGate) if one.open]
    assert shut == []


def test_where_a_region_asks_the_journal_begins_after_the_yes_and_the_call_ends_if_it_fails() -> None:
    board = ruled(
        otherwise="always", mode="optin_all", change=lambda one: replace(one, on_recording_failure="refuse")
    )
    board.journal, board.contacts = False, {"1003": (contact("1003"),)}
    callee = pick_up(board, "in")
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=callee)
    assert board.all(StartRecording) == []
    board.send(LegConfirmed(leg=A))
    heard(board, A)
    board.send(DigitReceived(leg=A, digit=Secret("1"), duration_ms=100))
    assert len(board.all(StartRecording)) == 1
    assert [text for _, text in told(board)][-2:] == [EN["ending"]] * 2
    board.pass_time(GRACE_S)
    assert {one.leg for one in board.all(HangUp) if one.cause == 503} == {A, callee}


def test_who_hears_the_callee_early_hears_us_in_its_place() -> None:
    board = board_of("refuse")
    board.offer("901632960999", origin=DESK)
    callee = board.last(PlaceCall).leg
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=callee)
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    assert board.last(UnbridgeLeg).leg == A
    assert len(board.all(Progress)) == 1, "he has our SDP already"
    assert told(board) == [(A, EN["unconnected"])]
    finish(board)
    assert board.last(Reject).status == 503


@pytest.mark.parametrize("journal", ["no room", "fails"])
def test_a_transfer_that_would_have_to_be_recorded_goes_back(journal: str) -> None:
    free = Rule(mode="off", extensions=frozenset({"1003"}))
    board = ruled(free, otherwise="always", change=lambda one: replace(one, on_recording_failure="refuse"))
    bob = talking(board)
    assert board.all(StartRecording) == []
    board.no_room, board.journal = ("full" if journal == "no room" else ""), False
    board.send(TransferRequested(leg=bob, target="1002"))
    if journal == "fails":
        board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    assert reports(board)[-1] == 503
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)
    board.pass_time(60.0)
    assert not {A, bob} & {one.leg for one in board.all(HangUp)}, "they talk on, and need not be recorded"


def test_who_does_not_want_it_while_the_journal_is_waited_for_is_put_through() -> None:
    board = board_of("refuse", journal=None)
    callee = pick_up(board, "in")
    call = next(iter(board.switchboard.calls.values()))
    order = board.last(StartRecording)
    call.parts.capture.stop("not_consented")
    board.send(RecordingStopped(recording=order.recording, duration_ms=5))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=callee)
    assert board.all(Reject) == []
