"""Two channels in one: both voices are there, nothing is cut off, whatever the pieces are."""

import io
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.core.audio import Encoding
from pbx.recording import g711, wav
from pbx.recording.mono import Mixer, header

RATE = 8000
Samples = NDArray[np.float64]


def tone(hz: float, level: float, n_samples: int = RATE) -> Samples:
    wave_form: Samples = level * np.sin(2 * np.pi * hz * np.arange(n_samples) / RATE)
    return wave_form


def coded(samples: Samples, encoding: Encoding) -> bytes:
    """Return the nearest codes of a law."""
    values = np.array(g711.VALUES[encoding])
    order = np.argsort(values, kind="stable")
    middle = (values[order][1:] + values[order][:-1]) / 2
    return bytes(order[np.searchsorted(middle, samples)].astype(np.uint8))


def interleaved(first: bytes, second: bytes, width: int = 1) -> bytes:
    both = np.stack([np.frombuffer(one, np.uint8).reshape(-1, width) for one in (first, second)], axis=1)
    return both.tobytes()


def level(samples: NDArray[np.int16], hz: float) -> float:
    """Return the amplitude of one tone."""
    turning = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / RATE)
    return float(2 * abs(np.dot(samples, turning)) / len(samples))


@pytest.mark.requirement("R-23")
@pytest.mark.parametrize("encoding", ["PCMA", "PCMU"])
def test_both_voices_are_in_it_at_half_their_level(encoding: Encoding) -> None:
    octets = interleaved(coded(tone(443, 8000), encoding), coded(tone(1013, 4000), encoding))
    mixed = np.frombuffer(Mixer(encoding).update(octets), "<i2")
    assert len(mixed) == RATE
    assert level(mixed, 443) == pytest.approx(4000, rel=0.02)
    assert level(mixed, 1013) == pytest.approx(2000, rel=0.02)
    likeness = np.corrcoef(mixed, tone(443, 8000) + tone(1013, 4000))[0, 1]
    assert likeness > 0.999


@pytest.mark.requirement("R-23")
def test_two_who_shout_at_once_are_not_cut_off() -> None:
    loudest = np.array([32767, -32768, 32767], "<i2").tobytes()
    mixed = np.frombuffer(Mixer("L16").update(interleaved(loudest, loudest, 2)), "<i2")
    assert mixed.tolist() == [32767, -32768, 32767]


def test_silence_stays_silence() -> None:
    for encoding in ("PCMA", "PCMU"):
        mixed = np.frombuffer(Mixer(encoding).update(bytes([g711.SILENCE[encoding]]) * 200), "<i2")
        assert abs(mixed).max() <= 8


@pytest.mark.parametrize(("encoding", "width"), [("PCMA", 1), ("L16", 2)])
@pytest.mark.parametrize("cut", [1, 3, 7])
def test_pieces_may_tear_a_sample(encoding: Encoding, width: int, cut: int) -> None:
    octets = bytes(at * 37 & 255 for at in range(40 * width))
    mixer = Mixer(encoding)
    torn = b"".join(mixer.update(octets[at : at + cut]) for at in range(0, len(octets), cut))
    assert torn == Mixer(encoding).update(octets)


@pytest.mark.parametrize(("encoding", "rate"), [("PCMA", 8000), ("L16", 16000)])
def test_the_head_is_that_of_one_channel_of_16_bits(encoding: Encoding, rate: int) -> None:
    octets = header(encoding, 8000) + bytes(2 * rate)
    with wave.open(io.BytesIO(octets)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, rate)
        assert file.getnframes() == rate


def test_a_file_beyond_4_gib_says_so() -> None:
    assert wav.linear_header(8000, 1 << 31).startswith(b"RF64")


def test_further_channels_are_not_heard_twice() -> None:
    frames = np.array([[1000, 2000, 30_000], [-8, 4, 30_000]], "<i2").tobytes()
    mixer = Mixer("L16", 3)
    mixed = mixer.update(frames[:7]) + mixer.update(frames[7:])
    assert np.frombuffer(mixed, "<i2").tolist() == [1500, -2]
