"""Tones, keys and clips are found where they are, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from pbx.media import g711
from pbx.media.wav import read
from pbx.testphone import signal

PROMPTS = sorted((Path(__file__).parents[2] / "config/acme/prompts/en-GB").glob("*.wav"))


def tone(*freqs_hz: float, n_samples: int = 4000, amplitude: float = 4000.0) -> signal.Samples:
    at = np.arange(n_samples) / signal.RATE
    sound: signal.Samples = np.zeros(n_samples)
    for freq_hz in freqs_hz:
        sound += amplitude * np.sin(2 * np.pi * freq_hz * at)
    return sound


def noise(n_samples: int, amplitude: float = 1000.0) -> signal.Samples:
    return np.random.default_rng(7).normal(0, amplitude, n_samples)


def coded(sound: signal.Samples) -> signal.Samples:
    """The sound after A-law."""
    pcm = sound.astype("<i2").tobytes()
    return signal.samples(g711.decode(g711.encode(pcm, "PCMA"), "PCMA"))


def keys(pressed: str, press_s: float = 0.1) -> signal.Samples:
    pieces = []
    for key in pressed:
        row = next(at for at, row in enumerate(signal.KEYS) if key in row)
        pair = signal.ROWS[row], signal.COLUMNS[signal.KEYS[row].index(key)]
        pieces += [tone(*pair, n_samples=int(press_s * signal.RATE)), np.zeros(480)]
    return np.concatenate(pieces)


def test_samples_ignore_half_of_one() -> None:
    assert signal.samples(b"\x01\x00\xff\xff\x07").tolist() == [1.0, -1.0]


def test_level_is_the_share_of_the_power() -> None:
    assert signal.level(tone(440), 440) == pytest.approx(0, abs=0.1)
    assert signal.level(tone(440, 1000), 440) == pytest.approx(-3, abs=0.1)
    assert signal.level(tone(440), 1000) < -30
    assert signal.level(np.zeros(100), 440) == float("-inf")
    assert signal.level(np.zeros(0), 440) == float("-inf")


def test_a_tone_is_measured_in_seconds() -> None:
    sound = coded(np.concatenate([noise(8000), tone(440, n_samples=16000), np.zeros(8000)]))
    assert signal.tone_s(sound, 440) == pytest.approx(2, abs=0.1)
    assert signal.tone_s(sound, 1000) == 0
    assert signal.tone_s(np.zeros(10), 440) == 0


def test_contains_tone_counts_what_is_not_silent() -> None:
    sound = np.concatenate([tone(440, n_samples=8192), np.zeros(80_000), noise(8192)])
    assert signal.contains_tone(sound, 440, 0.4)
    assert not signal.contains_tone(sound, 440, 0.6)
    assert not signal.contains_tone(np.zeros(8000), 440, 0.0)


@pytest.mark.parametrize("pressed", ["123A456B789C*0#D", "03021980", "0", "11"])
def test_keys_are_found(pressed: str) -> None:
    assert signal.find_dtmf(coded(keys(pressed))) == pressed


def test_a_key_of_50_ms_is_found() -> None:
    assert signal.find_dtmf(keys("5", press_s=0.05)) == "5"


@pytest.mark.parametrize("freqs_hz", [(440,), (1000,), (697, 770), (1209, 1336), (350, 440)])
def test_other_tones_are_no_keys(freqs_hz: tuple[float, ...]) -> None:
    assert signal.find_dtmf(coded(tone(*freqs_hz))) == ""


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda path: path.stem)
def test_speech_is_no_key(prompt: Path) -> None:
    assert signal.find_dtmf(coded(signal.samples(read(prompt.read_bytes())))) == ""


def test_a_clip_is_found_whatever_its_loudness() -> None:
    clip = signal.samples(read(PROMPTS[0].read_bytes()))
    sound = coded(np.concatenate([noise(5000), 0.3 * clip, noise(3000)]))
    assert signal.contains_clip(sound, clip) > 0.95


def test_another_clip_is_not_found() -> None:
    clips = [signal.samples(read(path.read_bytes())) for path in PROMPTS]
    welcome = next(clip for clip, path in zip(clips, PROMPTS, strict=True) if path.stem == "welcome")
    others = [clip for clip, path in zip(clips, PROMPTS, strict=True) if path.stem != "welcome"]
    assert max(signal.contains_clip(clip, welcome) for clip in others) < 0.5


def test_a_clip_is_not_in_silence_nor_in_less() -> None:
    clip = tone(440)
    assert signal.contains_clip(np.ones(8000), clip) < 0.01
    assert signal.contains_clip(clip[:100], clip) == 0
    assert signal.contains_clip(clip, np.zeros(100)) == 0
    assert signal.contains_clip(clip, np.zeros(0)) == 0


def test_a_sentence_with_breaks_is_found_and_its_last_word_is_wanted() -> None:
    clip = signal.samples(read(PROMPTS[0].read_bytes()))
    parts = np.split(clip, [clip.size // 3, clip.size // 2])
    broken = np.concatenate([parts[0], np.zeros(1111), parts[1], np.zeros(777), parts[2]])
    sound = coded(np.concatenate([noise(5000), broken, noise(3000)]))
    assert signal.contains_clip(sound, clip) < 0.9 < signal.contains_sentence(sound, clip)
    unfinished = np.concatenate([noise(5000), broken[: -clip.size // 4], np.zeros(clip.size)])
    assert signal.contains_sentence(coded(unfinished), clip) < 0.9


def test_parts_in_another_order_are_not_the_sentence() -> None:
    clip = signal.samples(read(PROMPTS[0].read_bytes()))
    turned = np.concatenate([clip[clip.size // 2 :], clip[: clip.size // 2]])
    assert signal.contains_sentence(np.concatenate([turned, np.zeros(clip.size)]), clip) < 0.7


def test_another_sentence_is_not_found() -> None:
    clips = [signal.samples(read(path.read_bytes())) for path in PROMPTS]
    for clip in clips:
        others = [np.concatenate([other, np.zeros(clip.size)]) for other in clips if other is not clip]
        assert max(signal.contains_sentence(other, clip) for other in others) < 0.65
