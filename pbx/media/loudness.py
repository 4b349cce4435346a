"""The level of a prompt: one channel without cancellation, no DC, as loud as every other, never clipped.

Loudness is gated as in EBU R 128 (blocks of 400 ms, an absolute and a relative gate) but not K-weighted:
what a telephone lets through has nothing that the weighting would change much.
"""

import numpy as np
from numpy.typing import NDArray

TARGET_RMS = 10 ** (-20 / 20)  # -20 dBFS over the spoken parts: the level of a well-behaved phone
PEAK_LIMIT = 10 ** (-1 / 20)
ABSOLUTE_GATE = 10 ** (-60 / 20)  # room noise is not made a prompt
RELATIVE_GATE = 10 ** (-10 / 20)
CLOSE_ENOUGH = 10 ** (0.25 / 20)
MAX_PASSES = 6  # a limiter takes level away; so much louder than the limit no prompt is
BLOCK_S, STEP_S = 0.4, 0.1
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


def spoken_rms(samples: Samples, rate: int) -> float:
    """Return the RMS of the blocks that pass both gates; 0 when none does."""
    block, step = int(rate * BLOCK_S), int(rate * STEP_S)
    total = np.cumsum(np.concatenate([[0.0], np.square(samples, dtype=np.float64)]))
    block = min(block, len(samples)) or 1
    starts = np.arange(0, max(len(samples) - block, 0) + 1, step)
    powers = (total[np.minimum(starts + block, len(samples))] - total[starts]) / block
    loud = powers[powers > ABSOLUTE_GATE**2]
    if not loud.size:
        return 0.0
    spoken = loud[loud >= loud.mean() * RELATIVE_GATE**2]
    return float(np.sqrt(spoken.mean()))


def limited(samples: Samples, rate: int) -> Samples:
    """Return samples whose peaks stay at -1 dBFS; the gain moves smoothly and begins before the peak."""
    peaks = np.abs(samples)
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
        rms = spoken_rms(limited((samples * np.float32(gain)).astype(np.float32), rate), rate)
        if rms == 0.0 or 1 / CLOSE_ENOUGH <= rms / TARGET_RMS <= CLOSE_ENOUGH:
            break
        gain *= TARGET_RMS / rms
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
