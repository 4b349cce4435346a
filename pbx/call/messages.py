"""The messages that a call's caller leaves: what is kept of him between the beep and the end."""

from pbx.call.capture import Capture
from pbx.call.context import CallContext
from pbx.call.effects import CallEffect
from pbx.core.ids import LegId
from pbx.ivr.effects import LeaveVoicemail
from pbx.media.effects import Listen, SetGate
from pbx.services.voicemail import Voicemail


class Messages:
    """One message at a time; a recording that runs ends before it."""

    __slots__ = ("_capture", "_context", "_is_running", "_leg")

    def __init__(self, leg: LegId, context: CallContext, capture: Capture) -> None:
        self._leg, self._context, self._capture = leg, context, capture
        self._is_running = False

    def begin(self, effect: LeaveVoicemail) -> Voicemail:
        """The dialogue that a flow asks for."""
        return Voicemail(effect, self._context.language)

    def record(self, box: str, now: float) -> tuple[list[CallEffect], bool]:
        """Keep what the caller says from now on; False = nothing can be kept, and nobody pretends."""
        stopped = self._capture.stop("recorded")
        started = self._capture.take_message(self._leg, box, now)
        if not self._capture.is_running:
            return [*stopped, *started], False
        self._is_running = True
        return [*stopped, *started, *self.listened(), SetGate(leg=self._leg, open=True)], True

    def listened(self) -> list[CallEffect]:
        """What a media worker is to tell of a caller who leaves a message."""
        if not self._is_running:
            return []
        return [Listen(leg=self._leg, talk=True, tones_of=self._context.country)]

    def end(self) -> list[CallEffect]:
        """The message is complete."""
        return [SetGate(leg=self._leg, open=False), *self._capture.stop("recorded"), *self.stop()]

    def stop(self) -> list[CallEffect]:
        """Nobody leaves a message any more."""
        was_running, self._is_running = self._is_running, False
        return [Listen(leg=self._leg)] if was_running else []
