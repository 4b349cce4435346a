"""The level of a prompt: one channel without cancellation, no DC, as loud as every other, never clipped.

Loudness is that of EBU R 128; its target is not, for -23 LUFS is for programmes that have room for more.
"""

from math import inf

import numpy as np
from numpy.typing import NDArray

from pbx.media.bs1770 import integrated, true_peaks

TARGET_LUFS = -20.0  # over the spoken parts: the level of a well-behaved phone
PEAK_LIMIT = 10 ** (-1 / 20)  # also between the samples
SILENT_LUFS = -58.0  # room noise is not made a prompt
CLOSE_ENOUGH_LU = 0.25
MAX_PASSES = 6  # a limiter takes level away; so much louder than the limit no prompt is
DRIFT_S = 0.1  # what changes more slowly than this is no sound
LOOK_AHEAD_S = 0.005

Samples = NDArray[np.float32]


def one_channel(samples: Samples) -> Samples:
    """Return the mean of the columns, or the loudest one where they would cancel each other."""
    mono: Samples = samples.mean(axis=1, dtype=np.float32)
    powers = np.square(samples, dtype=np.float64).mean(axis=0)
    # Channels that have nothing in common lose 1/n of their power; half of that again is cancellation.
    if float(np.square(mono, dtype=np.float64).mean()) < 0.5 * float(powers.mean()) / len(powers):
        mono = samples[:, int(powers.argmax())]
    return mono


def without_dc(samples: Samples, rate: int) -> Samples:
    """Return the samples without their mean and without what drifts below about 10 Hz."""
    centred = samples - np.float64(samples.mean(dtype=np.float64))
    half = int(rate * DRIFT_S / 2)
    if len(centred) <= 2 * half:
        return np.asarray(centred, np.float32)
    total = np.cumsum(np.concatenate([[0.0], np.pad(centred, half, mode="reflect")]))
    drift = (total[2 * half :] - total[: -2 * half])[: len(centred)] / (2 * half)
    return np.asarray(centred - drift, np.float32)


def limited(samples: Samples, rate: int) -> Samples:
    """Return samples whose peaks stay at -1 dBTP; the gain moves smoothly and begins before the peak."""
    peaks = true_peaks(samples)
    if float(peaks.max(initial=0.0)) <= PEAK_LIMIT:
        return samples
    reach = max(int(rate * LOOK_AHEAD_S), 1)
    needed = np.minimum(1.0, PEAK_LIMIT / np.maximum(peaks, PEAK_LIMIT))
    held = np.pad(needed, 2 * reach, constant_values=1.0)
    for shift in _doubling(2 * reach + 1):
        held = np.minimum(held[:-shift], held[shift:])
    # Each held value is a minimum over all that the mean reaches, so the mean never exceeds what is needed.
    total = np.cumsum(np.concatenate([[0.0], held]))
    gain = (total[2 * reach + 1 :] - total[: -(2 * reach + 1)]) / (2 * reach + 1)
    safe: Samples = np.clip(samples * gain[: len(samples)], -PEAK_LIMIT, PEAK_LIMIT).astype(np.float32)
    return safe


def gain_to_target(samples: Samples, rate: int) -> float:
    """Return the gain that brings the limited samples to the target, 1 for what is silent."""
    gain = 1.0
    for _ in range(MAX_PASSES):
        level = integrated(amplified(samples, gain, rate), rate, SILENT_LUFS)
        missing = 0.0 if level == -inf else TARGET_LUFS - level
        if abs(missing) <= CLOSE_ENOUGH_LU:
            break
        gain *= 10 ** (missing / 20)
    return gain


def amplified(samples: Samples, gain: float, rate: int) -> Samples:
    """Return the samples at this gain, limited."""
    return limited((samples * np.float32(gain)).astype(np.float32), rate)


def _doubling(window: int) -> list[int]:
    """Shifts whose pairwise minima add up to a window of this many samples."""
    shifts, covered = [], 1
    while covered < window:
        shifts.append(min(covered, window - covered))
        covered += shifts[-1]
    return shifts
