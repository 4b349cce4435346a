"""FLAC that is made in one go and read from anywhere."""

import io

import numpy as np
import pytest
import soundfile

from pbx.core.errors import ParseError
from pbx.recording import flac
from pbx.recording.flac import BLOCK, Samples, block, decode, frames, header, pieces
from pbx.recording.gaps import Gap

N_SAMPLES = 40 * BLOCK + 123
GAPS = [Gap(channel=1, start=160, length=320, cause="loss"), Gap(channel=2, start=0, length=5, cause="gate")]


def sound(n_samples: int = N_SAMPLES) -> Samples:
    """A voice, noise, and silence at the end of the second channel."""
    time = np.arange(n_samples)
    first = 8000 * np.sin(time * 0.05 * (1 + 0.1 * np.sin(time / 9000)))
    second = np.random.default_rng(1).integers(-32768, 32768, n_samples)
    second[n_samples // 2 :] = 0
    return np.stack([first, second], axis=1).astype(np.int16)


def file(n_samples: int = N_SAMPLES, gaps: list[Gap] | None = None, window: int = 7000) -> bytes:
    samples = sound(n_samples)
    windows = (samples[at : at + window] for at in range(0, n_samples, window))
    return b"".join(pieces(n_samples, windows, gaps or []))


@pytest.mark.rfc("9639", "8.2")
@pytest.mark.parametrize("n_samples", [1, BLOCK, N_SAMPLES])
def test_another_reader_gets_every_sample(n_samples: int) -> None:
    octets = file(n_samples)
    info = soundfile.info(io.BytesIO(octets))
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("FLAC", "PCM_16", 16_000, 2)
    assert info.frames == n_samples
    assert np.array_equal(soundfile.read(io.BytesIO(octets), dtype="int16")[0], sound(n_samples))


def test_windows_of_any_size_make_the_same_file() -> None:
    assert file(window=1000) == file(window=N_SAMPLES)


@pytest.mark.rfc("9639", "8.4")
@pytest.mark.requirement("R-04")
def test_a_list_of_gaps_lies_in_the_header_and_others_skip_it() -> None:
    octets = file(gaps=GAPS)
    assert octets[42:].startswith(b"\x82\0\0\x1egaps1 160 320 loss\n2 0 5 gate\n")
    assert np.array_equal(soundfile.read(io.BytesIO(octets), dtype="int16")[0], sound())


def test_a_long_list_has_several_blocks() -> None:
    many = [Gap(channel=1, start=10**9, length=10**6, cause="undecodable")] * 600_000
    octets = header(5, many)
    at, sizes, is_last = 4, [], False
    while not is_last:
        size, is_last = block(octets[at : at + 4])
        at += 4 + size
        sizes.append(size)
    assert at == len(octets)
    assert sizes[0] == 34 and sizes[1] == (1 << 24) - 1 and len(sizes) == 3


@pytest.mark.rfc("9639", "9.1")
def test_frames_are_found_from_anywhere_and_decoded_alone() -> None:
    octets = file()[42:]
    whole = frames(octets)
    assert [number for _, number in whole] == list(range(41))
    for cut in (0, 1, 5000, len(octets) // 2):
        found = [(at + cut, number) for at, number in frames(octets[cut:])]
        assert found == [frame for frame in whole if frame[0] >= cut]
    first, last = whole[17], whole[23]
    assert np.array_equal(decode(octets[first[0] : last[0]], 6 * BLOCK), sound()[17 * BLOCK : 23 * BLOCK])
    assert np.array_equal(decode(octets[whole[-1][0] :], 123), sound()[40 * BLOCK :])


@pytest.mark.rfc("9639", "9.1.3")
@pytest.mark.parametrize("n_channels", [3, flac.MAX_CHANNELS])
def test_further_channels_are_found_and_decoded_like_two(n_channels: int) -> None:
    samples = np.random.default_rng(n_channels).integers(-32768, 32768, (9 * BLOCK, n_channels), np.int16)
    octets = b"".join(pieces(len(samples), [samples[:5000], samples[5000:]], n_channels=n_channels))
    assert np.array_equal(soundfile.read(io.BytesIO(octets), dtype="int16")[0], samples)
    places = frames(octets[42:])
    assert [number for _, number in places] == list(range(9))
    first, last = 42 + places[2][0], 42 + places[5][0]
    assert np.array_equal(decode(octets[first:last], 3 * BLOCK, n_channels), samples[2 * BLOCK : 5 * BLOCK])
    lengths = np.diff([at for at, _ in places])
    assert flac.max_frame(n_channels) / 2 < lengths.max() < flac.max_frame(n_channels)


def test_a_frame_is_no_longer_than_its_limit() -> None:
    octets = file()[42:]
    places = [at for at, _ in frames(octets)]
    assert max(b - a for a, b in zip(places, places[1:], strict=False)) < flac.max_frame(2)


def test_a_number_of_several_octets_is_read() -> None:
    silence = np.zeros((2200 * BLOCK, 2), np.int16)
    octets = b"".join(pieces(len(silence), [silence]))[42:]
    assert [number for _, number in frames(octets)] == list(range(2200))


@pytest.mark.parametrize("octets", [b"", b"\xff\xf8" * 50, b"noise" * 100])
def test_what_is_no_frame_is_not_decoded(octets: bytes) -> None:
    assert frames(octets) == []
    with pytest.raises(ParseError):
        decode(octets, 100)


def test_too_few_samples_are_an_error() -> None:
    octets = file()[42:]
    with pytest.raises(ParseError):
        decode(octets[: frames(octets)[3][0]], 4 * BLOCK)
