"""Music on hold: a programme that goes on like a radio, and those who listen to it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pbx.core.ids import Ids
from pbx.media.clip import PCM_FORMS, UNIT, Clip, Form, Stateless
from pbx.media.g711 import SAMPLE_RATE, encode
from pbx.media.player import FRAME_MS, FRAME_SAMPLES

ENTER_MS = 500  # fading in takes its time, fading out does not: somebody is about to speak
LEAVE_MS = 100

Order = Literal["listed", "shuffled"]
Resume = Literal["clock", "here"]

# Which files of a folder are taken for music; what they hold decides when they are read.
# (none)
SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf")


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicClass:
    """What is played to those on hold, and how; without a folder it is the piece that ships with the package.

    `level_db` is relative to speech, at most 0.
    """

    name: str
    folder: Path | None
    order: Order = "listed"
    resume: Resume = "clock"
    level_db: int = -10


class Programme:
    """The pieces of one class, one after the other for ever; the same for everybody who listens.

    A shuffled round is drawn from a seed and its number, so that any moment can be looked up.
    """

    __slots__ = ("_began_at", "_clips", "_n_samples", "_order", "_seed")

    def __init__(self, clips: tuple[Clip, ...], order: Order, ids: Ids, now: float) -> None:
        self._clips = tuple(clip for clip in clips if clip.pcm)
        self._n_samples = sum(_length(clip) for clip in self._clips)
        self._order, self._seed, self._began_at = order, ids.octets(8), now

    @property
    def playable(self) -> bool:
        """False when no piece has a single sample."""
        return bool(self._clips)

    def position(self, now: float) -> int:
        """Return what is on air now: samples since the beginning, in whole frames, the same for all."""
        return max(int((now - self._began_at) * 1000 / FRAME_MS + 0.5), 0) * FRAME_SAMPLES

    def cut(self, at: int, form: Form) -> bytes:
        """Return the 20 ms from sample `at` on."""
        pieces: list[bytes] = []
        left = FRAME_SAMPLES
        while left:
            clip, first = self._on_air(at)
            piece = clip.cut(first, min(left, _length(clip) - first), form)
            pieces.append(piece)
            at += len(piece) // UNIT[form]
            left -= len(piece) // UNIT[form]
        return b"".join(pieces)

    def _on_air(self, at: int) -> tuple[Clip, int]:
        round_number, first = divmod(at, self._n_samples)
        for index in self._round(round_number):
            clip = self._clips[index]
            if first < _length(clip):
                return clip, first
            first -= _length(clip)
        raise AssertionError("a round is as long as its pieces")

    def _round(self, number: int) -> list[int]:
        indexes = list(range(len(self._clips)))
        if self._order == "shuffled":
            indexes.sort(key=lambda index: hashlib.sha256(b"%b:%d:%d" % (self._seed, number, index)).digest())
        return indexes


class MusicListener:
    """One leg on hold: fades in, listens, fades out, and comes back where the clock is or where it left."""

    __slots__ = ("_at", "_faded", "_heard", "_programme", "_resume", "_slope")

    def __init__(self, programme: Programme, resume: Resume) -> None:
        self._programme, self._resume = programme, resume
        self._at: int | None = None
        self._heard = 0
        self._faded, self._slope = 0.0, 0.0  # from 0 = silent to 1; per frame

    @property
    def played_ms(self) -> int:
        return self._heard * FRAME_MS

    @property
    def leaves(self) -> bool:
        """Whether it fades out, and is not to come back."""
        return self._slope < 0.0

    def enter(self, now: float) -> None:
        """Begin or come back: the next frame is the first."""
        if self._at is None or self._resume == "clock":
            self._at = self._programme.position(now)
        self._slope = FRAME_MS / ENTER_MS

    def leave(self) -> None:
        """Fade out; after LEAVE_MS there are no more frames."""
        self._slope = -FRAME_MS / LEAVE_MS

    def frame(self, rate: Literal[8000, 16000] = 8000) -> bytes | None:
        """Return the next 20 ms of PCM16; None before the first `enter` and when it has faded out."""
        return self._next(PCM_FORMS[rate])

    def encoded_frame(self, encoding: Stateless) -> bytes | None:
        """Return the next 20 ms as G.711; else as `frame`."""
        return self._next(encoding)

    def _next(self, form: Form) -> bytes | None:
        begins, ends = self._faded, min(max(self._faded + self._slope, 0.0), 1.0)
        if self._at is None or not self._programme.playable or begins == ends == 0.0:
            return None
        self._faded = ends if ends > 1e-9 else 0.0
        if begins == ends == 1.0:
            octets = self._programme.cut(self._at, form)
        else:
            octets = self._faded_cut(self._at, (begins, ends), form)
        self._at += FRAME_SAMPLES
        self._heard += 1
        return octets

    def _faded_cut(self, at: int, gains: tuple[float, float], form: Form) -> bytes:
        pcm = np.frombuffer(self._programme.cut(at, "wide" if form == "wide" else "narrow"), "<i2")
        # Squares, because the ear hears ratios: a straight line seems to stop suddenly.
        gain = np.square(np.linspace(gains[0], gains[1], len(pcm), endpoint=False))
        faded = np.rint(pcm * gain).astype("<i2").tobytes()
        return encode(faded, form) if form in ("PCMU", "PCMA") else faded


def _length(clip: Clip) -> int:
    """A piece without an end of its own counts once through."""
    return clip.n_samples or len(clip.pcm) // 2


def duration_ms(clips: tuple[Clip, ...]) -> int:
    """Return how long one round takes."""
    return sum(_length(clip) for clip in clips) * 1000 // SAMPLE_RATE
