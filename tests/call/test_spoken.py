"""A caller who says his date of birth: what the media worker is ordered, and what is on the record."""

from dataclasses import replace

import pytest

from pbx.call.effects import CheckCaller
from pbx.call.events import LegLost
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.steps import FlowPlan, HangUp, Verify
from pbx.media.events import DigitReceived
from pbx.media.speech_orders import StopTranscribing, Transcribe, Transcribed
from pbx.sip.events import LegConfirmed, LegEnded
from pbx.verify.prompts import TEXTS
from tests.call.conftest import Board
from tests.call.support import SUPPORT, board_with, facts, said

A = LegId("a")
EN = TEXTS["en-GB"]
VERIFY = Verify(
    methods=("phone_number", "date_of_birth"), attempts=None, verified="end", otherwise="end", by_voice=True
)
FLOW = FlowPlan(name="support", start="who", steps={"who": VERIFY, "end": HangUp(text="")})


def asked(*, hears: bool = True) -> Board:
    """The caller has heard the question."""
    board = board_with(flows={"support": FLOW}, hears=hears)
    board.offer(SUPPORT, number="+447700900123")
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    return board


def answered(board: Board, **changed: object) -> Transcribed:
    order = board.last(Transcribe)
    answer = Transcribed(
        leg=A,
        token=order.token,
        outcome="heard",
        words=Secret("third of february nineteen eighty"),
        confidence=0.95,
    )
    return replace(answer, **changed)  # type: ignore[arg-type]


def test_what_he_says_is_compared() -> None:
    board = asked()
    order = board.last(Transcribe)
    assert (order.leg, order.grammar, order.language) == (A, "date_of_birth", "en-GB")
    board.send(answered(board))
    assert board.last(CheckCaller).date_of_birth == Secret("19800203")
    (fact,) = facts(board, "verification.spoken")
    assert fact == {"outcome": "taken"}


@pytest.mark.requirement("V-07")
def test_his_words_are_on_no_record() -> None:
    board = asked()
    board.send(answered(board))
    assert "february" not in repr(facts(board, "verification.spoken"))


def test_words_of_another_leg_or_question_are_not_his() -> None:
    board = asked()
    board.send(answered(board, leg=LegId("b")))
    board.send(answered(board, token=Token(board.last(Transcribe).token + 1)))
    assert facts(board, "verification.spoken") == []
    board.send(answered(board))
    board.send(answered(board))
    assert len(facts(board, "verification.spoken")) == 1


def test_a_key_ends_the_listening() -> None:
    board = asked()
    board.send(DigitReceived(leg=A, digit=Secret("0"), duration_ms=80))
    assert board.last(StopTranscribing) == StopTranscribing(leg=A)
    board.send(answered(board))
    assert facts(board, "verification.spoken") == []


def test_whoever_hangs_up_while_he_speaks_is_gone() -> None:
    board = asked()
    answer = answered(board)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.send(answer)
    assert facts(board, "verification.spoken") == []


def test_without_a_recogniser_he_is_asked_for_keys_at_once() -> None:
    board = asked(hears=False)
    assert said(board)[-1] == EN.ask
    assert not [effect for effect in board.effects if isinstance(effect, Transcribe)]


def test_when_the_worker_that_listens_dies_he_is_asked_for_keys() -> None:
    board = asked()
    board.send(LegLost(leg=A))
    assert said(board)[-1] == EN.ask
    assert facts(board, "verification.spoken") == [{"outcome": "failed"}]
    board.send(answered(board))
    assert not board.all(CheckCaller)
