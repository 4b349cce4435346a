"""Own channels: what each of several in a room says, kept beside the mix that the recorded party is sent.

Only whom the party can hear, and only while it can: who is muted, or whispers to another, is not in its
recording. Whose voice may be kept is asked of the speaker's tap, packet by packet, as with the first two.
"""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from pbx.core.audio import MAX_CHANNELS
from pbx.core.ids import LegId
from pbx.media.io.tap import FORMAT, SENT, Recording, Tap

TAKEN, LEFT, FULL = "channel.taken", "channel.left", "channel.full"  # kinds of notes
SEVERAL = 2  # one voice alone is what channel 2 has, but for the recording of a room


class Voice(Protocol):
    """Somebody whom the recorded party hears."""

    @property
    def leg(self) -> LegId: ...

    @property
    def tap(self) -> Tap: ...

    @property
    def payload_types(self) -> str:
        """What the payload types of its packets mean, "" when that is as in RFC 3551."""
        ...


class OwnChannels:
    """Of one recording: which stream is whose. Each party has one that nobody had, while there are any."""

    __slots__ = ("_fresh", "_recording", "_sits", "_turned_away", "_vacant")

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._fresh = deque(range(SENT + 1, MAX_CHANNELS))
        self._vacant: dict[int, LegId] = {}  # whose it was; the one that is vacant longest comes first
        self._sits: dict[LegId, tuple[int, Tap]] = {}
        self._turned_away: set[LegId] = set()

    def hear(self, voices: Sequence[Voice]) -> None:
        """These are in the mix from now on, and nobody else: who may not be kept is one of several too."""
        audible = {voice.leg: voice for voice in voices}
        for leg in [leg for leg in self._sits if leg not in audible]:
            self._rise(leg)
        if len(audible) < (1 if self._recording.each_own else SEVERAL) and not self._sits:
            return
        for leg, voice in audible.items():
            if leg not in self._sits and voice.tap.gate_open:
                self._sit(voice)

    def end(self) -> None:
        """The recording keeps nothing more."""
        for _, tap in self._sits.values():
            tap.drop(self._recording)
        self._sits.clear()

    def _sit(self, voice: Voice) -> None:
        recording, stream = self._recording, self._free(voice.leg)
        if stream is None:
            if voice.leg not in self._turned_away:
                self._turned_away.add(voice.leg)
                recording.tell(FULL, {"leg": voice.leg})
            return
        recording.tell(TAKEN, {"leg": voice.leg, "channel": str(stream + 1)})
        if voice.payload_types:
            recording.tell(FORMAT, {"leg": voice.leg, "payload_types": voice.payload_types})
        if not recording.has_failed:
            self._sits[voice.leg] = (stream, voice.tap)
            voice.tap.add(recording, stream)

    def _free(self, leg: LegId) -> int | None:
        """Return the stream that was the party's, else one for it, None = all are taken."""
        own = next((stream for stream, whose in self._vacant.items() if whose == leg), None)
        if own is None and self._fresh:
            return self._fresh.popleft()
        own = next(iter(self._vacant), None) if own is None else own
        if own is not None:
            del self._vacant[own]
        return own

    def _rise(self, leg: LegId) -> None:
        if leg not in self._sits:  # the recording has just failed, and ended
            return
        stream, tap = self._sits.pop(leg)
        self._vacant[stream] = leg
        tap.drop(self._recording)
        self._recording.tell(LEFT, {"leg": leg, "channel": str(stream + 1)})
