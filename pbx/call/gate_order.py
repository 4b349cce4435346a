"""Gate order: what shuts comes before a bridge, for between two orders a packet may be heard."""

from pbx.call.effects import CallEffect
from pbx.media.effects import BridgeLegs, NoteInRecording, SetGate, StartRecording, StopRecording


def shut_first(effects: list[CallEffect]) -> list[CallEffect]:
    """Put first the gates that shut, and where parties meet also the recording that ends with its notes."""
    first: list[CallEffect] = [one for one in effects if isinstance(one, SetGate) and not one.open]
    if any(isinstance(one, BridgeLegs) for one in effects):
        over = {one.recording for one in effects if isinstance(one, StopRecording)}
        over -= {one.recording for one in effects if isinstance(one, StartRecording)}  # it cannot end before
        notes = (one for one in effects if isinstance(one, NoteInRecording | StopRecording))
        first += [one for one in notes if one.recording in over]
    return [*first, *(one for one in effects if one not in first)]
