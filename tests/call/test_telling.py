"""People who talk and are recorded without a flow: who is told, who is kept, and from when."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect, CheckCaller, PreparePrompts, SaveConsent
from pbx.call.events import CallerChecked, LegLost
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.dialogue import Say
from pbx.media.effects import Play, SetGate, StartRecording, StopPlay, StopRecording
from pbx.media.events import DigitReceived, PlayEnded
from pbx.recording.rules import EMERGENCY, Mode, RecordingRules, Rule
from pbx.sip.effects import PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, PeerIdentified, TransferRequested
from pbx.sip.record_header import RecordRequested
from tests.call.captures import UNKNOWN_ROW
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, answer, hang_up, internal, offered, refer, talking
from tests.call.support import SUPPORT, to_agents, type_date
from tests.call.test_renamed import trusting

pytestmark = pytest.mark.requirement("REC-01")
MODES: tuple[Mode, ...] = ("flow", "off", "always", "on_demand", "segment")
DESK = DeviceOrigin(tenant="acme", extension="1001")


def everybody(context: CallContext) -> CallContext:
    return replace(context, staff_acknowledged=frozenset({"1001", "1002", "1003"}))


def ruled(
    *rules: Rule,
    otherwise: Mode = "off",
    mode: str = "notify",
    change: Callable[[CallContext], CallContext] = lambda context: context,
) -> Board:
    """A PBX in a country with this rule of consent."""

    def built(context: CallContext) -> CallContext:
        rows = [UNKNOWN_ROW | {"mode": mode}, UNKNOWN_ROW | {"region": "GB", "mode": mode}]
        consent = ConsentRules.from_data({"version": "1", "rules": rows})
        return change(everybody(replace(context, rules=consent)))

    return Board(recording=RecordingRules(rules=rules, otherwise=otherwise), change=built)


def outbound(board: Board, number: str = "901632960999") -> LegId:
    """Extension 1001 (leg `a`) has called somebody outside, and they talk; the leg outside."""
    board.offer(number, origin=DESK)
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    return callee


def heard(board: Board, leg: LegId) -> list[CallEffect]:
    """The announcement to this leg is played to its end."""
    play = next(one for one in reversed(board.all(Play)) if one.leg == leg and not one.loop)
    board.now += 1.0
    return board.send(PlayEnded(leg=leg, token=play.token, played_ms=1000, total_ms=1000, completed=True))


def gates(board: Board) -> dict[LegId, bool]:
    return {one.leg: one.open for one in board.all(SetGate)}


def opened(board: Board) -> set[LegId]:
    return {leg for leg, is_open in gates(board).items() if is_open}


def said(board: Board) -> list[str]:
    return [say.text for one in board.all(PreparePrompts) for say in one.prompts if isinstance(say, Say)]


def rule_facts(board: Board) -> Iterator[dict[str, object]]:
    return (dict(one.fact.details) for one in board.all(Audit) if one.fact.kind == "recording.rule")


CALLS = {"in": talking, "out": outbound, "internal": internal}


@pytest.mark.parametrize("direction", CALLS)
@pytest.mark.parametrize("mode", MODES)
def test_each_mode_in_each_direction(mode: Mode, direction: str) -> None:
    rule = Rule(mode=mode, directions=frozenset({direction}), place="recording.yaml:2")
    board = ruled(rule)
    callee = CALLS[direction](board)
    stranger = {"in": A, "out": callee}.get(direction)
    if mode == "always" and stranger is not None:
        heard(board, stranger)
    orders = [(one.kind, one.leg) for one in board.all(StartRecording)]
    assert orders == ([("call", stranger or A)] if mode == "always" else [])
    assert gates(board) == ({A: True, callee: True} if mode == "always" else {})
    assert list(rule_facts(board)) == [
        {"mode": mode, "reason": f"recording.yaml:2 direction {direction}: {mode}"}
    ]
    hang_up(board, A)
    reason = "" if mode == "always" else f"recording.yaml:2 direction {direction}: {mode}"
    assert (board.record.recording_reason, bool(board.record.recording)) == (reason, mode == "always")


@pytest.mark.requirement("R-08")
@pytest.mark.parametrize("direction", ["in", "out"])
def test_no_gate_opens_before_the_announcement_was_heard(direction: str) -> None:
    board = ruled(otherwise="always")
    callee = CALLS[direction](board)
    stranger, ours = (A, callee) if direction == "in" else (callee, A)
    assert said(board) == ["This call will be recorded to check that we follow our rules."]
    assert board.last(Play).leg == board.last(StartRecording).leg == stranger
    assert not any(gates(board).values())
    done = heard(board, stranger)
    assert [one for one in done if isinstance(one, SetGate)] == [
        SetGate(leg=stranger, open=True),
        SetGate(leg=ours, open=True),
    ]
    proofs = {one.record.proof.party: one.record.proof for one in board.all(SaveConsent)}
    assert proofs["agent"].prompt == "staff notice 2026-01"
    told = proofs["caller" if direction == "in" else "other"]
    assert (told.state, told.played_ms, told.prompt_sha256) == ("informed", 1000, "ab")


def test_colleagues_hear_nothing_for_they_have_the_standing_notice() -> None:
    board = ruled(otherwise="always")
    internal(board)
    assert said(board) == []
    assert [one.record.proof.state for one in board.all(SaveConsent)] == ["granted", "granted"]


def test_a_colleague_without_the_notice_is_not_kept_and_two_are_not_recorded() -> None:
    def only(*acknowledged: str) -> Board:
        rules = RecordingRules(otherwise="always")
        return Board(
            recording=rules,
            change=lambda context: replace(context, staff_acknowledged=frozenset(acknowledged)),
        )

    board = only("1001")
    internal(board)
    assert board.all(StartRecording) and opened(board) == {A}
    board = only()
    internal(board)
    assert not board.all(StartRecording)
    hang_up(board, A)
    assert board.record.recording_reason == "nobody of those who talk may be recorded"


def test_who_refuses_while_he_is_told_is_not_recorded() -> None:
    board = ruled(otherwise="always", mode="notify_optout")
    bob = talking(board)
    board.send(DigitReceived(leg=A, digit=Secret("2"), duration_ms=100))
    heard(board, A)
    assert board.all(StopRecording) and not any(gates(board).values())
    hang_up(board, A)
    hang_up(board, bob)
    assert (board.record.recording_state, board.record.recording_reason) == (
        "not_consented",
        "notify_optout: declined",
    )


def test_where_the_rule_asks_the_journal_waits_for_the_yes() -> None:
    board = ruled(otherwise="always", mode="optin_all")
    callee = outbound(board)
    heard(board, callee)
    assert not board.all(StartRecording)
    board.send(DigitReceived(leg=callee, digit=Secret("1"), duration_ms=100))
    assert board.last(StartRecording).leg == callee
    assert gates(board) == {callee: True, A: True}


@pytest.mark.parametrize("mode", ["optin_all", "optin_one"])
def test_silence_is_no_yes(mode: str) -> None:
    board = ruled(otherwise="always", mode=mode)
    callee = outbound(board)
    heard(board, callee)
    board.pass_time(9.0)
    heard(board, callee)
    board.pass_time(9.0)
    assert not board.all(StartRecording) and not any(gates(board).values())


def test_where_the_rule_forbids_it_nobody_is_told_or_kept() -> None:
    board = ruled(otherwise="always", mode="never")
    talking(board)
    assert (said(board), board.all(StartRecording), opened(board)) == ([], [], set())
    hang_up(board, A)
    assert board.record.recording_reason == "never: unknown"


def test_where_the_rule_asks_for_nothing_the_recording_begins_at_once() -> None:
    board = ruled(otherwise="always", mode="none")
    callee = talking(board)
    assert (said(board), gates(board)) == ([], {A: True, callee: True})


def test_without_a_key_nobody_is_told_of_a_recording_but_that_it_failed() -> None:
    def keyless(context: CallContext) -> CallContext:
        return everybody(replace(context, recipients=()))

    board = Board(recording=RecordingRules(otherwise="always"), change=keyless)
    talking(board)
    assert said(board) == ["The recording has failed."]  # to the telephone of ours that answered
    hang_up(board, A)
    assert (board.record.recording_state, board.record.recording_reason) == ("failed", "no recording key")


def test_a_sentence_that_nobody_can_speak_records_nobody() -> None:
    board = Board(recording=RecordingRules(otherwise="always"), change=everybody, unspeakable="recorded")
    talking(board)
    assert not any(gates(board).values())
    assert board.all(StopRecording)


def test_a_transfer_to_a_stranger_tells_him_too_and_keeps_one_recording() -> None:
    board = ruled(otherwise="always")
    bob = talking(board)
    heard(board, A)
    outside = refer(board, bob, "901632960999")
    answer(board, outside)
    assert gates(board) == {A: True, bob: True, outside: False}
    heard(board, outside)
    assert gates(board)[outside]
    assert len(board.all(StartRecording)) == 1


def test_a_transfer_to_whom_the_rules_leave_out_ends_the_recording() -> None:
    never = Rule(mode="off", extensions=frozenset({"1002"}), place="recording.yaml:2")
    board = ruled(never, otherwise="always")
    bob = talking(board)
    heard(board, A)
    answer(board, refer(board, bob, "1002"))
    assert len(board.all(StopRecording)) == 1
    hang_up(board, A)
    assert board.record.recording_reason == "recording.yaml:2 extension 1002: off"


def test_a_transfer_before_the_end_of_the_announcement_begins_it_anew() -> None:
    board = ruled(otherwise="always")
    bob = talking(board)
    answer(board, refer(board, bob, "1002"))
    assert board.all(StopPlay) and len(said(board)) == 2
    heard(board, A)
    assert gates(board)[A] and bob not in opened(board)


def test_a_worker_that_dies_meanwhile_lets_it_begin_anew() -> None:
    board = ruled(otherwise="always")
    talking(board)
    n_played = len(board.all(Play))
    board.send(LegLost(leg=A))
    assert len(board.all(Play)) == n_played + 1
    assert not any(gates(board).values())
    heard(board, A)
    assert gates(board)[A]


def test_a_call_for_help_is_neither_announced_nor_recorded() -> None:
    board = ruled(otherwise="always")
    outbound(board, "999")
    assert (said(board), board.all(StartRecording)) == ([], [])
    assert list(rule_facts(board)) == [{"mode": "off", "reason": EMERGENCY}]
    hang_up(board, A)
    assert board.record.recording_reason == EMERGENCY


def test_the_group_that_a_flow_rings_decides_for_a_caller_who_was_told() -> None:
    board = ruled(Rule(mode="always", groups=frozenset({"support"})))
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    assert not board.all(StartRecording)
    n_said = len(said(board))
    agent = board.last(PlaceCall).leg
    answer(board, agent)
    assert [(one.kind, one.leg) for one in board.all(StartRecording)] == [("call", A)]
    assert gates(board) == {A: True, agent: True}
    assert len(said(board)) == n_said, "nobody hears it twice"


def test_who_said_no_to_a_flow_is_not_asked_again() -> None:
    board = ruled(otherwise="always", mode="notify_optout")
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.send(DigitReceived(leg=A, digit=Secret("2"), duration_ms=80))
    board.finish_prompt()
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    n_said = len(said(board))
    answer(board, board.last(PlaceCall).leg)
    assert len(said(board)) == n_said
    assert not any(gates(board).values())


def yes(board: Board, leg: LegId) -> list[CallEffect]:
    """He hears the question and agrees."""
    return [*heard(board, leg), *board.send(DigitReceived(leg=leg, digit=Secret("1"), duration_ms=100))]


def test_of_two_strangers_nobody_is_kept_before_both_have_agreed() -> None:
    board = ruled(Rule(mode="off", extensions=frozenset({"1003"})), otherwise="always", mode="optin_all")
    bob = talking(board)
    outside = refer(board, bob, "901632960999")
    answer(board, outside)
    yes(board, A)
    assert (board.all(StartRecording), opened(board)) == ([], set()), "the other has not agreed yet"
    yes(board, outside)
    assert len(board.all(StartRecording)) == 1
    assert opened(board) == {A, outside}
    assert len(board.all(SaveConsent)) == 2


def test_who_agreed_is_not_kept_either_if_the_other_refuses() -> None:
    board = ruled(Rule(mode="off", extensions=frozenset({"1003"})), otherwise="always", mode="optin_all")
    bob = talking(board)
    outside = refer(board, bob, "901632960999")
    answer(board, outside)
    yes(board, A)
    board.send(DigitReceived(leg=outside, digit=Secret("2"), duration_ms=100))
    heard(board, outside)
    assert (board.all(StartRecording), opened(board)) == ([], set())
    states = sorted(one.record.proof.state for one in board.all(SaveConsent))
    assert states == ["declined", "granted"], "what each has said is on record"


def test_a_gate_that_another_call_has_opened_is_shut_before_the_journal_begins() -> None:
    board = ruled(otherwise="segment")
    bob = internal(board)
    offered(board, "b", "901632960999", "1003")
    outside = board.last(PlaceCall).leg
    answer(board, outside)
    board.send(LegConfirmed(leg=LegId("b")))
    board.send(RecordRequested(leg=LegId("b"), on=True))
    heard(board, outside)
    board.send(RecordRequested(leg=LegId("b"), on=False))
    assert outside in opened(board)
    board.send(TransferRequested(leg=bob, target="1001", is_attended=True, replaced=LegId("b")))
    began = board.send(RecordRequested(leg=A, on=True))
    start = next(i for i, one in enumerate(began) if isinstance(one, StartRecording))
    assert SetGate(leg=outside, open=False) in began[:start]
    assert opened(board).isdisjoint({A, outside})
    heard(board, outside)
    assert opened(board) >= {A, outside}


def test_who_speaks_now_is_told_anew() -> None:
    board = ruled(otherwise="always", change=trusting)
    bob = talking(board)
    heard(board, A)
    board.send(PeerIdentified(leg=A, from_user="", asserted_user="01632960150"))
    assert (opened(board), len(said(board))) == ({bob}, 2)
    heard(board, A)
    assert opened(board) == {A, bob}


def test_who_speaks_now_was_not_told_what_an_earlier_segment_told_another() -> None:
    board = ruled(otherwise="segment", change=trusting)
    bob = talking(board)
    board.send(RecordRequested(leg=bob, on=True))
    heard(board, A)
    board.send(RecordRequested(leg=bob, on=False))
    board.send(PeerIdentified(leg=A, from_user="", asserted_user="01632960150"))
    board.send(RecordRequested(leg=bob, on=True))
    assert (opened(board), len(said(board))) == (set(), 2)
    heard(board, A)
    assert opened(board) == {A, bob}


@pytest.mark.parametrize("otherwise", ["always", "on_demand"])
def test_a_transfer_to_the_emergency_desk_ends_the_recording(otherwise: Mode) -> None:
    board = ruled(otherwise=otherwise)
    bob = talking(board)
    if otherwise == "on_demand":
        board.send(RecordRequested(leg=bob, on=True))
    heard(board, A)
    n_said = len(said(board))
    answer(board, refer(board, bob, "999"))
    assert len(board.all(StopRecording)) == 1
    assert len(said(board)) == n_said, "an answered call for help is not held up by an announcement"
    hang_up(board, A)
    assert board.record.recording_reason == EMERGENCY
