"""WAV and RF64, read by libsndfile and by hand."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pbx.core.audio import Encoding
from pbx.recording.g711 import VALUES
from pbx.recording.gaps import Gap
from pbx.recording.wav import MAX_LISTED, header, pieces

SECOND = bytearray(range(256)) * 300
FIRST = bytearray(reversed(range(256))) * 300
BOTH = [(FIRST[:70_000], SECOND[:70_000]), (FIRST[70_000:], SECOND[70_000:])]


@pytest.mark.parametrize(("encoding", "subtype"), [("PCMU", "ULAW"), ("PCMA", "ALAW")])
def test_another_reader_gets_both_channels(encoding: Encoding, subtype: str) -> None:
    file = io.BytesIO(b"".join(pieces(encoding, len(FIRST), BOTH)))
    info = soundfile.info(file)
    assert (info.subtype, info.samplerate, info.channels, info.frames) == (subtype, 8000, 2, len(FIRST))
    file.seek(0)
    samples, _ = soundfile.read(file, dtype="int16")
    assert samples[:, 0].tolist() == [VALUES[encoding][code] for code in FIRST]
    assert samples[:, 1].tolist() == [VALUES[encoding][code] for code in SECOND]


@pytest.mark.parametrize(("encoding", "subtype"), [("PCMU", "ULAW"), ("PCMA", "ALAW"), ("L16", "PCM_16")])
@pytest.mark.parametrize("n_channels", [3, 9, 16])
def test_another_reader_gets_every_one_of_many_channels(
    encoding: Encoding, subtype: str, n_channels: int
) -> None:
    codes = [bytes((number + 3 * n) & 255 for n in range(4000)) for number in range(n_channels)]
    windows = [tuple(one[:2400] for one in codes), tuple(one[2400:] for one in codes)]
    n_samples = 2000 if encoding == "L16" else 4000
    octets = b"".join(pieces(encoding, n_samples, windows, n_channels=n_channels))
    info = soundfile.info(io.BytesIO(octets))
    assert (info.subtype, info.channels, info.frames) == (subtype, n_channels, n_samples)
    samples, _ = soundfile.read(io.BytesIO(octets), dtype="int16")
    for number, one in enumerate(codes):
        linear = np.frombuffer(one, "<i2") if encoding == "L16" else np.array(VALUES[encoding])[list(one)]
        assert np.array_equal(samples[:, number], linear)


@pytest.mark.requirement("R-24")
def test_sixteen_channels_of_a_day_are_rf64() -> None:
    n_samples = 24 * 3600 * 8000
    start = header("PCMA", n_samples, n_channels=16)
    assert start[:4] == b"RF64"
    assert struct.unpack_from("<Q", start, 28) == (16 * n_samples,)


def test_an_empty_recording_is_a_valid_file() -> None:
    assert soundfile.info(io.BytesIO(b"".join(pieces("PCMA", 0, [])))).frames == 0


def test_sizes_of_a_small_file_are_right() -> None:
    octets = b"".join(pieces("PCMU", len(FIRST), BOTH))
    assert struct.unpack_from("<4sI4s", octets) == (b"RIFF", len(octets) - 8, b"WAVE")
    assert struct.unpack_from("<4sI", octets, 50) == (b"data", 2 * len(FIRST))


@pytest.mark.requirement("R-24")
@pytest.mark.parametrize(
    ("n_samples", "form"), [(2**31 - 30, b"RIFF"), (2**31 - 20, b"RF64"), (2**32, b"RF64")]
)
def test_beyond_four_gigabytes_it_is_rf64(n_samples: int, form: bytes) -> None:
    start = header("PCMA", n_samples)
    assert start[:4] == form
    if form == b"RF64":
        name, size, riff_size, data_size, samples, table = struct.unpack_from("<4sIQQQI", start, 12)
        assert (name, size, table) == (b"ds64", 28, 0)
        assert (riff_size, data_size, samples) == (len(start) - 8 + 2 * n_samples, 2 * n_samples, n_samples)
        assert struct.unpack_from("<4sI", start, len(start) - 8) == (b"data", 0xFFFFFFFF)


@pytest.mark.requirement("R-04")
@pytest.mark.parametrize("encoding", ["PCMU", "PCMA"])
def test_a_list_of_gaps_lies_behind_the_samples_and_others_skip_it(encoding: Encoding) -> None:
    gaps = [
        Gap(channel=1, start=160, length=320, cause="loss"),
        Gap(channel=2, start=0, length=5, cause="gate"),
    ]
    octets = b"".join(pieces(encoding, len(FIRST), BOTH, gaps))
    assert struct.unpack_from("<4sI4s", octets) == (b"RIFF", len(octets) - 8, b"WAVE")
    behind = octets[58 + 2 * len(FIRST) :]
    assert behind == b"gaps" + struct.pack("<I", 26) + b"1 160 320 loss\n2 0 5 gate\n"
    samples, _ = soundfile.read(io.BytesIO(octets), dtype="int16")
    assert samples[:, 0].tolist() == [VALUES[encoding][code] for code in FIRST]


def test_the_list_ends_at_an_even_octet_and_at_its_limit() -> None:
    gap = Gap(channel=1, start=1, length=1, cause="silence")
    for n, size in ((1, 8 + 14), (MAX_LISTED, 8 + 14 * MAX_LISTED), (MAX_LISTED + 1, 8 + 14 * MAX_LISTED)):
        octets = b"".join(pieces("PCMU", len(FIRST), BOTH, [gap] * n))
        assert len(octets) == 58 + 2 * len(FIRST) + size
    odd = b"".join(pieces("PCMU", len(FIRST), BOTH, [Gap(channel=1, start=1, length=1, cause="event")]))
    assert odd.endswith(b"1 1 1 event\n")


@pytest.mark.requirement("R-24")
def test_another_reader_finds_the_last_sample_beyond_four_gigabytes(tmp_path: Path) -> None:
    n_samples, path = 2**31 + 1000, tmp_path / "long.wav"
    start = header("PCMU", n_samples)
    with path.open("wb") as file:  # a hole where the samples are: no disk is filled
        file.write(start)
        file.seek(len(start) + 2 * (n_samples - 1))
        file.write(b"\x12\x34")
    with soundfile.SoundFile(path) as sound:
        assert (sound.format, sound.frames) == ("RF64", n_samples)
        sound.seek(n_samples - 1)
        assert sound.read(dtype="int16").tolist() == [[VALUES["PCMU"][0x12], VALUES["PCMU"][0x34]]]
