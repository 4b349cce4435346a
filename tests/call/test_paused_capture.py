"""A pause of the recording: what is kept of it, who ends it, and what it outlives."""

from collections.abc import Mapping

import pytest

from pbx.call.capture import Capture
from pbx.call.effects import Audit, CallEffect
from pbx.media.effects import NoteInRecording, StartRecording
from pbx.media.events import RecordingFailed
from tests.call.captures import LEG, NOW, capture, kinds, running


def paused(one: Capture, on: bool) -> NoteInRecording:
    assert one.recording is not None
    return NoteInRecording(recording=one.recording, kind="pause", details={"on": str(on).lower()})


def details(effects: list[CallEffect], kind: str) -> Mapping[str, object]:
    (fact,) = [one.fact for one in effects if isinstance(one, Audit) and one.fact.kind == kind]
    return fact.details


@pytest.mark.requirement("R-19")
def test_a_pause_is_noted_in_the_recording_and_on_the_record() -> None:
    one = running()
    begun = one.pause("flow", "card number", NOW)
    assert begun[0] == paused(one, True)
    assert details(begun, "recording.paused") == {
        "recording": one.recording,
        "actor": "flow",
        "reason": "card number",
    }
    assert one.pause("extension/1001", "record key", NOW + 1) == []
    ended = one.unpause("extension/1001", "record key", NOW + 12.5)
    assert ended[0] == paused(one, False)
    assert details(ended, "recording.resumed")["seconds"] == "12.5"
    assert one.unpause("flow", "", NOW + 13) == []


@pytest.mark.requirement("R-20")
def test_a_forgotten_pause_ends_after_five_minutes_with_an_alarm() -> None:
    one = running()
    one.pause("flow", "card number", NOW)
    assert one.deadline == NOW + 300
    assert one.tick(NOW + 299) == []
    ended = one.tick(NOW + 300)
    assert kinds(ended) == ["recording.pause_overdue", "recording.resumed"]
    assert paused(one, False) in ended
    assert one.deadline is None


def test_what_is_not_recorded_cannot_be_paused() -> None:
    assert capture().pause("flow", "", NOW) == []
    message = capture()
    message.take_message(LEG, "support", NOW)
    assert message.pause("flow", "", NOW) == []


@pytest.mark.parametrize("how", ["stopped", "failed"])
def test_a_pause_ends_with_its_recording(how: str) -> None:
    one = running()
    one.pause("flow", "", NOW)
    assert one.recording is not None
    if how == "stopped":
        one.stop("recorded")
    else:
        one.handle(RecordingFailed(recording=one.recording, reason="disk full"))
    assert one.deadline is None


def test_a_pause_outlives_the_media_worker() -> None:
    one = running()
    one.pause("flow", "", NOW)
    again = one.resume(LEG, NOW + 1)
    start = next(index for index, order in enumerate(again) if isinstance(order, StartRecording))
    assert again[start + 1] == paused(one, True)
    assert one.deadline == NOW + 300
