"""Audio of machines and people for the tests of who listens to a line: 8 kHz, as float64 samples."""

import subprocess
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from pbx.media.tone_digits import amplitude

RATE = 8000
Samples = NDArray[np.float64]
TEXT = (
    "please enter your account number and we will transfer the balance before nine thirty on monday "
    "thank you for calling good evening my name is your reference number may I ask who is speaking "
    "the weather in oxford was mild yellow bicycles roll along the narrow river every warm afternoon "
    "she sells sea shells moving slowly over a low wall oh no we owe you a year of loan interest "
    "hello yes zero one two three four five six seven eight nine star pound"
)
WORDS = TEXT.split()
VOICES = ("kal16", "awb", "rms", "slt", "kal")


def speech(tmp_path: Path, seed: int, voice: str, n_sentences: int = 28) -> bytes:
    """About two minutes of one voice at 8 kHz, as loud as a near talker; a sentence is about 4 s."""
    random = np.random.default_rng(seed)
    text = ". ".join(" ".join(random.choice(WORDS, 12)) for _ in range(n_sentences))
    out = tmp_path / "speech.wav"
    pitch = ["--seti", f"int_f0_target_mean={int(random.integers(90, 260))}"]
    subprocess.run(["flite", "-voice", voice, *pitch, "-t", text, "-o", str(out)], check=True, timeout=120)
    data = out.read_bytes()
    rate = int.from_bytes(data[24:28], "little")
    wave = np.frombuffer(data[44 : len(data) - len(data) % 2], "<i2").astype(np.float64)
    wave = soxr.resample(wave, rate, RATE) if rate != RATE else wave
    return pcm16(wave * (24000 / np.abs(wave).max()))


def pcm16(samples: Samples) -> bytes:
    """As PCM16 little-endian."""
    octets: bytes = np.rint(samples).clip(-32768, 32767).astype("<i2").tobytes()
    return octets


def silence(duration_ms: int) -> Samples:
    return np.zeros(duration_ms * RATE // 1000)


def sine(hz: float, duration_ms: int, dbm0: float = -15.0) -> Samples:
    time = np.arange(duration_ms * RATE // 1000) / RATE
    samples: Samples = amplitude(dbm0) * np.sin(2 * np.pi * hz * time)
    return samples


def noise(duration_ms: int, dbm0: float, seed: int = 5) -> Samples:
    """White noise of this level."""
    samples = np.random.default_rng(seed).normal(size=duration_ms * RATE // 1000)
    loud: Samples = samples * amplitude(dbm0) / np.sqrt(2)
    return loud
