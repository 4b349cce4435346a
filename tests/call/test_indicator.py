"""Who talks is told what has become of the recording: what, whom, when, and what if it cannot be said."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import CallEffect, PreparePrompts
from pbx.call.events import LegLost, PromptsReady
from pbx.call.indicator import BEEP, MOST_S, TONE_MS, WAIT_S
from pbx.call.pause import MAX_PAUSE_S
from pbx.core.ids import LegId
from pbx.media.dialogue import Say
from pbx.media.effects import FileSource, Play, StartRecording, ToneSource
from pbx.media.events import PlayEnded, RecordingFailed, RecordingStarted
from pbx.recording.indication import WORDS
from pbx.sip.events import ReinviteOffered
from tests.call.conftest import ANSWER, Board
from tests.call.parties import A, answer, hang_up, refer, talking
from tests.call.test_key_orders import press
from tests.call.test_telling import heard, ruled, said

pytestmark = pytest.mark.requirement("R-17")
EN = WORDS["en-GB"]


def announcing(context: CallContext) -> CallContext:
    return replace(context, on_recording_failure="announce_unrecorded")


def recorded(board: Board) -> LegId:
    """Alice (leg `a`) and Bob talk and are recorded; Bob's leg."""
    bob = talking(board)
    heard(board, A)
    board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    return bob


def fail(board: Board) -> None:
    board.send(RecordingFailed(recording=board.last(StartRecording).recording, reason="No space left"))


def told(board: Board, since: int = 0) -> list[tuple[LegId, str]]:
    """Who was told what, in the order of the plays."""
    plays = {one.token: one.leg for one in board.all(Play)}
    words = [(one.token, say) for one in board.all(PreparePrompts) for say in one.prompts]
    return [
        (plays[token], say.text) for token, say in words[since:] if token in plays and isinstance(say, Say)
    ]


def test_a_failure_is_told_to_our_telephone_alone() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    n_said = len(said(board))
    fail(board)
    assert told(board, n_said) == [(bob, EN["failed"])]
    fail(board)
    assert len(said(board)) == n_said + 1


@pytest.mark.requirement("R-16")
def test_the_party_outside_is_told_where_the_tenant_wants_that() -> None:
    board = ruled(otherwise="always", change=announcing)
    board.journal = True
    bob = recorded(board)
    n_said = len(said(board))
    fail(board)
    assert sorted(told(board, n_said)) == sorted([(A, EN["unrecorded"]), (bob, EN["failed"])])


def test_with_somebody_else_the_recording_begins_anew_and_nobody_is_told_that_it_failed() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    fail(board)
    n_said = len(said(board))
    answer(board, refer(board, bob))
    assert len(board.all(StartRecording)) == 2
    assert EN["failed"] not in [text for _, text in told(board, n_said)]


def test_what_cannot_be_said_is_a_tone() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    board.unspeakable = EN["failed"]
    fail(board)
    tone = board.last(Play)
    assert (tone.leg, tone.token) == (bob, BEEP)
    assert tone.sources == (ToneSource(country="gb", tone="record", duration_ms=TONE_MS),)


class Slow(Board):
    """Prompts take their time."""

    is_slow = False

    def _absorb(self, effects: list[CallEffect]) -> None:
        kept = [one for one in effects if not (self.is_slow and isinstance(one, PreparePrompts))]
        self.effects += [one for one in effects if one not in kept]
        super()._absorb(kept)


def slow() -> tuple[Slow, LegId]:
    template = ruled(otherwise="always").tenant_plan.context
    board = Slow(recording=template.recording, change=lambda _: template)
    bob = recorded(board)
    board.is_slow = True
    return board, bob


def test_a_sentence_that_takes_too_long_is_a_tone_within_a_second() -> None:
    board, bob = slow()
    fail(board)
    before, at = len(board.all(Play)), board.now
    board.pass_time(1.0)
    (tone,) = board.all(Play)[before:]
    assert (tone.leg, tone.token, WAIT_S <= 1.0) == (bob, BEEP, True)
    late = board.last(PreparePrompts)
    source = FileSource(path="p.wav", sha256="00", duration_ms=1000)
    board.send(PromptsReady(call=late.call, token=late.token, sources=(source,), sha256="ab"))
    assert board.all(Play)[before:] == [tone], "it is not said after the tone as well"
    assert at < board.now


def test_the_next_news_waits_until_the_first_is_heard() -> None:
    board = ruled(otherwise="always", change=lambda context: replace(context, withdraw_key="*9"))
    bob = recorded(board)
    press(board, A, "*9")
    first = next(one for one in reversed(board.all(Play)) if one.leg == bob)
    n_said = len(said(board))
    fail(board)
    assert said(board)[n_said:] == []
    board.send(PlayEnded(leg=bob, token=first.token, played_ms=9, total_ms=9, completed=True))
    assert told(board, n_said) == [(bob, EN["failed"])]


def test_a_player_that_never_ends_holds_up_nothing_for_long() -> None:
    board = ruled(otherwise="always", change=lambda context: replace(context, withdraw_key="*9"))
    bob = recorded(board)
    press(board, A, "*9")
    n_said = len(said(board))
    fail(board)
    board.pass_time(MOST_S)
    board.send(ReinviteOffered(leg=A, offer=ANSWER))  # something happens
    assert (bob, EN["failed"]) in told(board, n_said)


def test_who_holds_is_told_when_he_hears_again() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    board.send(ReinviteOffered(leg=bob, offer=ANSWER + b"a=sendonly\r\n"))
    n_said = len(said(board))
    fail(board)
    assert said(board)[n_said:] == []
    board.send(ReinviteOffered(leg=bob, offer=ANSWER))
    assert told(board, n_said) == [(bob, EN["failed"])]


def test_a_media_worker_that_dies_keeps_the_parties_no_longer_apart() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    n_said, first = len(said(board)), board.last(StartRecording)
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=bob))
    goes_on = board.last(StartRecording)
    assert (goes_on.recording, goes_on.chapter) == (first.recording, first.chapter + 1)
    assert told(board, n_said) == []


def test_the_worker_that_dies_in_the_middle_of_a_sentence() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    fail(board)
    n_said = len(said(board))
    board.send(LegLost(leg=bob))
    assert told(board, n_said) == [(bob, EN["failed"])]


def test_a_pause_of_his_own_is_no_news() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    n_said = len(said(board))
    press(board, bob, "*61")
    press(board, bob, "*62")
    assert said(board)[n_said:] == []


@pytest.mark.requirement("R-20")
def test_a_pause_that_was_forgotten_is() -> None:
    board = ruled(otherwise="always")
    bob = recorded(board)
    n_said = len(said(board))
    press(board, bob, "*61")
    board.pass_time(MAX_PAUSE_S)
    assert told(board, n_said) == [(bob, EN["resumed"])]


def test_nobody_is_told_in_a_call_that_is_over() -> None:
    board = ruled(otherwise="always")
    recorded(board)
    hang_up(board, A)
    n_said = len(said(board))
    fail(board)
    assert said(board)[n_said:] == []
