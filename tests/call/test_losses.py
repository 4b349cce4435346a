"""What is left of a call when one of its legs, or its media, is lost."""

import pytest

from pbx.call.connect import Connect
from pbx.call.effects import Audit, SaveCall
from pbx.call.leg import LegState
from pbx.call.losses import LIVE_RECORD_S, NOTHING, Losses
from pbx.core.ids import LegId
from pbx.media.events import (
    AudioFault,
    LegClosed,
    LegFailed,
    LegStats,
    MediaTimedOut,
    QualityReport,
    StreamQuality,
)
from pbx.sip.effects import HangUp
from pbx.sip.events import LegEnded
from tests.call.conftest import Board
from tests.call.parties import A, refer, talking

GOOD = StreamQuality(loss=0.0, jitter_ms=1.0, round_trip_ms=20.0, r=93.0, mos=4.4)
BAD = StreamQuality(loss=0.2, jitter_ms=60.0, round_trip_ms=None, r=50.0, mos=2.6)


def losses(board: Board) -> tuple[Losses, Connect]:
    call = next(iter(board.switchboard.calls.values()))
    return call.parts.losses, call.parts.connect


def test_either_of_two_who_talk_ends_the_call(board: Board) -> None:
    bob = talking(board)
    of, connect = losses(board)
    loss = of.of(LegEnded(leg=bob, by_peer=True, how="bye"), board.now)
    assert (loss.by, loss.cause, loss.status) == ("callee", "bye", 0)
    assert connect.legs[bob].state is LegState.ENDED
    loss = of.of(LegEnded(leg=A, by_peer=False, how="bye"), board.now)
    assert (loss.by, loss.cause) == ("system", "bye")


def test_the_callers_port_is_the_callers_call(board: Board) -> None:
    talking(board)
    of, _ = losses(board)
    loss = of.of(LegFailed(leg=A, reason="x"), board.now)
    (fact,) = loss.effects
    assert loss.status == 503 and isinstance(fact, Audit)
    assert (fact.fact.kind, fact.fact.details) == ("media.refused", {"reason": "x"})
    assert of.of(MediaTimedOut(leg=A, silent_ms=1), board.now).cause == "media_timeout"


@pytest.mark.requirement("CF-04")
def test_a_transferor_takes_nobody_with_him(board: Board) -> None:
    bob = talking(board)
    refer(board, bob)
    of, _ = losses(board)
    for event in (MediaTimedOut(leg=bob, silent_ms=1), LegFailed(leg=bob, reason="x")):
        loss = of.of(event, board.now)
        assert (loss.effects, loss.cause, loss.lost) == ((HangUp(leg=bob),), "", None)
    assert of.of(LegEnded(leg=bob, by_peer=True, how="bye"), board.now).cause == ""


def test_a_port_given_back_and_a_leg_nobody_knows_are_nothing(board: Board) -> None:
    talking(board)
    of, connect = losses(board)
    assert of.of(LegClosed(leg=A, stats=LegStats()), board.now) == NOTHING
    assert not connect.legs[A].port_open
    assert of.of(LegEnded(leg=LegId("?"), by_peer=True, how="bye"), board.now) == NOTHING


def test_what_is_known_of_the_audio_stays_with_the_leg(board: Board) -> None:
    talking(board)
    of, connect = losses(board)
    assert of.of(QualityReport(leg=A, heard=GOOD, sent=BAD), board.now) == NOTHING
    assert (connect.legs[A].record().heard, connect.legs[A].record().sent) == (GOOD, BAD)
    of.of(LegClosed(leg=A, stats=LegStats(heard_quality=BAD)), board.now)
    assert (connect.legs[A].record().heard, connect.legs[A].record().sent) == (BAD, BAD)


def test_a_fault_of_the_audio_is_a_fact_and_ends_nothing(board: Board) -> None:
    talking(board)
    of, _ = losses(board)
    loss = of.of(AudioFault(leg=A, kind="high_loss", detail="9% of the packets are lost"), board.now)
    [effect] = loss.effects
    assert isinstance(effect, Audit)
    assert (effect.fact.kind, effect.fact.tenant) == ("audio.high_loss", "acme")
    assert effect.fact.details == {"leg": A, "role": "caller", "detail": "9% of the packets are lost"}
    assert (loss.cause, loss.status) == ("", 0)


def test_the_record_of_a_call_in_progress_has_the_figures_every_half_minute(board: Board) -> None:
    talking(board)
    report = QualityReport(leg=A, heard=GOOD, sent=None)
    call = next(iter(board.switchboard.calls.values()))
    saved = [
        [effect for effect in call.handle(report, board.now + after) if isinstance(effect, SaveCall)]
        for after in (0, LIVE_RECORD_S - 0.1, LIVE_RECORD_S)
    ]
    assert [len(one) for one in saved] == [1, 0, 1]
    assert saved[0][0].record.legs[0].heard == GOOD
