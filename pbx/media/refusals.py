"""Refusals: why a leg gets no port, and what is answered to orders for a worker that is not there."""

from enum import StrEnum

from pbx.media.effects import CloseLeg, MediaEffect, OpenStream, Play, StartRecording
from pbx.media.events import LegClosed, LegStats, MediaEvent, PlayEnded, RecordingFailed, StreamEnded


class Refusal(StrEnum):
    """Every one of them is the caller's 503 in the end."""

    DRAINING = "worker is draining"  # another one may take the leg
    NO_PORT = "no free RTP port"
    NO_WORKER = "the media worker is down"
    OVERLOADED = "every media worker is overloaded"


def refusal(effect: MediaEffect) -> MediaEvent | None:
    """Return what a worker says of a leg that it does not have, None = nothing."""
    match effect:
        case CloseLeg():
            return LegClosed(leg=effect.leg, stats=LegStats())
        case Play():
            return PlayEnded(leg=effect.leg, token=effect.token, played_ms=0, total_ms=0, completed=False)
        case StartRecording():
            return RecordingFailed(recording=effect.recording, reason=Refusal.NO_WORKER)
        case OpenStream():
            return StreamEnded(leg=effect.leg, stream=effect.stream, reason="failed")
        case _:
            return None
