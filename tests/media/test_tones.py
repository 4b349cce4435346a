"""Tones of every country, as heard: every one is rendered and measured."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.core.audio import Encoding
from pbx.media.g711 import decode, encode
from pbx.media.io.clips import load_tones
from pbx.media.tone_book import Part, Sound, Tone
from pbx.media.tones import LEVEL, MAX_TONE_MS, tone_clip

BOOK = load_tones()
COUNTRIES = sorted(BOOK)
BLOCK_MS = 5

Samples = NDArray[np.float64]


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def cadence(heard: Samples, rate: int) -> list[tuple[bool, int]]:
    """Return (sounding, ms) of each stretch, to the nearest block; a gap under 2 blocks is no gap."""
    block = rate * BLOCK_MS // 1000
    peaks = np.abs(heard[: len(heard) // block * block]).reshape(-1, block).max(axis=1)
    stretches: list[tuple[bool, int]] = []
    for loud in peaks > LEVEL / 40:
        if stretches and stretches[-1][0] == loud:
            stretches[-1] = (loud, stretches[-1][1] + BLOCK_MS)
        else:
            stretches.append((bool(loud), BLOCK_MS))
    return stretches


def expected_cadence(parts: tuple[Part, ...]) -> list[tuple[bool, int]]:
    stretches: list[tuple[bool, int]] = []
    for part in parts:
        loud, ms = bool(part.sound.hz), part.duration_ms or 1000
        if stretches and stretches[-1][0] == loud:
            stretches[-1] = (loud, stretches[-1][1] + ms)
        else:
            stretches.append((loud, ms))
    return stretches


def lines(sound: Sound) -> list[float]:
    sides = (-sound.modulated_hz, 0.0, sound.modulated_hz) if sound.modulated_hz else (0.0,)
    return [hz + side for hz in sound.hz for side in sides]


@cache
def spectrum(burst: bytes) -> Samples:
    """Return the power by bin; many countries have the same bursts."""
    heard = np.frombuffer(burst)
    return np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2


def share(burst: Samples, rate: int, hz: list[float]) -> float:
    """Return how much of the power lies at these frequencies, as near as a burst of its length can tell."""
    power = spectrum(burst.tobytes())
    at = np.fft.rfftfreq(len(burst), 1 / rate)
    near = np.zeros(len(at), bool)
    for line in hz:
        near |= np.abs(at - line) <= 2.5 * rate / len(burst)
    return float(power[near].sum() / power.sum())


def measure(tone: Tone, rate: int) -> None:
    clip = tone_clip(tone, None)
    heard = samples(clip.pcm if rate == 8000 else clip.stored("wide"))
    parts = tone.intro + tone.cycle
    measured, wanted = cadence(heard, rate), expected_cadence(parts)
    at = 0
    for part in parts:
        n_samples = (part.duration_ms or 1000) * 8 * (rate // 8000)
        burst = heard[at : at + n_samples]
        at += n_samples
        if not part.sound.hz:
            assert not burst.any()
            continue
        assert share(burst, rate, lines(part.sound)) > 0.995
        for line in lines(part.sound):
            assert share(burst, rate, [line]) > 0.08
        level = LEVEL * 10 ** (part.sound.level_db / 20)
        assert 0.8 * level < np.abs(burst).max() <= level + 1
    assert at == len(heard)
    if not any(part.sound.modulated_hz for part in parts):  # which is silent 25 times a second by nature
        assert [loud for loud, _ in measured] == [loud for loud, _ in wanted]
        assert all(abs(m - w) <= 10 for (_, m), (_, w) in zip(measured, wanted, strict=True))


@pytest.mark.requirement("MED-06")
@pytest.mark.parametrize("country", COUNTRIES)
def test_every_tone_is_heard_as_written(country: str) -> None:
    for tone in {tone.text: tone for tone in BOOK[country].values()}.values():
        measure(tone, 8000)
        measure(tone, 16000)


@pytest.mark.parametrize("country", COUNTRIES)
def test_no_clicks(country: str) -> None:
    for name, tone in BOOK[country].items():
        clip = tone_clip(tone, None if name == "dial" else 700)
        heard = samples(clip.pcm)
        looped = [heard[-1], *heard, heard[0]] if name == "dial" else [0, *heard, 0]
        parts = tone.intro + tone.cycle
        fastest = max(line for part in parts for line in [*lines(part.sound), 1.0])
        level = LEVEL * 10 ** (max(part.sound.level_db for part in parts) / 20)
        assert np.abs(np.diff(looped)).max() <= level * 2 * np.pi * fastest / 8000 + 2, name


def test_an_endless_tone_repeats_its_cycle_only() -> None:
    stutter = tone_clip(BOOK["us"]["stutter"], None)
    assert (stutter.n_samples, stutter.repeat_from) == (None, 16_000)
    later = samples(stutter.cut(16_000 + 3 * 8000, 8000))
    assert np.array_equal(later, samples(tone_clip(BOOK["us"]["dial"], None).pcm))


def test_durations() -> None:
    assert tone_clip(BOOK["gb"]["busy"], 100).n_samples == 800
    assert tone_clip(BOOK["gb"]["record"], None).n_samples == 2000
    longer = samples(tone_clip(BOOK["gb"]["record"], 500).pcm)
    assert len(longer) == 4000
    assert not longer[2000:].any()
    assert tone_clip(BOOK["gb"]["dial"], 3_600_000).n_samples == 28_800_000
    assert tone_clip(BOOK["gb"]["dial"], -1).n_samples == 0


@pytest.mark.parametrize(("ms", "stored"), [(MAX_TONE_MS, MAX_TONE_MS), (MAX_TONE_MS + 1, MAX_TONE_MS)])
def test_what_is_rendered_at_once_is_bounded(ms: int, stored: int) -> None:
    clip = tone_clip(BOOK["gb"]["ring"], ms)
    assert (len(clip.pcm), len(clip.wide), clip.n_samples) == (stored * 16, stored * 32, ms * 8)


def test_a_tone_that_is_cut_off_fades() -> None:
    heard = samples(tone_clip(BOOK["gb"]["ring"], 300).pcm)
    assert abs(heard[-1]) < 50
    assert np.abs(heard[-400:-80]).max() > LEVEL / 2


# G.711, tables 5 and 6: the periodic sequence of codes that is a sine of 1 kHz at 0 dBm0.
DIGITAL_MILLIWATT: dict[Encoding, str] = {"PCMA": "34212134b4a1a1b4", "PCMU": "1e0b0b1e9e8b8b9e"}


@pytest.mark.parametrize("law", DIGITAL_MILLIWATT)
def test_a_milliwatt_is_one(law: Encoding) -> None:
    """Coded and decoded, within a tenth of a decibel of the sequence that defines 0 dBm0."""
    clip = tone_clip(BOOK["gb"]["milliwatt"], 3000)
    heard = samples(decode(encode(clip.pcm, law), law))[8000:16_000]
    defined = samples(decode(bytes.fromhex(DIGITAL_MILLIWATT[law]) * 1000, law))
    assert abs(10 * np.log10(np.mean(heard**2) / np.mean(defined**2))) < 0.1
    assert share(heard, 8000, [1004.0]) > 0.999
