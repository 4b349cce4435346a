"""What waits for signalling: newer reports replace older ones, digits and answers stay in their order."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import LegId, RecordingId, Token
from pbx.core.secret import Secret
from pbx.media.events import (
    ActiveTalker,
    AudioFault,
    DigitReceived,
    LegClosed,
    LegStats,
    MediaStarted,
    MediaTimedOut,
    PlayEnded,
    QualityReport,
    RecordingFailed,
    StreamQuality,
    TalkStarted,
    TalkStopped,
    ToneHeard,
    WorkerEvent,
    WorkerPace,
)
from pbx.media.outbox import MAX_DIGITS, Outbox

A, B = LegId("a"), LegId("b")
COALESCED = (
    QualityReport,
    MediaStarted,
    MediaTimedOut,
    AudioFault,
    ActiveTalker,
    TalkStarted,
    TalkStopped,
    ToneHeard,
    WorkerPace,
)


def report(leg: LegId, loss: float = 0.0) -> QualityReport:
    heard = StreamQuality(loss=loss, jitter_ms=0.0, round_trip_ms=None, r=93.0, mos=4.4)
    return QualityReport(leg=leg, heard=heard, sent=None)


def digit(leg: LegId, key: str = "1") -> DigitReceived:
    return DigitReceived(leg=leg, digit=Secret(key), duration_ms=100)


def closed(leg: LegId) -> LegClosed:
    return LegClosed(leg=leg, stats=LegStats())


def everything(outbox: Outbox) -> list[WorkerEvent]:
    return [outbox.pop() for _ in range(len(outbox))]


def after(*events: WorkerEvent) -> list[WorkerEvent]:
    outbox = Outbox()
    for event in events:
        outbox.put(event)
    return everything(outbox)


def test_the_newest_report_of_a_leg_is_the_only_one() -> None:
    assert after(report(A, 0.1), report(B), report(A, 0.2)) == [report(B), report(A, 0.2)]


def test_of_talk_only_the_newest_is_told_and_of_tones_each() -> None:
    begun = TalkStarted(leg=A, silent_ms=900, level_dbm0=-20.0)
    ended = TalkStopped(leg=A, talked_ms=900, silent_ms=600, level_dbm0=-20.0)
    busy, fax = (ToneHeard(leg=A, tone=tone, duration_ms=500) for tone in ("busy", "cng"))
    assert after(begun, busy, fax, ended, busy) == [busy, fax, ended]
    assert after(ended, begun) == [begun]


def test_a_newer_state_comes_behind_what_happened_before_it() -> None:
    talks, silent = ActiveTalker(room="r", talker=A), ActiveTalker(room="r", talker=None)
    assert after(talks, digit(A), silent) == [digit(A), silent]
    other = ActiveTalker(room="s", talker=B)
    assert after(talks, other) == [talks, other]


def test_a_state_that_is_the_same_stays_where_it_was() -> None:
    started = MediaStarted(leg=A)
    assert after(started, digit(A), started) == [started, digit(A)]


def test_faults_of_two_kinds_are_two_facts() -> None:
    loss = AudioFault(leg=A, kind="high_loss", detail="6 %")
    jitter = AudioFault(leg=A, kind="high_jitter", detail="90 ms")
    more = AudioFault(leg=A, kind="high_loss", detail="9 %")
    assert after(loss, jitter, more) == [jitter, more]


def test_the_latest_silence_counts() -> None:
    first, second = (MediaTimedOut(leg=A, silent_ms=ms) for ms in (30_000, 31_000))
    assert after(first, MediaStarted(leg=A), second) == [MediaStarted(leg=A), second]


def test_a_leg_that_has_ended_needs_no_report() -> None:
    assert after(report(A), digit(A), report(B), closed(A)) == [digit(A), report(B), closed(A)]


def test_digits_and_answers_are_never_merged() -> None:
    facts: list[WorkerEvent] = [
        *(digit(A), digit(A), digit(A, "2")),
        *(RecordingFailed(recording=RecordingId("r"), reason="full"),) * 2,
        *(PlayEnded(leg=A, token=Token(1), played_ms=0, total_ms=0, completed=False),) * 2,
        *(closed(A),) * 2,
    ]
    assert after(*facts) == facts


def test_what_may_be_replaced_is_a_closed_list() -> None:
    assert set(COALESCED) < set(get_args(WorkerEvent))


@pytest.mark.parametrize(
    ("n", "kept", "refused"), [(MAX_DIGITS, MAX_DIGITS, 0), (MAX_DIGITS + 1, MAX_DIGITS, 1)]
)
def test_a_leg_has_a_limit_of_digits_and_keeps_the_first(n: int, kept: int, refused: int) -> None:
    outbox = Outbox()
    for number in range(n):
        outbox.put(digit(A, str(number)))
    outbox.put(digit(B))
    assert (len(outbox), outbox.n_refused) == (kept + 1, refused)
    assert outbox.pop() == digit(A, "0")
    outbox.put(digit(A, "late"))
    assert everything(outbox)[-1] == digit(A, "late")


def test_the_latest_pace_of_a_worker_counts() -> None:
    assert after(WorkerPace(late_ms=1.0), digit(A), WorkerPace(late_ms=2.0)) == [
        digit(A),
        WorkerPace(late_ms=2.0),
    ]


def test_nothing_waits() -> None:
    outbox = Outbox()
    with pytest.raises(IndexError):
        outbox.pop()
    for _ in range(MAX_DIGITS):
        outbox.put(digit(A))
    outbox.clear()
    assert len(outbox) == 0
    outbox.put(digit(A))
    assert outbox.n_refused == 0


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from("dqmc"), st.integers(0, 9)), max_size=200))
def test_order_per_leg_is_kept_and_reports_do_not_pile_up(script: list[tuple[LegId, str, int]]) -> None:
    events: list[WorkerEvent] = []
    for leg, kind, n in script:
        match kind:
            case "d":
                events.append(digit(leg, str(n)))
            case "q":
                events.append(report(leg, n / 10))
            case "m":
                events.append(MediaStarted(leg=leg))
            case _:
                events.append(closed(leg))
    found = after(*events)
    lossless = [event for event in events if not isinstance(event, COALESCED)]
    assert [event for event in found if not isinstance(event, COALESCED)] == lossless
    assert sum(isinstance(event, COALESCED) for event in found) <= 4
