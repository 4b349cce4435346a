"""FLAC that is made in one go and read from anywhere."""

import io
import struct

import numpy as np
import pytest
import soundfile

from pbx.core.errors import MisuseError, ParseError
from pbx.recording import flac, seek_table
from pbx.recording.flac import BLOCK, FlacFile, Samples, block, decode, frames, header
from pbx.recording.gaps import Gap
from pbx.recording.seek_table import POINT
from tests.recording.flac_files import split, whole, without_table

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
    return whole(n_samples, windows, gaps or [])


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
    assert octets[42:].startswith(b"\x02\0\0\x1egaps1 160 320 loss\n2 0 5 gate\n\x83")
    assert np.array_equal(soundfile.read(io.BytesIO(octets), dtype="int16")[0], sound())


def test_a_long_list_has_several_blocks() -> None:
    many = [Gap(channel=1, start=10**9, length=10**6, cause="undecodable")] * 600_000
    octets = header(5, many)
    at, sizes, is_last = 4, [], False
    while not is_last:
        size, is_last, _ = block(octets[at : at + 4])
        at += 4 + size
        sizes.append(size)
    assert at == len(octets)
    assert sizes[0] == 34 and sizes[1] == (1 << 24) - 1 and len(sizes) == 3


def starts(header: bytes) -> list[int]:
    """The octets of a seek table that ends a header."""
    n_points = struct.unpack("!I", header[42:46])[0] - (0x83 << 24)
    assert len(header) == 46 + n_points
    return [place for _, place, _ in POINT.iter_unpack(header[46:])]


@pytest.mark.rfc("9639", "8.5")
@pytest.mark.requirement("R-25")
@pytest.mark.parametrize("n_samples", [1, BLOCK, N_SAMPLES])
def test_the_seek_table_has_the_place_of_every_frame(n_samples: int) -> None:
    octets = file(n_samples)
    header, coded = split(octets)
    assert frames(coded) == [(place, number) for number, place in enumerate(starts(header))]
    points = list(POINT.iter_unpack(header[46:]))
    assert [first for first, _, _ in points] == [n * BLOCK for n in range(len(points))]
    assert sum(n for _, _, n in points) == n_samples
    assert frames(header + bytes(20)) == [], "no point is taken for a frame"


@pytest.mark.rfc("9639", "8.5")
def test_another_reader_seeks_by_the_table_to_the_very_sample() -> None:
    octets = file(gaps=GAPS)
    for one in (octets, without_table(octets, N_SAMPLES, GAPS)):
        with soundfile.SoundFile(io.BytesIO(one)) as reader:
            for at in (0, 17 * BLOCK + 5, 3 * BLOCK - 1, N_SAMPLES - 9):
                reader.seek(at)
                assert np.array_equal(reader.read(9, dtype="int16"), sound()[at : at + 9])


def test_a_recording_too_long_for_a_block_of_points_has_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seek_table, "MAX_POINTS", 40)
    octets = file()
    assert octets.startswith(header(N_SAMPLES) + b"\xff\xf8")
    assert np.array_equal(soundfile.read(io.BytesIO(octets), dtype="int16")[0], sound())


def test_a_table_without_its_frames_is_not_written() -> None:
    half = FlacFile(N_SAMPLES, [sound()[: N_SAMPLES // 2]])
    assert b"".join(half.frames())
    with pytest.raises(MisuseError):
        half.header()


@pytest.mark.rfc("9639", "9.1")
def test_frames_are_found_from_anywhere_and_decoded_alone() -> None:
    octets = split(file())[1]
    known = frames(octets)
    assert [number for _, number in known] == list(range(41))
    for cut in (0, 1, 5000, len(octets) // 2):
        found = [(at + cut, number) for at, number in frames(octets[cut:])]
        assert found == [frame for frame in known if frame[0] >= cut]
    first, last = known[17], known[23]
    assert np.array_equal(decode(octets[first[0] : last[0]], 6 * BLOCK), sound()[17 * BLOCK : 23 * BLOCK])
    assert np.array_equal(decode(octets[known[-1][0] :], 123), sound()[40 * BLOCK :])


@pytest.mark.rfc("9639", "9.1.3")
@pytest.mark.parametrize("n_channels", [3, flac.MAX_CHANNELS])
def test_further_channels_are_found_and_decoded_like_two(n_channels: int) -> None:
    samples = np.random.default_rng(n_channels).integers(-32768, 32768, (9 * BLOCK, n_channels), np.int16)
    octets = whole(len(samples), [samples[:5000], samples[5000:]], n_channels=n_channels)
    assert np.array_equal(soundfile.read(io.BytesIO(octets), dtype="int16")[0], samples)
    octets = split(octets)[1]
    places = frames(octets)
    assert [number for _, number in places] == list(range(9))
    first, last = places[2][0], places[5][0]
    assert np.array_equal(decode(octets[first:last], 3 * BLOCK, n_channels), samples[2 * BLOCK : 5 * BLOCK])
    lengths = np.diff([at for at, _ in places])
    assert flac.max_frame(n_channels) / 2 < lengths.max() < flac.max_frame(n_channels)


def test_a_frame_is_no_longer_than_its_limit() -> None:
    octets = split(file())[1]
    places = [at for at, _ in frames(octets)]
    assert max(b - a for a, b in zip(places, places[1:], strict=False)) < flac.max_frame(2)


def test_a_number_of_several_octets_is_read() -> None:
    silence = np.zeros((2200 * BLOCK, 2), np.int16)
    header, octets = split(whole(len(silence), [silence]))
    assert [number for _, number in frames(octets)] == list(range(2200))
    assert [place for place, _ in frames(octets)] == starts(header)


@pytest.mark.parametrize("octets", [b"", b"\xff\xf8" * 50, b"noise" * 100])
def test_what_is_no_frame_is_not_decoded(octets: bytes) -> None:
    assert frames(octets) == []
    with pytest.raises(ParseError):
        decode(octets, 100)


def test_too_few_samples_are_an_error() -> None:
    octets = split(file())[1]
    with pytest.raises(ParseError):
        decode(octets[: frames(octets)[3][0]], 4 * BLOCK)
