"""What shuts comes before the bridge."""

from pbx.call.gate_order import shut_first
from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.effects import BridgeLegs, NoteInRecording, SetGate, StartRecording, StopRecording

BRIDGE = BridgeLegs(a=LegId("a"), b=LegId("b"))
SHUT, OPENED = SetGate(leg=LegId("a"), open=False), SetGate(leg=LegId("b"), open=True)
ENDS = StopRecording(recording=RecordingId("r"))


def note(recording: str) -> NoteInRecording:
    return NoteInRecording(recording=RecordingId(recording), kind="party.left", details={})


def test_a_gate_shuts_before_the_bridge() -> None:
    assert shut_first([BRIDGE, OPENED, SHUT]) == [SHUT, BRIDGE, OPENED]


def test_a_recording_ends_before_the_bridge_with_its_notes() -> None:
    assert shut_first([BRIDGE, note("r"), OPENED, ENDS, note("other"), SHUT]) == [
        *(SHUT, note("r"), ENDS),
        *(BRIDGE, OPENED, note("other")),
    ]


def test_one_that_begins_there_does_not_end_before_it_has_begun() -> None:
    begins = StartRecording(
        recording=ENDS.recording,
        leg=LegId("a"),
        tenant="acme",
        call=CallId("c"),
        kind="call",
        recipients=(),
        started_at="",
    )
    assert shut_first([begins, BRIDGE, ENDS]) == [begins, BRIDGE, ENDS]


def test_where_nobody_is_bridged_it_ends_in_its_turn() -> None:
    assert shut_first([note("r"), OPENED, ENDS, SHUT]) == [SHUT, note("r"), OPENED, ENDS]
