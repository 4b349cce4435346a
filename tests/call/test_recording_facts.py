"""What is written down about a recording: cut to a length, and only where there is a journal."""

from pbx.call.effects import SaveConsent
from pbx.call.pause import MAX_REASON
from pbx.call.recording_facts import RecordingFacts, note
from pbx.core.ids import RecordingId
from pbx.media.effects import NoteInRecording
from tests.call.captures import CONTEXT, NOW, capture, proof


def facts() -> RecordingFacts:
    return capture(CONTEXT).facts


def test_every_proof_is_named_in_the_record() -> None:
    one = facts()
    effects = [effect for _ in range(2) for effect in one.proof(proof(), NOW)]
    assert one.consents == [saved.record.consent for saved in effects if isinstance(saved, SaveConsent)]
    assert len(set(one.consents)) == 2


def test_a_reason_has_its_limit() -> None:
    one = facts()
    for length, kept in ((MAX_REASON, MAX_REASON), (MAX_REASON + 1, MAX_REASON)):
        reason = "x" * length
        orders = [one.ordered("flow", reason, on=True), one.paused(None, "flow", reason)]
        orders += [one.resumed(None, "flow", reason, 1.04)]
        assert [len(str(order.fact.details["reason"])) for order in orders] == [kept] * 3


def test_what_happened_is_in_the_kind() -> None:
    one, recording = facts(), RecordingId("r-1")
    told = [
        one.ordered("extension/1001", "record key", on=True),
        one.ordered("extension/1001", "record key", on=False),
        one.refused("extension/1001", "off"),
        one.paused(recording, "flow", "card"),
        one.resumed(recording, "flow", "", 2.04),
    ]
    kinds = [order.fact.kind.removeprefix("recording.") for order in told]
    assert kinds == ["ordered", "order_ended", "refused", "paused", "resumed"]
    assert told[-1].fact.details == {"recording": "r-1", "actor": "flow", "reason": "", "seconds": "2.0"}


def test_without_a_journal_there_is_no_note() -> None:
    assert note(None, "pause", on="true") == []
    kept = NoteInRecording(recording=RecordingId("r-1"), kind="pause", details={"on": "true"})
    assert note(RecordingId("r-1"), "pause", on="true") == [kept]
