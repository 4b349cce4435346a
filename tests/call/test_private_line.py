"""Private lines: whoever talks with one is neither recorded nor told of it (compliance reference §3.3)."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit, PreparePrompts, SaveConsent
from pbx.media.effects import BridgeLegs, SetGate, StartRecording, StopRecording
from pbx.recording.rules import Mode, RecordingRules, Rule
from pbx.sip.effects import AnswerRecord
from pbx.sip.record_header import RecordRequested
from tests.call.conftest import Board
from tests.call.parties import A, answer, refer, talking
from tests.call.test_telling import heard

PRIVATE = frozenset({"1003"})
STAFF = frozenset({"1001", "1002", "1003"})


def board_of(*rules: Rule, otherwise: Mode = "always", private: frozenset[str] = PRIVATE) -> Board:
    def staffed(context: CallContext) -> CallContext:
        return replace(context, staff_acknowledged=STAFF)

    recording = RecordingRules(rules=rules, otherwise=otherwise, private=private)
    return Board(recording=recording, change=staffed)


@pytest.mark.parametrize("rules", [(), (Rule(mode="always", extensions=PRIVATE),)])
def test_nothing_is_recorded_or_announced(rules: tuple[Rule, ...]) -> None:
    board = board_of(*rules)
    talking(board)
    board.pass_time(60)
    kinds = (StartRecording, SetGate, PreparePrompts, SaveConsent)
    assert [one for one in board.effects if isinstance(one, kinds)] == []
    (reason,) = [
        one.fact.details["reason"] for one in board.all(Audit) if one.fact.details.get("mode") == "off"
    ]
    assert reason == "1003 is a private line"


def test_the_same_call_is_recorded_where_the_line_is_not_private() -> None:
    board = board_of(private=frozenset())
    talking(board)
    heard(board, A)
    assert board.all(StartRecording)
    assert board.all(SaveConsent)


def test_no_key_begins_a_recording() -> None:
    board = board_of(otherwise="on_demand")
    bob = talking(board)
    board.send(RecordRequested(leg=bob, on=True))
    answered = board.last(AnswerRecord)
    assert (answered.status, "private line" in answered.reason) == (403, True)
    assert board.all(StartRecording) == []


def test_a_recording_ends_before_a_private_line_is_heard() -> None:
    board = board_of(private=frozenset({"1002"}))
    bob = talking(board)
    heard(board, A)
    assert board.all(StartRecording)
    carl = refer(board, bob, "1002")
    before = len(board.effects)
    answer(board, carl)
    done = board.effects[before:]
    assert done.index(BridgeLegs(a=A, b=carl)) > done.index(board.last(StopRecording))
    assert [one for one in done if isinstance(one, SetGate) and one.open] == []
