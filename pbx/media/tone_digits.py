"""Digits as pairs of tones, made for legs that have no telephone-event. ITU-T Q.23."""

import math
from functools import lru_cache

import numpy as np

from pbx.media.dtmf import DIGITS

LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYPAD = "123A456B789C*0#D"
TONES = {key: (LOW_HZ[at // 4], HIGH_HZ[at % 4]) for at, key in enumerate(_KEYPAD)}
"""Key -> its low and its high frequency in Hz."""

FULL_SCALE_DBM0 = 3.14  # a sine at full scale of 16 bits, ITU-T G.711 §2
LOW_DBM0, HIGH_DBM0 = -9.0, -7.0  # ETSI ES 201 235-2: the high tone 2 dB stronger, as lines damp it more
EDGE_MS = 5  # raised-cosine edges keep the click, which detectors take for noise, out of the band
MIN_TONE_MS, MAX_TONE_MS = 40, 8191  # ITU-T Q.24 hears no less; one RFC 4733 segment is no longer
MIN_PAUSE_MS, MAX_PAUSE_MS = 0, 8191
RATES = (8000, 16000)


def amplitude(dbm0: float) -> float:
    """Return the peak, in PCM16 units, of a sine of this level."""
    return float(32767 * 10 ** ((dbm0 - FULL_SCALE_DBM0) / 20))


@lru_cache(maxsize=64)
def digit_pcm(
    key: str,
    duration_ms: int = 100,
    pause_ms: int = 50,
    rate: int = 8000,
    *,
    low_dbm0: float = LOW_DBM0,
    high_dbm0: float = HIGH_DBM0,
) -> bytes:
    """Return one press as PCM16 little-endian: the pair of tones, then `pause_ms` of silence.

    ValueError for a key that is no DTMF digit, another rate than 8000 or 16000 Hz, a time outside the
    limits above, or levels whose sum would clip.
    """
    low, high = amplitude(low_dbm0), amplitude(high_dbm0)
    if key not in DIGITS or len(key) != 1:
        raise ValueError(f"a DTMF digit is one of {DIGITS}")
    if rate not in RATES:
        raise ValueError("digits are made at 8000 or 16000 Hz")
    if not MIN_TONE_MS <= duration_ms <= MAX_TONE_MS:
        raise ValueError(f"a tone lasts {MIN_TONE_MS} to {MAX_TONE_MS} ms")
    if not MIN_PAUSE_MS <= pause_ms <= MAX_PAUSE_MS:
        raise ValueError(f"a pause lasts {MIN_PAUSE_MS} to {MAX_PAUSE_MS} ms")
    if low + high > 32767:
        raise ValueError("the two tones together would clip: lower one of the levels")
    time = np.arange(duration_ms * rate // 1000) * (2 * math.pi / rate)
    low_hz, high_hz = TONES[key]
    tone = low * np.sin(low_hz * time) + high * np.sin(high_hz * time)
    n_edge = EDGE_MS * rate // 1000
    edge = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_edge) / n_edge)
    tone[:n_edge] *= edge
    tone[-n_edge:] *= edge[::-1]
    pressed: bytes = np.round(tone).astype("<i2").tobytes()
    return pressed + bytes(2 * (pause_ms * rate // 1000))
