"""Pause and go on by keys in the call: whose keys count, of which kind, and what they order."""

from dataclasses import replace
from functools import partial

import pytest

from pbx.call.effects import Audit
from pbx.core.audio import DigitChoice, DigitKind
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.dialplan.rules import KeyCodes
from pbx.ivr import steps
from pbx.media.effects import NoteInRecording, SetSecure, StartRecording, StopRecording
from pbx.media.events import DigitReceived
from pbx.recording.rules import Mode
from pbx.sip.events import InfoDigit, LegConfirmed
from tests.call.conftest import Board
from tests.call.parties import A, answer, hang_up, internal, refer, talking
from tests.call.test_key_relay import taking
from tests.call.test_ordering import press as press_record
from tests.call.test_telling import DESK, heard, ruled

pytestmark = pytest.mark.requirement("REC-03")
PAUSE, RESUME = "*61", "*62"


def press(board: Board, leg: LegId, keys: str, *kinds: DigitKind) -> None:
    """Each key once in each of these ways."""
    for key in keys:
        for kind in kinds or ("rfc4733",):
            if kind == "info":
                board.send(InfoDigit(leg=leg, digit=Secret(key), duration_ms=80))
            else:
                board.send(DigitReceived(leg=leg, digit=Secret(key), duration_ms=80, kind=kind))
        board.now += 0.5


def facts(board: Board) -> list[tuple[str, object, object]]:
    """What the audit log has of pauses: kind, actor, reason."""
    told = ("recording.paused", "recording.resumed", "recording.refused", "recording.order_ended")
    return [
        (one.fact.kind.removeprefix("recording."), one.fact.details["actor"], one.fact.details["reason"])
        for one in board.all(Audit)
        if one.fact.kind in told
    ]


def pauses(board: Board) -> list[str]:
    return [one.details["on"] for one in board.all(NoteInRecording) if one.kind == "pause"]


def recorded() -> tuple[Board, LegId]:
    """Alice and Bob talk, and are recorded; Bob's leg."""
    board = ruled(otherwise="always")
    bob = talking(board)
    heard(board, A)
    return board, bob


def test_an_extension_pauses_and_goes_on() -> None:
    board, bob = recorded()
    press(board, bob, PAUSE)
    assert pauses(board) == ["true"]
    press(board, bob, PAUSE)
    press(board, bob, RESUME)
    press(board, bob, RESUME)
    assert pauses(board) == ["true", "false"]
    assert facts(board) == [("paused", "extension/1003", "key"), ("resumed", "extension/1003", "key")]


def test_either_colleague_pauses_and_the_other_goes_on() -> None:
    board = ruled(otherwise="always")
    callee = internal(board)
    press(board, A, PAUSE)
    press(board, callee, RESUME)
    assert [actor for _, actor, _ in facts(board)] == ["extension/1001", "extension/1003"]


def test_who_comes_from_a_trunk_has_no_such_keys() -> None:
    board, bob = recorded()
    press(board, A, PAUSE)
    assert pauses(board) == []
    press(board, bob, PAUSE)
    press(board, A, RESUME)
    assert pauses(board) == ["true"]


@pytest.mark.parametrize("kinds", [("rfc4733",), ("info",), ("rfc4733", "info")])
def test_keys_count_once_however_they_come(kinds: tuple[DigitKind, ...]) -> None:
    board, bob = recorded()
    press(board, bob, PAUSE, *kinds)
    assert pauses(board) == ["true"]


@pytest.mark.parametrize(("digits", "is_heard"), [("inband", True), ("rfc4733", False)])
def test_tones_count_where_the_party_presses_by_tones(digits: DigitChoice, is_heard: bool) -> None:
    change = partial(taking, party="extension/1003", digits=digits)
    board = ruled(otherwise="always", change=change)
    bob = talking(board)
    heard(board, A)
    press(board, bob, PAUSE, "inband")
    assert pauses(board) == (["true"] if is_heard else [])


@pytest.mark.parametrize("mode", ["on_demand", "segment"])
def test_what_was_ordered_is_paused_and_not_ended(mode: Mode) -> None:
    board = ruled(otherwise=mode)
    callee = internal(board)
    press(board, callee, RESUME)
    assert board.all(StartRecording) == [], "a code begins nothing"
    press_record(board, callee)
    press(board, callee, PAUSE)
    press(board, callee, RESUME)
    assert (len(board.all(StartRecording)), board.all(StopRecording)) == (1, [])
    assert pauses(board) == ["true", "false"]


def test_codes_of_a_call_that_is_not_recorded_are_for_somebody_else() -> None:
    board = ruled(otherwise="off")
    bob = talking(board)
    press(board, bob, PAUSE)
    press(board, bob, RESUME)
    assert (facts(board), pauses(board)) == ([], [])


def test_a_pause_of_what_has_not_begun_is_refused() -> None:
    board = ruled(otherwise="always", mode="optin_all")
    bob = talking(board)
    press(board, bob, PAUSE)
    assert facts(board) == [("refused", "extension/1003", "nothing is recorded yet")]


@pytest.mark.parametrize(
    ("codes", "keys", "is_heard"),
    [
        (KeyCodes(pause="*7"), "*7", True),
        (KeyCodes(pause="*7"), PAUSE, False),
        (KeyCodes(resume="*62"), PAUSE, False),
        (KeyCodes(), PAUSE, False),
    ],
)
def test_the_codes_are_the_tenants(codes: KeyCodes, keys: str, is_heard: bool) -> None:
    board = ruled(otherwise="always", change=lambda one: replace(one, codes=codes))
    callee = internal(board)
    press(board, callee, keys)
    assert pauses(board) == (["true"] if is_heard else [])


def test_who_is_alone_presses_keys_for_a_flow() -> None:
    board = ruled(otherwise="always")
    callee = internal(board)
    refer(board, callee, "1002")
    press(board, A, PAUSE)
    press(board, callee, PAUSE)
    assert pauses(board) == []


def test_who_was_transferred_to_has_the_keys_and_who_left_has_none() -> None:
    board, bob = recorded()
    carol = refer(board, bob, "1002")
    answer(board, carol)
    press(board, carol, PAUSE)
    assert facts(board)[-1] == ("paused", "extension/1002", "key")
    press(board, bob, RESUME)
    assert pauses(board)[-1] == "true"


def test_keys_of_a_call_that_ends_order_nothing() -> None:
    board, bob = recorded()
    hang_up(board, A)
    press(board, bob, PAUSE)
    assert pauses(board) == []


@pytest.mark.parametrize("is_secret", [True, False])
def test_codes_in_the_entry_of_a_flow_are_what_is_entered(is_secret: bool) -> None:
    entry = steps.Collect(
        text="Please enter your number.",
        variable="number",
        min_digits=8,
        max_digits=8,
        next="end",
        fallback="end",
        invalid_text="Again.",
        secret=is_secret,
    )
    tell = steps.RecordingConsent(purposes=("compliance",), granted="entry", declined="end")
    flow = steps.FlowPlan(
        name="support", start="tell", steps={"tell": tell, "entry": entry, "end": steps.HangUp(text="")}
    )
    board = ruled(otherwise="always", change=lambda one: replace(one, flows={**one.flows, "support": flow}))
    board.offer("901632960100", origin=DESK)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.pass_time(10.0)  # in which he may decline
    assert len(board.all(StartRecording)) == 1
    assert bool(board.all(SetSecure)) == is_secret
    press(board, A, PAUSE)
    assert (facts(board), pauses(board)) == ([], [])
