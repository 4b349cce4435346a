"""Utterance: where an answer begins and ends in what a party says, by the level of its audio alone."""

from collections import deque
from enum import StrEnum

from pbx.media.talk_watch import FRAME_BYTES, FRAME_MS, TalkWatch

SILENCE_S = 8.0  # without a word: the party does not answer
END_S = 1.1  # of silence: between day, month and year people pause for less
LONGEST_S = 12.0  # of talk, pauses included; eight digits that are said slowly take six
LEAD_S = 0.4  # kept from before the talk: its first sound is soft
LIMIT_S = SILENCE_S + LONGEST_S + END_S  # every utterance is over by then
_LEAD = int(LEAD_S * 1000) // FRAME_MS


class End(StrEnum):
    """How it ended."""

    SAID = "said"
    SILENCE = "silence"
    ENDLESS = "endless"  # it talks on and on: no answer to a question


class Utterance:
    """Takes PCM16 of 8 kHz, gives back what belongs to the answer. `end` None = it is not over."""

    __slots__ = ("_lead", "_n_frames", "_rest", "_watch", "end")

    def __init__(self) -> None:
        self._watch = TalkWatch()
        self._lead: deque[bytes] | None = deque(maxlen=_LEAD)  # None = the party has begun to talk
        self._n_frames = 0  # since it listens, then since the talk began
        self._rest = b""
        self.end: End | None = None

    def feed(self, pcm: bytes) -> bytes:
        """Return what is part of the answer, after its end nothing."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        return b"".join(self._frame(pcm[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES))

    def _frame(self, pcm: bytes) -> bytes:
        if self.end is not None:
            return b""
        self._watch.feed(pcm)
        self._n_frames += 1
        heard_s = self._n_frames * FRAME_MS / 1000
        if self._lead is not None:
            self._lead.append(pcm)
            if not self._watch.talks:
                self.end = End.SILENCE if heard_s >= SILENCE_S else None
                return b""
            first, self._lead, self._n_frames = b"".join(self._lead), None, 0
            return first
        if self._watch.silent_ms >= END_S * 1000:
            self.end = End.SAID
        elif heard_s >= LONGEST_S:
            self.end = End.ENDLESS
        return pcm
