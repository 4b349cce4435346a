"""Recordings on demand and segments: who may order them, from when on they keep, and where they end."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit
from pbx.config.load import load
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.media.effects import NoteInRecording, SetGate, StartRecording, StopRecording
from pbx.media.events import DigitReceived, RecordingFailed
from pbx.recording.rules import Mode, RecordingRules, Rule
from pbx.sip.effects import AnswerRecord, PlaceCall
from pbx.sip.events import LegConfirmed
from pbx.sip.record_header import RecordRequested
from tests.call.conftest import Board, contact
from tests.call.parties import A, answer, hang_up, internal, refer, talking
from tests.call.support import SUPPORT
from tests.call.test_telling import gates, heard, outbound, ruled, said
from tests.e2e.running import CONFIG

pytestmark = pytest.mark.requirement("REC-01")


def press(board: Board, leg: LegId, on: bool = True) -> tuple[int, str]:
    """The record key; what it is answered."""
    n_answers = len(board.all(AnswerRecord))
    board.send(RecordRequested(leg=leg, on=on))
    (answered,) = board.all(AnswerRecord)[n_answers:]
    assert answered.leg == leg
    return answered.status, answered.reason


def kinds(board: Board) -> list[str]:
    facts = [one.fact.kind for one in board.all(Audit)]
    return [kind.removeprefix("recording.") for kind in facts if "order" in kind or "refused" in kind]


@pytest.mark.parametrize("mode", ["on_demand", "segment"])
def test_a_recording_begins_by_the_key_once_the_stranger_was_told(mode: Mode) -> None:
    board = ruled(otherwise=mode)
    bob = talking(board)
    assert (said(board), board.all(StartRecording)) == ([], [])
    assert press(board, bob) == (200, "")
    assert board.last(StartRecording).leg == A
    assert said(board) and not any(gates(board).values())
    heard(board, A)
    assert gates(board) == {A: True, bob: True}
    assert kinds(board) == ["ordered"]


def test_colleagues_are_recorded_at_once() -> None:
    board = ruled(otherwise="on_demand")
    callee = internal(board)
    assert press(board, callee) == (200, "")
    assert gates(board) == {A: True, callee: True}


def test_on_demand_off_is_a_pause_and_on_goes_on() -> None:
    board = ruled(otherwise="on_demand")
    callee = internal(board)
    for on in (True, False, True):
        assert press(board, callee, on) == (200, "")
    pauses = [one.details for one in board.all(NoteInRecording) if one.kind == "pause"]
    assert pauses == [{"on": "true"}, {"on": "false"}]
    assert (len(board.all(StartRecording)), board.all(StopRecording)) == (1, [])


def test_off_ends_a_segment_and_the_next_is_a_recording_of_its_own() -> None:
    board = ruled(otherwise="segment")
    callee = internal(board)
    for on in (True, False, True):
        assert press(board, callee, on) == (200, "")
    assert (len(board.all(StartRecording)), len(board.all(StopRecording))) == (2, 1)
    assert kinds(board) == ["ordered", "order_ended", "ordered"]
    started = [one.recording for one in board.all(StartRecording)]
    assert len(set(started)) == 2


def test_the_gates_are_shut_again_before_a_later_segment_has_told_anybody_new() -> None:
    board = ruled(otherwise="segment")
    bob = talking(board)
    press(board, bob)
    heard(board, A)
    press(board, bob, on=False)
    outside = refer(board, bob, "901632960999")
    answer(board, outside)
    assert len(board.all(StartRecording)) == 1, "the segment has ended"
    assert not gates(board).get(outside, False)


def test_off_while_the_stranger_is_told_takes_the_order_back() -> None:
    board = ruled(otherwise="on_demand")
    bob = talking(board)
    press(board, bob)
    assert press(board, bob, on=False) == (200, "")
    assert board.all(StopRecording) and not any(gates(board).values())
    assert press(board, bob) == (200, "")
    heard(board, A)
    assert gates(board)[A]


@pytest.mark.parametrize("mode", ["off", "flow"])
def test_where_the_rule_forbids_it_the_key_is_refused_with_the_reason(mode: Mode) -> None:
    board = ruled(otherwise=mode)
    bob = talking(board)
    assert press(board, bob) == (403, f"no rule fits, mode {mode}")
    assert not board.all(StartRecording)
    assert kinds(board) == ["refused"]


def test_a_stranger_orders_nothing() -> None:
    board = ruled(otherwise="on_demand")
    talking(board)
    assert press(board, A) == (403, "only extensions may order a recording")
    assert not board.all(StartRecording)


def test_who_is_alone_orders_nothing() -> None:
    board = ruled(otherwise="on_demand")
    bob = talking(board)
    board.contacts = {"1002": (contact("1002"),)}
    refer(board, bob, "1002")
    assert press(board, bob) == (403, "nobody talks")


@pytest.mark.parametrize(
    ("mode", "reason"), [("never", "never: unknown"), ("notify_optout", "notify_optout: declined")]
)
def test_consent_stands_above_the_key(mode: str, reason: str) -> None:
    board = ruled(otherwise="on_demand", mode=mode)
    bob = talking(board)
    if mode == "notify_optout":
        press(board, bob)
        board.send(DigitReceived(leg=A, digit=Secret("2"), duration_ms=100))
        heard(board, A)
    assert press(board, bob) == (403, reason)
    assert not any(gates(board).values())


def test_a_call_that_nobody_ordered_to_be_recorded_says_so() -> None:
    board = ruled(otherwise="on_demand")
    bob = talking(board)
    hang_up(board, A)
    hang_up(board, bob)
    assert (board.record.recording, board.record.recording_reason) == ("", "no rule fits, mode on_demand")


def with_steps(mode: Mode, *, is_told: bool = True) -> Board:
    """The support line is a flow that tells, marks a segment and rings 1001."""
    plan = steps.FlowPlan(
        name="support",
        start="tell" if is_told else "begin",
        steps={
            "tell": steps.RecordingConsent(purposes=("compliance",), granted="begin", declined="begin"),
            "begin": steps.Segment(on=True, reason="statement", next="speak"),
            "speak": steps.Say(text="Please state your order.", next="end"),
            "end": steps.Segment(on=False, reason="done", next="agent"),
            "agent": steps.Ring(target="extension/1001", ring_s=20.0, no_answer=None, busy=None),
        },
    )

    def change(context: CallContext) -> CallContext:
        return replace(context, flows={**context.flows, "support": plan})

    assert "support" in load(CONFIG).tenants["acme"].flows
    board = Board(recording=RecordingRules(otherwise=mode), change=change)
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    return board


def test_steps_of_a_flow_mark_the_segment_and_nothing_else_is_kept() -> None:
    board = with_steps("segment")
    assert not board.all(StartRecording), "the announcement is outside of it"
    board.finish_prompt()
    assert [one.leg for one in board.all(StartRecording)] == [A]
    assert gates(board) == {A: True}
    board.finish_prompt()
    assert len(board.all(StopRecording)) == 1
    answer(board, board.last(PlaceCall).leg)
    assert len(board.all(StartRecording)) == 1
    assert kinds(board) == ["ordered", "order_ended"]


def test_a_segment_without_an_announcement_is_refused() -> None:
    board = with_steps("segment", is_told=False)
    assert not board.all(StartRecording) and not board.all(SetGate)
    assert kinds(board) == ["refused"]


@pytest.mark.parametrize(("mode", "refusals"), [("off", 2), ("always", 1), ("flow", 1)])
def test_where_the_rules_decide_alone_steps_change_nothing(mode: Mode, refusals: int) -> None:
    board = with_steps(mode)
    board.finish_prompt()
    board.finish_prompt()
    assert kinds(board) == ["refused"] * refusals
    assert len(board.all(StartRecording)) == (mode != "off")
    assert not board.all(StopRecording)


def test_a_flow_that_told_nobody_has_ordered_nothing_for_later() -> None:
    board = with_steps("segment", is_told=False)
    board.finish_prompt()
    answer(board, board.last(PlaceCall).leg)
    assert not board.all(StartRecording), "what was refused does not begin when others talk"
    assert kinds(board) == ["refused"]


def test_an_order_does_not_outlive_a_rule_that_forbids_it() -> None:
    board = ruled(Rule(mode="off", extensions=frozenset({"1002"})), otherwise="on_demand")
    bob = talking(board)
    press(board, bob)
    heard(board, A)
    carol = refer(board, bob, "1002")
    answer(board, carol)
    assert len(board.all(StopRecording)) == 1
    answer(board, refer(board, carol, "1001"))
    assert len(board.all(StartRecording)) == 1, "he would have to order it again"


@pytest.mark.parametrize("mode", ["off", "flow", "always", "on_demand", "segment"])
def test_off_by_a_rule_beats_step_and_key(mode: Mode) -> None:
    board = ruled(Rule(mode="off", extensions=frozenset({"1003"}), place="recording.yaml:2"), otherwise=mode)
    bob = talking(board)
    assert press(board, bob) == (403, "recording.yaml:2 extension 1003: off")
    assert (said(board), board.all(StartRecording), board.all(SetGate)) == ([], [], [])


def test_nothing_between_two_segments_is_kept() -> None:
    board = ruled(otherwise="segment")
    callee = internal(board)
    for on in (True, False, True, False):
        press(board, callee, on)
    hang_up(board, A)
    runs = [type(one).__name__ for one in board.effects if isinstance(one, StartRecording | StopRecording)]
    assert runs == ["StartRecording", "StopRecording"] * 2
    before = board.effects[: board.effects.index(board.last(StartRecording))]
    last = {one.leg: one.open for one in before if isinstance(one, SetGate)}
    assert not any(last.values()), "each journal begins with every gate shut"


@pytest.mark.parametrize("mode", ["on_demand", "segment"])
def test_the_key_of_a_call_that_ends_orders_nothing(mode: Mode) -> None:
    board = ruled(otherwise=mode)
    bob = talking(board)
    hang_up(board, A)
    assert press(board, bob)[0] == 481
    assert not board.all(StartRecording)


def test_the_key_of_a_leg_that_no_call_has_is_answered() -> None:
    assert press(ruled(), LegId("nobody")) == (481, "")


def test_a_pause_while_strangers_are_told_holds_from_the_first_word() -> None:
    board = ruled(otherwise="always")
    bob = talking(board)
    assert press(board, bob, on=False) == (200, "")
    heard(board, A)
    pauses = [one.details for one in board.all(NoteInRecording) if one.kind == "pause"]
    assert pauses == [{"on": "true"}]


def test_a_pause_of_what_has_not_begun_is_refused() -> None:
    board = ruled(otherwise="always", mode="optin_all")
    bob = talking(board)
    assert press(board, bob, on=False) == (403, "nothing is recorded yet")


def test_a_refusal_takes_the_order_back() -> None:
    board = ruled(otherwise="on_demand", mode="notify_optout")
    callee = outbound(board)
    press(board, A)
    board.send(DigitReceived(leg=callee, digit=Secret("2"), duration_ms=100))
    heard(board, callee)
    assert len(board.all(StopRecording)) == 1
    board.contacts = {"1002": (contact("1002"),), "1003": (contact("1003"),)}
    n_started = len(board.all(StartRecording))
    assert press(board, A) == (403, "notify_optout: declined")
    assert len(board.all(StartRecording)) == n_started


def test_a_journal_that_fails_is_tried_again_by_the_key() -> None:
    board = ruled(otherwise="on_demand")
    callee = internal(board)
    press(board, callee)
    failed = board.last(StartRecording).recording
    board.send(RecordingFailed(recording=failed, reason="disk full"))
    assert press(board, callee, on=False) == (200, "")
    assert not board.all(NoteInRecording), "there is nothing to pause"
    assert press(board, callee) == (200, "")
    assert board.last(StartRecording).recording != failed
    assert kinds(board) == ["ordered", "order_ended", "ordered"]
