"""What is being played to a leg: clips one after the other, cut into frames."""

from typing import Literal

from pbx.core.ids import Token
from pbx.media.clip import PCM_FORMS, QUIET, UNIT, Clip, Form, Stateless
from pbx.media.g711 import SAMPLE_RATE

__all__ = ["FRAME_MS", "FRAME_SAMPLES", "Clip", "Player"]

FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000


class Player:
    """Plays `clips` once, or again and again with `loop`; `total_ms` is 0 when it has no end.

    Every kind of frame takes the same 20 ms, so a leg may change its codec while it listens.
    """

    __slots__ = ("_at", "_clips", "_index", "_loop", "_played", "token", "total_ms")

    def __init__(self, token: Token, clips: tuple[Clip, ...], *, loop: bool) -> None:
        self.token = token
        self._clips = tuple(clip for clip in clips if clip.pcm and clip.n_samples != 0)
        self._loop = loop
        self._index = self._at = self._played = 0
        lengths = [clip.n_samples for clip in self._clips]
        finite = [length for length in lengths if length is not None]
        endless = loop or len(finite) < len(lengths)
        self.total_ms = 0 if endless else sum(finite) * 1000 // SAMPLE_RATE

    @property
    def playable(self) -> bool:
        """False when no source has a single sample."""
        return bool(self._clips)

    @property
    def played_ms(self) -> int:
        return self._played * 1000 // SAMPLE_RATE

    def frame(self, rate: Literal[8000, 16000] = 8000) -> bytes | None:
        """Return the next 20 ms of PCM16, padded with silence at the very end; None when all was played."""
        return self._next(PCM_FORMS[rate])

    def encoded_frame(self, encoding: Stateless) -> bytes | None:
        """Return the next 20 ms as G.711, cut from what each clip keeps ready; else as `frame`."""
        return self._next(encoding)

    def _next(self, form: Form) -> bytes | None:
        out = b""
        left = FRAME_SAMPLES
        while left and self._clips:
            if self._index == len(self._clips):
                if not self._loop:
                    break
                self._index = 0
            clip = self._clips[self._index]
            piece = clip.cut(self._at, left, form)
            n_samples = len(piece) // UNIT[form]
            self._at += n_samples
            if self._at == clip.n_samples:
                self._index, self._at = self._index + 1, 0
            left -= n_samples
            out = piece if not out else out + piece
        if not out:
            return None
        self._played += FRAME_SAMPLES - left
        return out if not left else out.ljust(FRAME_SAMPLES * UNIT[form], QUIET[form])
