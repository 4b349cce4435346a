"""What is told of a call in progress."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.leg import Leg
from pbx.call.live import MAX_CALLED, MAX_LEGS, LiveSound, LiveState, live_call, refusal
from pbx.call.pause import Paused
from pbx.call.record import CallRecord
from pbx.core.ids import CallId, LegId
from pbx.core.wire import MAX_MESSAGE
from pbx.media.events import StreamQuality
from pbx.runner.control_messages import MAX_CALLS, REPLIES, CallsAre

RECORD = CallRecord(
    call=CallId("c"),
    tenant="acme",
    direction="inbound",
    called="1",
    caller_number="+447700900123",
    offered_at=datetime(2026, 11, 24, tzinfo=UTC),
)
PAUSED = Paused(actor="operator/ops", reason="card", since=1.0)


@pytest.mark.parametrize(
    ("state", "why", "told", "reason"),
    [
        ("recording", "", "recorded", ""),
        ("starting", "", "starting", ""),
        ("failed", "disk full", "failed", "disk full"),
        ("off", "", "not", "recording is off"),
        ("none", "", "not", "nobody was asked"),
        ("not_consented", "optin_all: declined", "not", "optin_all: declined"),
        ("recorded", "", "not", "the recording has ended"),
    ],
)
def test_the_state_of_a_recording_in_words(state: str, why: str, told: LiveState, reason: str) -> None:
    live = live_call(replace(RECORD, recording_state=state, recording_reason=why), None)
    assert (live.recording, live.reason, live.paused_by) == (told, reason, "")


def test_a_paused_one_says_by_whom_and_why() -> None:
    live = live_call(replace(RECORD, recording_state="recording"), PAUSED)
    assert (live.recording, live.paused_by, live.reason) == ("paused", "operator/ops", "card")


def test_what_can_be_ordered() -> None:
    recorded = live_call(replace(RECORD, recording_state="recording"), None)
    paused = live_call(replace(RECORD, recording_state="recording"), PAUSED)
    off = live_call(replace(RECORD, recording_state="off"), None)
    assert (refusal(recorded, on=False), refusal(paused, on=True)) == ("", "")
    assert refusal(recorded, on=True) == "the recording of call c is not paused"
    assert refusal(paused, on=False) == "the recording of call c is already paused by operator/ops"
    assert refusal(off, on=True) == "call c is not recorded: recording is off"


@pytest.mark.parametrize("length", [MAX_CALLED, MAX_CALLED + 1])
def test_what_was_dialled_is_cut_at_its_limit(length: int) -> None:
    assert live_call(replace(RECORD, called="9" * length), None).called == "9" * MAX_CALLED


def leg_of(party: str) -> Leg:
    """One who talks, with figures as long as they get."""
    sound = StreamQuality(loss=1 / 3, jitter_ms=12345.678, round_trip_ms=1.0, r=93.2, mos=4.409)
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    leg = Leg(id=LegId("f" * 32), role="callee", party=party, number="", offered_at=at)
    leg.heard = leg.sent = sound
    leg.rated_at = at
    return leg


@pytest.mark.requirement("MED-10")
def test_how_each_who_talks_sounds() -> None:
    new = Leg(id=LegId("n"), role="caller", party="trunk/carrier", number="", offered_at=RECORD.offered_at)
    told = live_call(RECORD, None, (), [new, leg_of("extension/1001"), new])
    assert len(told.legs) == MAX_LEGS
    assert (told.legs[0].heard, told.legs[0].sent, told.legs[0].measured_at) == (None, None, "")
    assert told.legs[1].heard == LiveSound(loss=0.3333, jitter_ms=12345.7, mos=4.41)
    assert told.legs[1].measured_at == "2026-11-24T12:00:00+00:00"


def test_the_longest_answer_fits_into_a_message() -> None:
    record = replace(RECORD, call=CallId("c" * 32), called="9" * MAX_CALLED, recording_reason="r" * 256)
    call = live_call(record, None, ("trunk/" + "t" * 64,) * 2, [leg_of("trunk/" + "t" * 64)] * MAX_LEGS)
    assert len(REPLIES.encode(CallsAre(calls=(call,) * MAX_CALLS))) < MAX_MESSAGE
