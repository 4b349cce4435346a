"""What is being played to a leg: clips one after the other, cut into frames."""

from dataclasses import dataclass

from pbx.core.ids import Token
from pbx.media.g711 import SAMPLE_RATE

FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """PCM16 at 8 kHz, repeated until `n_samples` are played; None = for ever."""

    pcm: bytes
    n_samples: int | None

    def cut(self, at: int, n_samples: int) -> bytes:
        """Return up to `n_samples` samples from sample `at` on."""
        if self.n_samples is not None:
            n_samples = min(n_samples, self.n_samples - at)
        first, need = at * _SAMPLE_BYTES, n_samples * _SAMPLE_BYTES
        if first + need <= len(self.pcm):
            return self.pcm[first : first + need]
        first %= len(self.pcm)
        out = self.pcm[first : first + need]
        while len(out) < need:
            out += self.pcm[: need - len(out)]
        return out


class Player:
    """Plays `clips` once, or again and again with `loop`; `total_ms` is 0 when it has no end."""

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

    def frame(self) -> bytes | None:
        """Return the next 20 ms of PCM16, padded with silence at the very end; None when all was played."""
        out = b""
        need = FRAME_SAMPLES * _SAMPLE_BYTES
        while len(out) < need and self._clips:
            if self._index == len(self._clips):
                if not self._loop:
                    break
                self._index = 0
            out += self._cut(FRAME_SAMPLES - len(out) // _SAMPLE_BYTES)
        if not out:
            return None
        self._played += len(out) // _SAMPLE_BYTES
        return out.ljust(need, b"\0")

    def _cut(self, n_samples: int) -> bytes:
        clip = self._clips[self._index]
        piece = clip.cut(self._at, n_samples)
        self._at += len(piece) // _SAMPLE_BYTES
        if self._at == clip.n_samples:
            self._index, self._at = self._index + 1, 0
        return piece
