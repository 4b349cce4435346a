"""A voice in a recording of what a telephone heard, found although the machine was too busy for telephones.

Softphones and browsers on a starved machine send late, throw away what comes late and stretch the rest, each
at moments of its own. So what they say again and again is sought in pieces, each where it was heard best.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.integration.voices import RATE

PIECE = RATE // 5  # 200 ms, ten packets: one of five that is lost makes each piece too unlike
STEP = PIECE // 2
EDGE = RATE // 10  # of the voice: resampling carries the end into the beginning
PHASES = 4  # filters delay by parts of a sample
FAINT = 100.0  # rms of 32767: in what is quieter, rounding looks like anything

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """Medians over the pieces: the correlation with what was said, and the level against it."""

    likeness: float
    gain_db: float


def found(said: bytes, heard: Floats) -> Found:
    """Look for what was said, PCM16, in a recording that holds it more than once; both at 8 kHz."""
    wanted = np.frombuffer(said, "<i2").astype(np.float64)
    if len(heard) < len(wanted):
        return Found(0.0, -np.inf)
    fine = np.fft.irfft(np.fft.rfft(heard), PHASES * len(heard)) * PHASES
    places = range(EDGE, len(wanted) - EDGE - PIECE + 1, STEP)
    pieces = [_best(wanted[at : at + PIECE], fine) for at in places]
    likeness, gain_db = (sorted(one[n] for one in pieces)[len(pieces) // 2] for n in range(2))
    return Found(likeness, gain_db)


def _best(piece: Floats, fine: Floats) -> tuple[float, float]:
    """Return likeness and level of the best place, which is sought roughly first."""
    at = int(np.argmax(_likeness(piece, fine[::PHASES])[0]))
    first = max(PHASES * (at - 1), 0)
    near = fine[first : first + PHASES * (PIECE + 3)]
    best = (0.0, -np.inf)
    for phase in range(PHASES):
        likeness, energy = _likeness(piece, near[phase::PHASES])
        place = int(np.argmax(likeness))
        gain_db = 10 * np.log10(max(energy[place], 1e-9) / (piece @ piece))
        best = max(best, (float(likeness[place]), float(gain_db)))
    return best


def _likeness(piece: Floats, sound: Floats) -> tuple[Floats, Floats]:
    """Return for each place how like the piece it is, and its energy."""
    size = 1 << (len(sound) + len(piece) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(piece, size))
    products = np.fft.irfft(spectrum, size)[: len(sound) - len(piece) + 1]
    total = np.concatenate(([0.0], np.cumsum(sound * sound)))
    energy = total[len(piece) :] - total[: -len(piece)]
    loud = np.maximum(energy, len(piece) * FAINT**2)
    return products / np.sqrt(loud * (piece @ piece)), energy
