"""TalkWatch: whether a party talks, from the level of its audio and nothing else.

The background is followed: down at once, up slowly, so a pause between two words brings it back down. What is
well above it is talk. Whatever sounds evenly, a fan or the hum of a line, is background after some seconds.
"""

from typing import NamedTuple

import numpy as np

from pbx.media.tone_spectrum import level_dbm0

RATE = 8000
FRAME_MS = 20
FRAME_BYTES = 2 * RATE * FRAME_MS // 1000
MIN_TALK_DBM0 = -42.0  # speech has -20 dBm0 (ITU-T P.56); of who speaks softly into a bad line, 15 dB less
ABOVE_DB = 8.0  # the background; noise of 20 ms stays within 2 dB of its mean
LOWEST_DBM0 = -70.0  # of the background: a line without any noise, of which the first breath is not talk
FIRST_DBM0 = -50.0  # of the background, at most: who talks from the first packet on is no background
RISE_DB_PER_S = 3.0  # of the background; speech pauses for 20 ms at least once in two seconds
BEGIN_MS = 80  # of talk within the last BEGIN_WITHIN_MS; a click is shorter
BEGIN_WITHIN_MS = 160
END_MS = 600  # without talk; the pauses within a sentence are shorter (ITU-T P.59: 0.5 s on average)
_RISE_DB = RISE_DB_PER_S * FRAME_MS / 1000
_BEGIN_FRAMES, _END_FRAMES = BEGIN_MS // FRAME_MS, END_MS // FRAME_MS
_RECENT = (1 << (BEGIN_WITHIN_MS // FRAME_MS)) - 1


class TalkChange(NamedTuple):
    """The party begins to talk after `silent_ms`, or has ended: it talked `talked_ms` and is silent since.

    `level_dbm0` is the mean of what was loud.
    """

    talks: bool
    talked_ms: int
    silent_ms: int
    level_dbm0: float


class TalkWatch:
    """Hears talk in PCM16 little-endian of 8 kHz; at first the party is silent."""

    __slots__ = ("_background", "_energy", "_n_loud", "_n_silent", "_n_talked", "_recent", "_rest", "talks")

    def __init__(self) -> None:
        self.talks = False
        self._rest = b""
        self._background = FIRST_DBM0
        self._recent = 0  # the last frames as bits, 1 = loud
        self._n_silent = 0  # frames since the last loud one, in silence since the last talk
        self._n_talked = 0  # since the first loud one
        self._energy, self._n_loud = 0.0, 0  # of the loud ones

    @property
    def silent_ms(self) -> int:
        """How long nothing was heard of the party."""
        return self._n_silent * FRAME_MS

    def feed(self, pcm: bytes) -> list[TalkChange]:
        """Take audio of any length; return when talk began and ended in it."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        changes = (self._frame(pcm[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES))
        return [change for change in changes if change is not None]

    def _frame(self, pcm: bytes) -> TalkChange | None:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        energy = float(samples @ samples) / len(samples)
        is_loud = self._is_loud(level_dbm0(energy))
        self._recent = ((self._recent << 1) | is_loud) & _RECENT
        if is_loud:
            self._energy, self._n_loud = self._energy + energy, self._n_loud + 1
        if not self.talks:
            return self._silent()
        self._n_talked += 1
        self._n_silent = 0 if is_loud else self._n_silent + 1
        return self._end() if self._n_silent >= _END_FRAMES else None

    def _is_loud(self, level: float) -> bool:
        self._background = max(min(level, self._background + _RISE_DB), LOWEST_DBM0)
        return level >= max(self._background + ABOVE_DB, MIN_TALK_DBM0)

    def _silent(self) -> TalkChange | None:
        """Talk begins with the first of the loud frames that are near each other."""
        self._n_silent += 1
        if self._recent.bit_count() < _BEGIN_FRAMES:
            if not self._recent:
                self._energy, self._n_loud = 0.0, 0
            return None
        n_frames = self._recent.bit_length()
        change = TalkChange(
            talks=True, talked_ms=0, silent_ms=(self._n_silent - n_frames) * FRAME_MS, level_dbm0=self._level
        )
        self.talks, self._n_talked, self._n_silent = True, n_frames, 0
        return change

    def _end(self) -> TalkChange:
        talked_ms = (self._n_talked - self._n_silent) * FRAME_MS
        change = TalkChange(
            talks=False, talked_ms=talked_ms, silent_ms=self.silent_ms, level_dbm0=self._level
        )
        self.talks, self._recent = False, 0
        self._energy, self._n_loud = 0.0, 0
        return change

    @property
    def _level(self) -> float:
        return level_dbm0(self._energy / max(self._n_loud, 1))
