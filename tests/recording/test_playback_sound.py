"""The sound of a playback copy, decoded by libsndfile."""

import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.recording import wav
from pbx.recording.form import FORMS
from pbx.recording.g711 import VALUES
from pbx.recording.playback_sound import PlaybackSound, WavForm, wav_form

Sound = NDArray[np.float64]


def tone(n_samples: int, hz: float, rate: int = 8000) -> NDArray[np.int16]:
    wave = 8000 * np.sin(2 * np.pi * hz / rate * np.arange(n_samples))
    return np.asarray(wave, np.int16)


def in_law(samples: NDArray[np.int16], law: Encoding) -> NDArray[np.uint8]:
    """The nearest octets of a law."""
    values = np.array(VALUES[law])
    order = np.argsort(values, kind="stable")
    places = np.clip(np.searchsorted(values[order], samples), 0, 255)
    return order[places].astype(np.uint8)


def copy(form: WavForm, octets: bytes, piece: int = 70_001) -> bytes:
    sound = PlaybackSound(form, SeededIds("s"))
    out = sound.begin() + b"".join(
        [sound.update(octets[at : at + piece]) for at in range(0, len(octets), piece)]
    )
    return out + sound.finish()


def decoded(octets: bytes) -> tuple[Sound, int]:
    sound, rate = soundfile.read(io.BytesIO(octets), always_2d=True)
    return sound, rate


def level_db(sound: Sound) -> list[float]:
    return [float(10 * np.log10(np.mean(channel**2) + 1e-15)) for channel in sound.T]


@pytest.mark.requirement("R-23")
@pytest.mark.parametrize("law", ["PCMA", "PCMU"])
@pytest.mark.parametrize("loud", [0, 1])
def test_a_channel_is_heard_on_its_side_and_nowhere_else(law: Encoding, loud: int) -> None:
    n_samples = 24_000
    both = np.full((n_samples, 2), FORMS[law].silence[0], np.uint8)
    both[:, loud] = in_law(tone(n_samples, 440), law)
    sound, rate = decoded(copy(wav_form(wav.header(law, n_samples)), both.tobytes()))
    assert (sound.shape, rate) == ((n_samples, 2), 8000)
    levels = level_db(sound)
    assert levels[loud] > -20
    assert levels[1 - loud] < levels[loud] - 70


def test_a_wide_band_master_stays_wide() -> None:
    n_samples = 32_000
    both = np.stack([tone(n_samples, 5000, 16_000), tone(n_samples, 440, 16_000)], axis=1)
    sound, rate = decoded(copy(wav_form(wav.header("L16", n_samples)), both.tobytes()))
    assert (sound.shape, rate) == ((n_samples, 2), 16_000)
    spectrum = np.abs(np.fft.rfft(sound[8000:24_000], axis=0))
    assert [int(place) for place in spectrum.argmax(axis=0)] == [5000, 440]


def test_each_further_channel_is_one_of_the_copy() -> None:
    hz = (400, 700, 1000, 1300)
    samples = np.stack([in_law(tone(16_000, one), "PCMA") for one in hz], axis=1)
    form = WavForm(encoding="PCMA", n_channels=4, sample_rate=8000)
    sound, _ = decoded(copy(form, samples.tobytes()))
    spectrum = np.abs(np.fft.rfft(sound[4000:12_000], axis=0))
    assert [int(place) for place in spectrum.argmax(axis=0)] == list(hz)


@pytest.mark.rfc("7845", "4.4")
@pytest.mark.parametrize("n_samples", [1, 159, 160, 161, 8000, 8123])
def test_it_is_as_long_as_the_master(n_samples: int) -> None:
    octets = copy(wav_form(wav.header("PCMU", n_samples)), bytes(2 * n_samples))
    assert decoded(octets)[0].shape == (n_samples, 2)


def test_what_begins_together_in_the_master_does_so_in_the_copy() -> None:
    """The encoder's delay is skipped: a burst comes out where it went in."""
    n_samples, at = 16_000, 9000
    both = np.zeros((n_samples, 2), np.int16)
    both[at : at + 400, 0] = both[at : at + 400, 1] = tone(400, 800)
    sound, _ = decoded(copy(WavForm(encoding="L16", n_channels=2, sample_rate=16_000), both.tobytes()))
    near = sound[at - 200 : at + 600, 0]
    shift = int(np.correlate(near, both[at : at + 400, 0].astype(float), "valid").argmax()) - 200
    assert abs(shift) <= 16  # 1 ms


def test_pieces_of_any_size_make_the_same_copy() -> None:
    form = wav_form(wav.header("PCMA", 9000))
    octets = in_law(tone(18_000, 300), "PCMA").tobytes()
    assert copy(form, octets, 1) == copy(form, octets, 317) == copy(form, octets, 1 << 20)


def test_memory_does_not_grow_with_the_length() -> None:
    sound = PlaybackSound(WavForm(encoding="PCMU", n_channels=2, sample_rate=8000), SeededIds("s"))
    sizes = [len(sound.update(bytes(16_000))) for _ in range(5)]
    assert min(sizes[1:]) > 0, "every second leaves as a page"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"RIFF....WAVEfmt ",
        wav.header("PCMU", 5).replace(b"fmt ", b"fnt "),
        wav.header("PCMU", 5).replace(b"\x07\0\x02\0", b"\x03\0\x02\0"),
        wav.header("PCMU", 5).replace(b"\x07\0\x02\0", b"\x07\0\x00\0"),
        wav.header("PCMU", 5).replace(b"\x40\x1f\0\0", b"\x41\x1f\0\0"),
    ],
)
def test_another_header_is_refused(header: bytes) -> None:
    with pytest.raises(ParseError):
        wav_form(header)


def test_headers_beyond_four_gigabytes_say_the_same() -> None:
    assert wav_form(wav.header("PCMA", 3 << 30)) == WavForm(encoding="PCMA", n_channels=2, sample_rate=8000)


def test_half_a_sample_is_refused() -> None:
    sound = PlaybackSound(WavForm(encoding="PCMU", n_channels=2, sample_rate=8000), SeededIds("s"))
    sound.update(b"\xff" * 321)
    with pytest.raises(ParseError):
        sound.finish()
