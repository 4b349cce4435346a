"""Concealer: what is played in place of lost packets; the last pitch period again, softer and softer.

After the idea of ITU-T G.711 Appendix I without its delay: repetition, blended seams, silence at 60 ms.
"""

import numpy as np
from numpy.typing import NDArray

HISTORY_MS = 40  # two of the longest pitch periods, and a window to find them with
MIN_PITCH_MS, MAX_PITCH_MS = 2.5, 15.0  # 400 to 66 Hz
HOLD_MS, SILENT_MS = 10, 60  # full level until the one, nothing from the other
BEND_MS = 2
SEAM_MS = 5  # over which the real voice takes over again
_WINDOW_MS = 20
_SAMPLE_BYTES = 2

Floats = NDArray[np.float32]


class Concealer:
    """One stream of PCM16; every good frame costs a copy into the history and nothing else."""

    __slots__ = ("_at", "_history", "_history_bytes", "_jump", "_lost", "_period", "_rate")

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._history = b""
        self._history_bytes = self._samples(HISTORY_MS) * _SAMPLE_BYTES
        self._period: Floats | None = None
        self._at = 0  # in the period
        self._jump = 0.0
        self._lost = 0  # samples since the last good one

    def good(self, pcm: bytes) -> bytes:
        """Take samples that arrived; return them, joined smoothly to what was played in their place."""
        if self._lost:
            pcm = self._joined(pcm)
        self._history = (self._history + pcm)[-self._history_bytes :]
        return pcm

    def lost(self, n_samples: int) -> bytes:
        """Return samples in place of lost ones."""
        if self._lost >= self._samples(SILENT_MS) or not self._history:
            self._lost += n_samples
            return bytes(n_samples * _SAMPLE_BYTES)
        return _pcm(self._continued(n_samples))

    def _continued(self, n_samples: int) -> Floats:
        if self._period is None:
            self._period, self._at = self._find_period(), 0
        period = self._period
        index = (self._at + np.arange(n_samples)) % len(period)
        age = self._lost + np.arange(n_samples)
        hold, silent = self._samples(HOLD_MS), self._samples(SILENT_MS)
        gain = np.clip((silent - age) / (silent - hold), 0, 1)
        bend = self._jump * np.clip(1 - age / self._samples(BEND_MS), 0, 1)
        self._at = int(index[-1]) + 1 if n_samples else self._at
        self._lost += n_samples
        return (period[index] * gain + bend).astype(np.float32)

    def _joined(self, pcm: bytes) -> bytes:
        """Fade from the repetition to the voice."""
        n_seam = min(self._samples(SEAM_MS), len(pcm) // _SAMPLE_BYTES)
        before = self._continued(n_seam) if self._history else np.zeros(n_seam, np.float32)
        voice = np.frombuffer(pcm, "<i2")[:n_seam].astype(np.float32)
        rise = (np.arange(n_seam) + 1) / (n_seam + 1)
        self._lost, self._period = 0, None
        seam: Floats = (before * (1 - rise) + voice * rise).astype(np.float32)
        return _pcm(seam) + pcm[n_seam * _SAMPLE_BYTES :]

    def _find_period(self) -> Floats:
        """Return the last pitch period, its end blended so that it repeats without a seam."""
        history = np.frombuffer(self._history.rjust(self._history_bytes, b"\0"), "<i2").astype(np.float32)
        pitch = self._find_pitch(history)
        period = history[-pitch:].copy()
        # A pitch that is a sample off would click where it begins: the difference is bent away.
        self._jump = float(2 * history[-1] - history[-2] - period[0])
        n_blend = pitch // 4
        if n_blend:
            rise = (np.arange(n_blend) + 1) / (n_blend + 1)
            before = history[-pitch - n_blend : -pitch]
            period[-n_blend:] = period[-n_blend:] * (1 - rise) + before * rise
        return period

    def _find_pitch(self, history: Floats) -> int:
        """Return the lag at which the last 20 ms resemble what came before them most."""
        n_window = self._samples(_WINDOW_MS)
        window = history[-n_window:]
        lags = np.arange(self._samples(MIN_PITCH_MS), self._samples(MAX_PITCH_MS) + 1)
        shifted = np.lib.stride_tricks.sliding_window_view(history, n_window)
        candidates = shifted[len(history) - n_window - lags]
        energy = np.sqrt(np.einsum("ij,ij->i", candidates, candidates)) + 1.0
        return int(lags[int(np.argmax(candidates @ window / energy))])

    def _samples(self, ms: float) -> int:
        return int(self._rate * ms / 1000)


def _pcm(samples: Floats) -> bytes:
    return bytes(np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes())
