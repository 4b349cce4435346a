"""Features on the caller's leg: only the active dialogue hears, and a stopped one says nothing."""

from collections.abc import Mapping

import pytest

from pbx.call.effects import Audit, CheckCaller, PreparePrompts
from pbx.call.events import CallerChecked, LegLost
from pbx.conditions.condition import Condition
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.speech import Words
from pbx.ivr.steps import FlowPlan, HangUp, MediaStream, Ring, Say, Step, When
from pbx.media.effects import (
    CloseStream,
    NoteInRecording,
    OpenStream,
    Play,
    StopPlay,
)
from pbx.media.events import DigitReceived, StreamEnd, StreamEnded
from pbx.phrases.phrase import Spoken
from pbx.phrases.shipped import shipped_languages
from pbx.sip.effects import HangUp as HangUpLeg
from pbx.sip.effects import PlaceCall
from pbx.sip.events import InfoDigit, LegConfirmed, LegEnded
from pbx.sip.record_header import RecordRequested
from pbx.sip.stir.condition import VerdictCondition
from pbx.sip.stir.verdict import Status, StirVerdict, failed
from tests.call.conftest import Board, contact
from tests.call.support import SUPPORT, board_with, facts, said, to_agents, to_question, type_date

A = LegId("a")
PASSED = StirVerdict(status=Status.PASSED, attestation="A")


def test_prompts_follow_one_another_without_overlap(board: Board) -> None:
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    assert len(board.all(Play)) == 1
    board.finish_prompt()
    assert len(board.all(Play)) == 2


def test_digits_by_info_and_by_event_are_the_same(board: Board) -> None:
    to_question(board)
    for digit in "0302198":
        board.send(InfoDigit(leg=A, digit=Secret(digit), duration_ms=100))
    assert not board.all(CheckCaller)
    board.pass_time(1.2)  # sooner it would be the event of a press that INFO has told
    board.send(DigitReceived(leg=A, digit=Secret("0"), duration_ms=100))
    board.pass_time(1.0)
    born = board.last(CheckCaller).date_of_birth
    assert born is not None
    assert born.reveal() == "19800203"
    assert board.last(CheckCaller).number == "+447700900123"


def test_the_check_names_the_trunk_and_shows_no_digit(board: Board) -> None:
    to_question(board)
    type_date(board)
    check = board.last(CheckCaller)
    assert check.trunk == "trunk/carrier"
    assert "1980" not in repr(check)


def test_an_answer_with_a_foreign_token_is_ignored(board: Board) -> None:
    to_question(board)
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=Token(check.token + 99), matched=True, customer="x"))
    board.pass_time(0.9)
    assert board.record.verification == ""


def test_nothing_is_said_after_the_caller_left(board: Board) -> None:
    to_question(board)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    said = len(board.all(PreparePrompts))
    board.send(DigitReceived(leg=A, digit=Secret("1"), duration_ms=80))
    board.pass_time(60.0)
    assert len(board.all(PreparePrompts)) == said
    assert board.all(StopPlay)


@pytest.mark.requirement("SIP-28")
@pytest.mark.parametrize(("verdict", "rings"), [(PASSED, True), (failed(438, "x"), False), (None, False)])
def test_a_flow_goes_by_the_verdict(verdict: StirVerdict | None, rings: bool) -> None:
    steps: dict[str, Step] = {
        "a": When(
            condition=Condition(verdict=VerdictCondition(attestations=("A",))), then="b", otherwise="c"
        ),
        "b": Ring(target="extension/1001", ring_s=20.0, no_answer="c", busy="c"),
        "c": HangUp(),
    }
    board = board_with(flows={"support": FlowPlan(name="support", start="a", steps=steps)})
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT, verdict=verdict)
    board.send(LegConfirmed(leg=A))
    assert bool(board.all(PlaceCall)) is rings


def with_bot() -> Board:
    steps: dict[str, Step] = {
        "a": MediaStream(url=Secret("wss://bot.example/"), next="b", failed="c"),
        "b": Ring(target="extension/1001", ring_s=9.0, no_answer="c", busy="c"),
        "c": HangUp(),
    }
    board = board_with(flows={"support": FlowPlan(name="support", start="a", steps=steps)})
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    return board


@pytest.mark.requirement("MED-14")
@pytest.mark.parametrize(("reason", "rings"), [("bot_closed", True), ("unreachable", False)])
def test_a_bot_has_the_caller_and_gives_him_back(reason: StreamEnd, rings: bool) -> None:
    board = with_bot()
    opened = board.last(OpenStream)
    assert (opened.leg, opened.account) == (A, "acme")
    assert not board.all(PlaceCall)
    board.send(StreamEnded(leg=A, stream=opened.stream, reason=reason))
    assert bool(board.all(PlaceCall)) is rings
    assert bool(board.all(HangUpLeg)) is not rings
    assert facts(board, "stream.ended") == [{"stream": opened.stream, "reason": reason}]
    assert not board.all(CloseStream)


@pytest.mark.requirement("MED-14")
def test_a_bot_is_told_of_its_call() -> None:
    steps: dict[str, Step] = {
        "a": MediaStream(
            url=Secret("wss://bot.example/?from={caller}&to={called}"),
            parameters={"level": "{verification}", "call": "{call}"},
            next=None,
            failed="c",
        ),
        "c": HangUp(),
    }
    board = board_with(flows={"support": FlowPlan(name="support", start="a", steps=steps)})
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    opened = board.last(OpenStream)
    assert opened.url.reveal() == "wss://bot.example/?from=%2B447700900123&to=%2B441632960100"
    assert opened.parameters == {"level": "", "call": next(iter(board.switchboard.calls))}


@pytest.mark.requirement("MED-14")
@pytest.mark.requirement("MED-16")
def test_a_caller_whose_worker_died_is_not_left_with_a_bot_that_is_gone() -> None:
    board = with_bot()
    stream = board.last(OpenStream).stream
    board.send(LegLost(leg=A))
    assert facts(board, "stream.ended") == [{"stream": stream, "reason": "failed"}]
    assert board.all(HangUpLeg) and not board.all(PlaceCall)


@pytest.mark.requirement("MED-14")
def test_a_caller_who_hangs_up_leaves_the_bot() -> None:
    board = with_bot()
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert board.last(CloseStream) == CloseStream(leg=A)
    board.send(StreamEnded(leg=A, stream=board.last(OpenStream).stream, reason="closed"))
    assert not board.all(PlaceCall)


@pytest.mark.requirement("R-20")
def test_a_colleague_pauses_by_the_record_key_and_forgets_it(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    agent = board.last(PlaceCall).leg
    board.send(RecordRequested(leg=A, on=False))
    assert not silences(board), "the caller is no colleague"
    board.send(RecordRequested(leg=agent, on=False))
    assert silences(board) == [{"on": "true"}]
    board.pass_time(299.0)
    assert silences(board) == [{"on": "true"}]
    board.pass_time(1.0)
    assert silences(board) == [{"on": "true"}, {"on": "false"}]
    assert "recording.pause_overdue" in [order.fact.kind for order in board.all(Audit)]


def silences(board: Board) -> list[Mapping[str, str]]:
    return [order.details for order in board.all(NoteInRecording) if order.kind == "pause"]


def reading(*parts: str | Spoken) -> Board:
    """A caller to whom a flow has said sentences and values."""
    steps: dict[str, Step] = {"read": Say(text="", next="end", parts=parts), "end": HangUp()}
    plan = FlowPlan(name="support", start="read", steps=steps)
    board = board_with(flows={"support": plan}, words=Words(grammars=shipped_languages()))
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    return board


@pytest.mark.requirement("IVR-06")
def test_the_caller_hears_his_number_and_the_day_in_words() -> None:
    board = reading(Spoken(kind="telephone", value="{caller}"), Spoken(kind="date", value="{today}"))
    number = "zero seven seven zero zero, nine zero zero, one two three"
    assert said(board) == [f"{number} the twenty-fourth of November, twenty twenty-six"]
    assert facts(board, "prompt.unread") == []


@pytest.mark.requirement("IVR-06")
def test_what_cannot_be_read_is_on_record_without_its_value() -> None:
    board = reading("It comes", Spoken(kind="date", value="2026-02-30"))
    assert facts(board, "prompt.unread") == [{"step": "read", "value": "date"}]
