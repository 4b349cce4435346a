"""Loudness and true peak of samples: ITU-R BS.1770-5 Annexes 1 and 2, the meter of EBU R 128.

Loudness is in LUFS, peaks are in dBTP; -inf = nothing passes the gates, or there is no sample.
"""

from math import inf, log10, pi, tan
from typing import Any

import numpy as np
from numpy.typing import NDArray

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
BLOCK_S, STEP_S = 0.4, 0.1
_OFFSET_DB = -0.691  # a sine of 997 Hz at 0 dBFS in one channel is -3.01 LUFS
# The analogue prototypes of the two filters whose coefficients the standard prints for 48 kHz.
_SHELF_HZ, _SHELF_Q, _SHELF_DB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
_SHELF_RISE = 0.4996667741545416  # the exponent of the gain in the middle of the shelf
_FORGOTTEN_S = 0.5  # after so long nothing is left of what went through the filters
_SEGMENT = 1 << 18  # samples filtered at once, so that memory does not grow with the prompt
_OVERSAMPLED: tuple[tuple[float, ...], ...] = (  # BS.1770-5 Annex 2: 4 phases; the others are their mirrors
    (
        0.001708984375, 0.010986328125, -0.0196533203125, 0.033203125, -0.0594482421875, 0.1373291015625,
        0.97216796875, -0.102294921875, 0.047607421875, -0.026611328125, 0.014892578125, -0.00830078125,
    ),
    (
        -0.0291748046875, 0.029296875, -0.0517578125, 0.089111328125, -0.16650390625, 0.465087890625,
        0.77978515625, -0.2003173828125, 0.1015625, -0.0582275390625, 0.0330810546875, -0.0189208984375,
    ),
)  # fmt: skip

Samples = NDArray[np.float32]
_Doubles = NDArray[np.float64]


def integrated(samples: Samples, rate: int, gate: float = ABSOLUTE_GATE_LUFS) -> float:
    """Return the loudness of all blocks that pass both gates; `samples` may have a column per channel.

    What is shorter than a block is one block: a word is a prompt, too.
    """
    if not samples.size:
        return -inf
    columns = samples.reshape(len(samples), -1)
    total = np.zeros(len(columns) + 1)
    for column in columns.T:
        total[1:] += np.square(k_weighted(column, rate))
    total = np.cumsum(total)
    block, step = min(int(rate * BLOCK_S), len(columns)), int(rate * STEP_S)
    starts = np.arange(0, len(columns) - block + 1, step)
    powers = (total[starts + block] - total[starts]) / block
    loud = powers[powers > _power(gate)]
    if not loud.size:
        return -inf
    return _lufs(float(loud[loud > loud.mean() * 10 ** (RELATIVE_GATE_LU / 10)].mean()))


def k_weighted(samples: Samples, rate: int) -> _Doubles:
    """Return one channel as the two filters of Annex 1 leave it."""
    before = int(rate * _FORGOTTEN_S)
    size = 1 << (min(_SEGMENT, len(samples)) + 2 * before - 1).bit_length()
    response = _response(np.fft.rfftfreq(size, 1 / rate), rate)
    weighted = np.empty(len(samples))
    for start in range(0, len(samples), _SEGMENT):
        first = max(start - before, 0)
        segment = samples[first : start + _SEGMENT]
        filtered = np.fft.irfft(np.fft.rfft(segment, size) * response, size)
        weighted[start : start + _SEGMENT] = filtered[start - first : len(segment)]
    return weighted


def true_peaks(samples: Samples) -> Samples:
    """Return for each sample of one channel the highest of the four that lie in its place at four times."""
    if not len(samples):
        return samples
    taps = [*_OVERSAMPLED, *(one[::-1] for one in reversed(_OVERSAMPLED))]
    padded = np.pad(samples, (5, 6))  # the tap of the sample itself is the seventh, or the sixth
    found = np.abs(samples)
    for phase in taps:
        found = np.maximum(found, np.abs(np.convolve(padded, phase, mode="valid")))
    return np.asarray(found, np.float32)


def true_peak(samples: Samples) -> float:
    """Return the true peak in dBTP."""
    peak = float(true_peaks(samples).max(initial=0.0))
    return 20 * log10(peak) if peak else -inf


def _response(hz: NDArray[np.floating[Any]], rate: int) -> NDArray[np.complex128]:
    z = np.exp(-2j * pi * hz / rate)
    shelf, high = _shelf(rate), _high_pass(rate)
    return np.asarray(_biquad(shelf, z) * _biquad(high, z), np.complex128)


_Coefficients = tuple[tuple[float, float, float], tuple[float, float, float]]


def _shelf(rate: int) -> _Coefficients:
    k, gain = tan(pi * _SHELF_HZ / rate), 10 ** (_SHELF_DB / 20)
    middle, norm = gain**_SHELF_RISE, 1 + k / _SHELF_Q + k * k
    above = tuple(
        one / norm
        for one in (
            gain + middle * k / _SHELF_Q + k * k,
            2 * (k * k - gain),
            gain - middle * k / _SHELF_Q + k * k,
        )
    )
    return (above[0], above[1], above[2]), _below(k, _SHELF_Q)


def _high_pass(rate: int) -> _Coefficients:
    """The standard leaves the numerator of this one unscaled."""
    return (1.0, -2.0, 1.0), _below(tan(pi * _HIGH_PASS_HZ / rate), _HIGH_PASS_Q)


def _below(k: float, q: float) -> tuple[float, float, float]:
    norm = 1 + k / q + k * k
    return 1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm


def _biquad(coefficients: _Coefficients, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    above, below = (one[0] + one[1] * z + one[2] * z * z for one in coefficients)
    return np.asarray(above / below, np.complex128)


def _lufs(power: float) -> float:
    return _OFFSET_DB + 10 * log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_DB) / 10))
