"""The order that begins a recording, and the journal that comes of it."""

from pathlib import Path

from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import StartRecording
from pbx.recording.age import Identity, parse_header, unwrap_header
from pbx.recording.journal import Item, JournalReader, split_journal
from tests.integration.media_parties import CALL

RECORDING = RecordingId("rec")


def recorded(leg: LegId, *recipients: Identity, recording: RecordingId = RECORDING) -> StartRecording:
    """Return the order to record a leg of the call, readable for these."""
    return StartRecording(
        recording=recording,
        leg=leg,
        tenant="acme",
        call=CALL,
        kind="call",
        recipients=tuple(str(one.recipient) for one in recipients),
        started_at="2026-01-01T00:00:00Z",
    )


def opened(spool: Path, identity: Identity, recording: RecordingId = RECORDING) -> list[Item]:
    """Return what is in the journal."""
    octets = (spool / f"{recording}.jrn").read_bytes()
    header, offset = split_journal(octets)
    found = unwrap_header(parse_header(header), [identity])
    assert found is not None
    return JournalReader(found[0], offset).read(octets[offset:])
