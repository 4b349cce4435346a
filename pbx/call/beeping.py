"""Beeping: which beep the parties of the recording hear now, by the regions of those who talk."""

from pbx.call.agreements import Agreements
from pbx.call.context import CallContext
from pbx.call.effects import CallEffect
from pbx.consent.beeps import OFF, BeepProfile
from pbx.core.ids import RecordingId
from pbx.media.effects import NoteInRecording, SetBeep


class Beeping:
    """Orders a beep when it changes; the manifest has its name. Where it sounds knows the media worker."""

    __slots__ = ("_agreements", "_context", "_told")

    def __init__(self, context: CallContext, agreements: Agreements) -> None:
        self._context, self._agreements = context, agreements
        self._told: tuple[RecordingId, BeepProfile | None] | None = None

    def renew(self) -> None:
        """Another media worker goes on with the recording: nobody has told it of a beep."""
        self._told = None

    def follow(self, recording: RecordingId | None) -> list[CallEffect]:
        """This recording of the call runs, None = none does, or one of a message, which never beeps."""
        if recording is None:
            return []
        decision = self._agreements.decision
        regions = decision.regions if decision is not None else ()
        wanted = self._context.beep.of(self._context.rules, regions)
        before = self._told[1] if self._told is not None and self._told[0] == recording else None
        self._told = (recording, wanted)
        if wanted == before:
            return []
        name = OFF if wanted is None else wanted.name
        return [
            SetBeep(recording=recording, beep=None if wanted is None else wanted.beep),
            NoteInRecording(recording=recording, kind="beep", details={"profile": name}),
        ]
