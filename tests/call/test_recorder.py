"""The recorder of a call: one journal at a time, no end without a beginning, messages with their box."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.effects import Audit, CountMessages, SaveMessage
from pbx.call.record import Message
from pbx.core.ids import RecordingId
from pbx.media.effects import (
    NoteInRecording,
    StartRecording,
    StopRecording,
)
from pbx.media.events import RecordingFailed, RecordingStarted, RecordingStopped
from pbx.recording.rules import RecordingRules
from tests.call.captures import (
    AGENT,
    CALLER,
    CONTEXT,
    LEG,
    NOW,
    capture,
    decision,
    kinds,
    party,
    proof,
    running,
)


def test_without_a_key_nothing_is_recorded_and_the_record_says_why() -> None:
    one = capture(replace(CONTEXT, recipients=()))
    effects = one.announce(LEG, decision(), NOW)
    assert kinds(effects) == ["recording.failed"]
    effects += one.settle(LEG, proof(), True, NOW)
    assert kinds(effects) == ["recording.failed", "consent.granted"]  # not tried a second time
    assert not any(isinstance(effect, StartRecording | NoteInRecording) for effect in effects)
    assert (one.state, one.reason, one.recording) == ("failed", "no recording key", None)


def test_where_calls_are_not_recorded_only_messages_are() -> None:
    one = capture(replace(CONTEXT, recording=RecordingRules(otherwise="off")))
    effects = one.announce(LEG, decision(), NOW)
    effects += one.settle(LEG, proof(), True, NOW)
    assert kinds(effects) == ["recording.rule", "consent.granted"]
    assert not any(isinstance(effect, StartRecording | NoteInRecording) for effect in effects)
    assert (one.state, one.recording) == ("off", None)
    (start,) = one.start(LEG, "voicemail", NOW)
    assert isinstance(start, StartRecording)


@pytest.mark.requirement("REG-07")
def test_a_message_has_its_box_from_the_start_and_is_counted_after_it() -> None:
    one = capture()
    started, saved = one.take_message(LEG, "support", NOW)
    assert isinstance(started, StartRecording)
    message = Message(recording=started.recording, tenant="acme", box="support")
    assert saved == SaveMessage(message=message)
    assert one.stop("recorded") == [
        StopRecording(recording=started.recording),
        CountMessages(tenant="acme", box="support", after=started.recording),
    ]


def test_a_message_that_cannot_be_recorded_is_none() -> None:
    one = capture(replace(CONTEXT, recipients=()))
    assert kinds(one.take_message(LEG, "support", NOW)) == ["recording.failed"]
    assert one.stop("recorded") == []


def test_a_second_start_does_not_orphan_the_first_journal() -> None:
    one = running()
    first = one.recording
    assert one.announce(LEG, decision(), NOW) == []
    assert one.start(LEG, "call", NOW) == []
    assert first is not None
    assert one.stop("recorded") == [StopRecording(recording=first)]


def test_after_a_stop_another_recording_may_start() -> None:
    one = running()
    first = one.recording
    one.stop("recorded")
    (start,) = one.start(LEG, "voicemail", NOW)
    assert isinstance(start, StartRecording)
    assert start.kind == "voicemail"
    assert start.recording != first


@pytest.mark.parametrize(("state", "expected"), [("recorded", "none"), ("not_consented", "not_consented")])
def test_what_never_started_is_never_called_recorded(state: str, expected: str) -> None:
    one = capture()
    assert one.stop(state) == []
    assert one.state == expected


def test_a_journal_is_stopped_once_and_keeps_its_first_state() -> None:
    one = running()
    assert len(one.stop("recorded")) == 1
    assert one.stop("not_consented") == []
    assert one.state == "recorded"


def test_the_worker_tells_when_it_records_and_when_it_cannot() -> None:
    one = capture()
    one.start(LEG, "call", NOW)
    assert one.recording is not None
    assert kinds(one.handle(RecordingStarted(recording=one.recording))) == ["recording.started"]
    assert (one.state, one.is_running) == ("recording", True)
    assert one.handle(RecordingStopped(recording=one.recording, duration_ms=5)) == []
    failed = one.handle(RecordingFailed(recording=one.recording, reason="disk full"))
    (fact,) = (effect.fact for effect in failed if isinstance(effect, Audit))
    assert fact.kind == "recording.failed"
    assert fact.details == {"recording": one.recording, "chapter": "1", "reason": "disk full"}
    assert (one.state, one.reason, one.is_running) == ("failed", "disk full", False)
    assert one.stop("recorded") == []
    assert one.state == "failed"


@pytest.mark.requirement("R-17")
def test_a_worker_that_does_not_answer_is_stopped_and_has_failed() -> None:
    one = capture()
    one.start(LEG, "call", NOW)
    assert one.recording is not None
    stop, fact = one.give_up("no answer")
    assert stop == StopRecording(recording=one.recording)
    assert kinds([fact]) == ["recording.failed"]
    assert one.handle(RecordingStarted(recording=one.recording)) == []
    assert (one.state, one.reason) == ("failed", "no answer")


def test_a_start_that_is_confirmed_after_the_stop_changes_nothing() -> None:
    one = capture()
    one.announce(LEG, decision(), NOW)
    one.settle(LEG, proof("declined"), False, NOW)
    assert one.recording is not None
    assert one.handle(RecordingStarted(recording=one.recording)) == []
    assert one.state == "not_consented"


def test_facts_about_another_recording_are_ignored() -> None:
    one = running()
    assert one.handle(RecordingFailed(recording=RecordingId("other"), reason="disk full")) == []
    assert one.state == "recording"


def test_identifiers_are_not_repeated() -> None:
    one = running()
    one.settle(LEG, proof(), True, NOW)
    one.joined(party(AGENT, "extension/1001"), CALLER, NOW)
    assert len({*one.facts.consents, str(one.recording)}) == 4


def test_time_is_the_wall_clock() -> None:
    assert capture().time(NOW + 60) == datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
