"""What signalling hears and orders, as metrics: through a real switchboard, and fact by fact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.call.effects import Audit, CallEffect, CallFinished, CheckCaller, SaveCall
from pbx.call.events import CallerChecked, CallEvent
from pbx.call.record import CallRecord, LegRecord
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.effects import StartRecording
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped, StreamQuality
from pbx.observe import call_counts as module
from pbx.observe import catalogue as c
from pbx.observe.call_counts import CallCounts
from pbx.observe.metric import Metric, Rows, Spread
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, LegEnded, LegRejected, LegRinging
from tests.call.conftest import ANSWER, Board
from tests.call.support import to_question, type_date

A = LegId("a")
AT = datetime(2026, 11, 24, tzinfo=UTC)
GOOD = StreamQuality(loss=0.004, jitter_ms=3.0, round_trip_ms=20.0, r=90.0, mos=4.2)
POOR = StreamQuality(loss=0.3, jitter_ms=80.0, round_trip_ms=None, r=40.0, mos=1.8)
RECORD = CallRecord(
    call=CallId("c"),
    tenant="acme",
    direction="inbound",
    called="+441632960100",
    caller_number="+447700900123",
    offered_at=AT,
)


class Counted(Board):
    """A switchboard, and what is counted of it."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = CallCounts(("acme",))

    def send(self, event: CallEvent) -> list[CallEffect]:
        self.counts.take(event, self.now)
        effects = super().send(event)
        for effect in effects:
            self.counts.take(effect, self.now)
        return effects

    def place(self) -> LegId:
        """A telephone calls the network."""
        self.offer("901632960150", origin=DeviceOrigin(tenant="acme", extension="1001"))
        return self.last(PlaceCall).leg


def rows(counts: CallCounts, metric: Metric) -> Rows:
    """The series that have counted something."""
    (family,) = [one for one in counts.families() if one.metric is metric]
    return tuple(row for row in family.rows if row[1] and (isinstance(row[1], float) or sum(row[1].counts)))


def totals(counts: CallCounts, metric: Metric) -> dict[tuple[str, ...], tuple[int, float]]:
    """Of each series of a histogram: how many values, and their sum."""
    found = {labels: value for labels, value in rows(counts, metric) if isinstance(value, Spread)}
    return {labels: (sum(spread.counts), spread.total) for labels, spread in found.items()}


def told(counts: CallCounts, kind: str, call: str = "c", **details: str) -> None:
    """A fact of record."""
    fact = AuditFact(kind=kind, call=CallId(call), tenant="acme", details={**details})
    counts.take(Audit(fact=fact), 0.0)


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_a_call_begins_once_and_ends_once(counted: Counted) -> None:
    to_question(counted)
    assert rows(counted.counts, c.CALLS_BEGUN) == ((("acme", "inbound"), 1.0),)
    assert rows(counted.counts, c.CALLS_ENDED) == ()
    counted.now += 5.0
    counted.send(LegEnded(leg=A, by_peer=True, how="bye"))
    assert rows(counted.counts, c.CALLS_BEGUN) == ((("acme", "inbound"), 1.0),)
    assert rows(counted.counts, c.CALLS_ENDED) == ((("acme", "bye"), 1.0),)
    assert totals(counted.counts, c.CALL_DURATION) == {("inbound",): (1, 7.0)}
    assert rows(counted.counts, c.TRUNK_ATTEMPTS) == ((("acme", "carrier", "in"), 1.0),)
    assert rows(counted.counts, c.TRUNK_ANSWERED) == ((("acme", "carrier", "in"), 1.0),)


def test_a_call_out_is_an_attempt_of_its_trunk(counted: Counted) -> None:
    leg = counted.place()
    counted.now += 2.0
    counted.send(LegRinging(leg=leg, status=180))
    counted.now += 4.0
    counted.send(LegAnswered(leg=leg, answer=ANSWER))
    counted.send(LegConfirmed(leg=A))
    counted.now += 90.0
    counted.send(LegEnded(leg=leg, by_peer=True, how="bye"))
    counted.send(LegEnded(leg=A, by_peer=False, how="bye"))
    way = ("acme", "carrier", "out")
    for metric in (c.TRUNK_ATTEMPTS, c.TRUNK_ANSWERED):
        assert rows(counted.counts, metric) == ((way, 1.0),)
    assert totals(counted.counts, c.POST_DIAL_DELAY) == {("acme", "carrier"): (1, 2.0)}
    assert totals(counted.counts, c.TRUNK_DURATION) == {way: (1, 90.0)}


def test_a_carrier_that_refuses(counted: Counted) -> None:
    leg = counted.place()
    counted.send(LegRejected(leg=leg, status=486, reason="Busy Here"))
    assert rows(counted.counts, c.TRUNK_FAILED) == ((("acme", "carrier", "out", "busy"), 1.0),)
    assert rows(counted.counts, c.INVITES_REFUSED) == ((("busy",), 1.0),)
    assert counted.last(Reject).leg == A
    counted.send(LegEnded(leg=A, by_peer=False, how="bye"))
    assert rows(counted.counts, c.CALLS_ENDED) == ((("acme", "busy"), 1.0),)
    assert rows(counted.counts, c.CALL_DURATION) == ()


@pytest.mark.requirement("R-17")
def test_a_failed_recording_is_counted_at_once(counted: Counted) -> None:
    to_question(counted)
    recording = counted.last(StartRecording).recording
    counted.send(RecordingStarted(recording=recording))
    assert rows(counted.counts, c.RECORDINGS_BEGUN) == ((("acme",), 1.0),)
    assert counted.counts.n_recordings == 1
    counted.send(RecordingFailed(recording=recording, reason="No space left on device"))
    assert rows(counted.counts, c.RECORDINGS_FAILED) == ((("spool_full",), 1.0),)
    assert counted.counts.n_recordings == 0


def test_what_a_recording_may_come_to() -> None:
    counts = CallCounts()
    for name in ("r1", "r2", "r3"):
        told(counts, "recording.started", recording=name)
    counts.take(RecordingStopped(recording=RecordingId("r1"), duration_ms=1000), 0.0)
    assert counts.n_recordings == 2
    told(counts, "recording.interrupted", recording="r2")
    told(counts, "recording.paused", recording="r3")
    told(counts, "consent.withdrawn")
    told(counts, "recording.finished", recording="r1")
    told(counts, "recording.unreadable", recording="r2", reason="the header says 31121901")
    told(counts, "self_check.failed", recording="r1")
    for metric, labels in (
        (c.RECORDINGS_INTERRUPTED, ()),
        (c.RECORDINGS_PAUSED, ()),
        (c.CONSENTS_WITHDRAWN, ()),
        (c.RECORDINGS_STORED, ("acme",)),
        (c.RECORDINGS_FAILED, ("unreadable",)),
        (c.RECORDINGS_DAMAGED, ()),
    ):
        assert rows(counts, metric) == ((labels, 1.0),), metric.name
    assert counts.n_recordings == 1
    counts.take(CallFinished(call=CallId("c")), 0.0)
    assert counts.n_recordings == 0, "its worker died and said nothing of it"


def test_a_recording_that_could_not_begin_is_a_failure_without_a_name() -> None:
    counts = CallCounts()
    told(counts, "recording.failed", reason="no recording key")
    assert rows(counts, c.RECORDINGS_FAILED) == ((("no_key",), 1.0),)
    told(counts, "recording.failed", reason="")
    assert dict(rows(counts, c.RECORDINGS_FAILED))[("other",)] == 1.0


def test_quality_is_counted_once_for_each_leg_and_direction() -> None:
    counts = CallCounts()
    trunk = LegRecord(
        leg=A, role="caller", party="trunk/blue", number="", offered_at=AT, heard=GOOD, sent=POOR
    )
    desk = replace(trunk, leg=LegId("b"), party="extension/1001", heard=POOR, sent=None)
    gone = replace(desk, leg=LegId("d"), cause="transferred")
    odd = replace(desk, leg=LegId("e"), party="+447700900123", heard=GOOD)
    record = replace(RECORD, answered_at=AT, ended_at=AT, cause="bye", legs=(trunk, desk, gone, odd))
    counts.take(SaveCall(record=record), 0.0)
    counts.take(SaveCall(record=record), 0.0)
    counts.take(CallFinished(call=RECORD.call), 0.0)
    counts.take(CallFinished(call=RECORD.call), 0.0)
    for metric in (c.RTP_LOSS, c.RTP_JITTER, c.RTP_OPINION):
        found = totals(counts, metric)
        assert found.keys() == {
            ("trunk", "heard"),
            ("trunk", "sent"),
            ("extension", "heard"),
            ("other", "heard"),
        }
        assert {n for n, _ in found.values()} == {1}
    assert totals(counts, c.TRUNK_OPINION) == {("acme", "blue"): (1, 4.2)}
    assert totals(counts, c.RTP_JITTER)["trunk", "sent"] == (1, 0.08)


def test_a_wall_clock_that_was_set_back_makes_no_negative_call() -> None:
    counts = CallCounts()
    record = replace(RECORD, answered_at=AT, ended_at=AT - timedelta(hours=1), cause="bye")
    counts.take(SaveCall(record=record), 0.0)
    counts.take(CallFinished(call=RECORD.call), 0.0)
    assert totals(counts, c.CALL_DURATION) == {("inbound",): (1, 0.0)}


@pytest.mark.parametrize(
    ("kind", "metric", "labels"),
    [
        ("defence.banned", c.DEFENCE_BANS, ("acme",)),
        ("fraud.suspended", c.TOLL_SUSPENSIONS, ("acme",)),
        ("fraud.country_held", c.TOLL_SUSPENSIONS, ("acme",)),
        ("marketing.passed", c.MARKETING_PASSED, ("acme",)),
        ("marketing.opted_out", c.MARKETING_OPT_OUTS, ("acme",)),
        ("consent.unspoken", c.CONSENTS_UNSPOKEN, ("acme",)),
        ("prompt.fell_back", c.PROMPTS_FELL_BACK, ("acme",)),
        ("prompt.missing", c.PROMPTS_MISSING, ("acme",)),
        ("emergency.called", c.HELP_CALLED, ("acme",)),
        ("emergency.failed", c.HELP_FAILED, ("acme",)),
        ("media.refused", c.MEDIA_REFUSED, ()),
        ("audio.high_loss", c.AUDIO_FAULTS, ("high_loss",)),
        ("trunk.up", c.TRUNK_UP, ("acme", "blue")),
        ("trunk.registered", c.TRUNK_REGISTERED, ("acme", "blue")),
    ],
)
def test_facts_of_record(kind: str, metric: Metric, labels: tuple[str, ...]) -> None:
    counts = CallCounts()
    told(counts, kind, trunk="blue", user="+447700900123")
    assert rows(counts, metric) == ((labels, 1.0),)


def test_a_trunk_goes_down_and_comes_back() -> None:
    counts = CallCounts()
    for kind in ("trunk.up", "trunk.down"):
        told(counts, kind, trunk="blue")
    (family,) = [one for one in counts.families() if one.metric is c.TRUNK_UP]
    assert family.rows == ((("acme", "blue"), 0.0),)


@pytest.mark.requirement("V-07")
def test_an_unknown_fact_is_nobodys_label() -> None:
    counts = CallCounts()
    before = counts.families()
    for kind in ("audio.31121901", "trunk.31121901", "consent.granted", "audio."):
        told(counts, kind, trunk="blue", reason="31121901")
    assert counts.families() == before


def test_there_is_an_end_to_calls_that_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OPEN", 2)
    counts = CallCounts()
    for name in "abc":
        counts.take(SaveCall(record=replace(RECORD, call=CallId(name))), 0.0)
        told(counts, "recording.started", call=name, recording=name)
    assert counts.n_recordings == 2
    for name in "abc":
        counts.take(CallFinished(call=CallId(name)), 0.0)
    assert counts.n_recordings == 0
    assert rows(counts, c.CALLS_ENDED) == ((("acme", "other"), 2.0),)


@pytest.mark.requirement("V-12")
def test_tries_to_verify_a_caller() -> None:
    board = Counted()
    to_question(board)
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=False, reason="locked"))
    assert rows(board.counts, c.VERIFY_TRIES) == ((("locked",), 1.0),)


def test_lag() -> None:
    counts = CallCounts()
    counts.lag(0.3)
    assert totals(counts, c.LOOP_LAG) == {(): (1, 0.3)}
