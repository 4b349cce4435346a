"""Tones as audio: from what sounds for how long to PCM16 at 8 and 16 kHz. ITU-T E.180."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pbx.media.clip import WIDE_RATE, Clip
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.tone_book import Part, Sound, Tone

MAX_TONE_MS = 60_000  # rendered at once; a longer tone repeats this much
FADE_MS = 5  # raised-cosine edges
LEVEL = 8231  # -12 dBFS at the peak of the sum, about -15 dBm0
CONTINUOUS_MS = 1000  # whole-number frequencies repeat in it without a seam

Samples = NDArray[np.int16]


def tone_clip(tone: Tone, duration_ms: int | None) -> Clip:
    """Return a clip that lasts `duration_ms`, without one: for ever, or once for a tone that ends."""
    if duration_ms is None and tone.cycle:
        repeat_from = sum(_n_samples(part, SAMPLE_RATE) for part in tone.intro)
        narrow, wide = (_cycle(tone, rate) for rate in (SAMPLE_RATE, WIDE_RATE))
        return Clip(pcm=narrow.tobytes(), n_samples=None, repeat_from=repeat_from, wide=wide.tobytes())
    length_ms = _length_ms(tone) if duration_ms is None else max(duration_ms, 0)
    narrow, wide = (_exactly(tone, rate, min(length_ms, MAX_TONE_MS)) for rate in (SAMPLE_RATE, WIDE_RATE))
    return Clip(pcm=narrow.tobytes(), n_samples=length_ms * SAMPLE_RATE // 1000, wide=wide.tobytes())


def _length_ms(tone: Tone) -> int:
    return sum(part.duration_ms or 0 for part in tone.intro)


def _n_samples(part: Part, rate: int) -> int:
    # Counted at 8 kHz, so that the wide twin is exactly twice as long.
    duration_ms = CONTINUOUS_MS if part.duration_ms is None else part.duration_ms
    return duration_ms * SAMPLE_RATE // 1000 * (rate // SAMPLE_RATE)


def _cycle(tone: Tone, rate: int) -> Samples:
    """All of the intro and one cycle, every edge faded; a continuous sound is left to join itself."""
    return np.concatenate([_burst(part, rate) for part in tone.intro + tone.cycle])


def _exactly(tone: Tone, rate: int, length_ms: int) -> Samples:
    n_samples = length_ms * SAMPLE_RATE // 1000 * (rate // SAMPLE_RATE)
    intro = [_burst(part, rate) for part in tone.intro]
    cycle = [_burst(part, rate) for part in tone.cycle] or [np.zeros(1, "<i2")]
    missing = max(n_samples - sum(map(len, intro)), 0)
    out = np.concatenate([*intro, np.resize(np.concatenate(cycle), missing)])[:n_samples]
    _fade(out, rate)  # where the end falls into a burst
    return out


def _burst(part: Part, rate: int) -> Samples:
    burst = _wave(part.sound, _n_samples(part, rate), rate).copy()
    if part.duration_ms is not None:
        _fade(burst, rate)
    return burst


def _fade(samples: Samples, rate: int) -> None:
    n_fade = min(FADE_MS * rate // 1000, len(samples) // 2)
    gain = 0.5 - 0.5 * np.cos(np.pi * np.arange(n_fade) / max(n_fade, 1))
    for edge, slope in ((samples[:n_fade], gain), (samples[len(samples) - n_fade :], gain[::-1])):
        edge[:] = np.rint(edge * slope)


@lru_cache(maxsize=64)
def _wave(sound: Sound, n_samples: int, rate: int) -> Samples:
    """The sum of sines, each with the same share of the level; a modulated one touches silence."""
    out = np.zeros(n_samples)
    t = 2 * np.pi * np.arange(n_samples) / rate
    for hz in sound.hz:
        out += np.sin(hz * t)
    if sound.modulated_hz:
        out *= 0.5 + 0.5 * np.cos(sound.modulated_hz * t)
    level = LEVEL * 10 ** (sound.level_db / 20) / max(len(sound.hz), 1)
    return np.rint(out * level).astype("<i2")
