"""Takes: somebody at a telephone speaks a prompt, hears it, and keeps it, tries again or gives up.

While he speaks `#` ends the take. Then 1 keeps it, 2 begins another, 3 plays it again and * gives up. Every
other key, at another moment, is ignored: people touch keys.
"""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from pbx.media.g711 import SAMPLE_RATE

MAX_TAKE_S = 600.0  # as long as a recording of a prompt may be
ASK_S = 60.0  # without a key after the take was played: whoever was there has gone
MIN_TAKE_S = 0.3  # less is a noise, not a word
EDGE_S = 0.1  # of silence is left at both ends
_FRAME = SAMPLE_RATE // 50
_AUDIBLE = 150.0  # of 32767: -47 dBFS, above the idle noise of any codec, below a whisper


class Wish(StrEnum):
    """What is to be done now."""

    RECORD = "record"
    PLAY = "play"
    KEEP = "keep"
    GIVE_UP = "give up"
    NOTHING = "nothing"


class _State(StrEnum):
    SPEAKING = "speaking"
    ASKED = "asked"
    OVER = "over"


_KEYS: Mapping[tuple[_State, str], tuple[_State, Wish]] = {
    (_State.SPEAKING, "#"): (_State.ASKED, Wish.PLAY),
    (_State.SPEAKING, "*"): (_State.OVER, Wish.GIVE_UP),
    (_State.ASKED, "1"): (_State.OVER, Wish.KEEP),
    (_State.ASKED, "2"): (_State.SPEAKING, Wish.RECORD),
    (_State.ASKED, "3"): (_State.ASKED, Wish.PLAY),
    (_State.ASKED, "*"): (_State.OVER, Wish.GIVE_UP),
}


class Takes:
    """Which wish a key is; it begins while somebody speaks the first take."""

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state = _State.SPEAKING

    @property
    def limit_s(self) -> float:
        """How long a key is waited for."""
        return MAX_TAKE_S if self._state is _State.SPEAKING else ASK_S

    def press(self, key: str) -> Wish:
        """Return what the key means."""
        self._state, wish = _KEYS.get((self._state, key), (self._state, Wish.NOTHING))
        return wish

    def late(self) -> Wish:
        """Nobody has pressed a key in time: a long take ends, and whoever is asked has gone."""
        return self.press("#" if self._state is _State.SPEAKING else "*")

    def unheard(self) -> Wish:
        """Nothing was said: the take begins anew."""
        self._state = _State.SPEAKING
        return Wish.RECORD


def trimmed(pcm: bytes) -> bytes:
    """Return PCM16 of 8 kHz without the silence at its ends; empty when nobody has said a word."""
    samples = np.frombuffer(pcm[: len(pcm) // (2 * _FRAME) * 2 * _FRAME], "<i2").astype(np.float64)
    levels = np.sqrt(np.square(samples.reshape(-1, _FRAME)).mean(axis=1)) if len(samples) else np.zeros(0)
    audible = np.flatnonzero(levels >= _AUDIBLE)
    if len(audible) * _FRAME < MIN_TAKE_S * SAMPLE_RATE:
        return b""
    edge = int(EDGE_S * SAMPLE_RATE) // _FRAME
    first, last = max(int(audible[0]) - edge, 0), int(audible[-1]) + 1 + edge
    return pcm[2 * first * _FRAME : 2 * min(last, len(levels)) * _FRAME]
