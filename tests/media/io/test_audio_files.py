"""Audio files of every kind as prompts: what comes out is measured."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pbx.core.errors import StorageError
from pbx.media.bs1770 import integrated
from pbx.media.effects import FileSource
from pbx.media.io import audio_files
from pbx.media.io.audio_files import convert
from pbx.media.io.clips import ClipLoader, load_tones
from pbx.media.loudness import PEAK_LIMIT, TARGET_LUFS
from pbx.media.wav import Rate, read_wav, twin_of, write
from tests.damage import flipped

Floats = NDArray[np.float64]
KINDS = [("WAV", "PCM_U8"), ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "PCM_32"), ("WAV", "FLOAT")]
KINDS += [("WAV", "DOUBLE"), ("WAV", "ULAW"), ("WAV", "ALAW"), ("WAV", "IMA_ADPCM"), ("WAV", "GSM610")]
KINDS += [("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16")]
KINDS += [
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]


def tone(hz: float, rate: int, amplitude: float = 0.1, seconds: float = 2.0) -> Floats:
    t = np.arange(int(rate * seconds)) / rate
    return np.asarray(amplitude * np.sin(2 * np.pi * hz * t))


def save(path: Path, samples: Floats, rate: int, kind: tuple[str, str] = ("WAV", "PCM_16")) -> Path:
    soundfile.write(str(path), samples, rate, format=kind[0], subtype=kind[1])
    return path


def heard(path: Path, rate: Rate) -> Floats:
    return np.frombuffer(read_wav(path.read_bytes(), rate=rate).pcm, "<i2") / 32768


def converted(source: Path, rate: Rate = 8000) -> Floats:
    target = source.with_name("prompt.wav")
    convert(source, target)
    return heard(target if rate == 8000 else twin_of(target), rate)


def db(ratio: float) -> float:
    return float(20 * np.log10(ratio))


def level_db(samples: Floats, hz: float, rate: int, width: float = 40) -> float:
    """Return the level of what is near `hz`, in dBFS of a sine's peak."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / rate)
    scale = (np.hanning(len(samples)) ** 2).sum() * len(samples) / 4
    return float(10 * np.log10(power[np.abs(at - hz) < width].sum() / scale + 1e-20))


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_common_kind_of_file(tmp_path: Path, kind: tuple[str, str]) -> None:
    rate = 8000 if kind[1] == "GSM610" else 48000 if kind[1] == "OPUS" else 44100
    if kind[0] == "MP3":
        rate = 44100
    source = save(tmp_path / "in", tone(1000, rate), rate, kind)
    samples = converted(source)
    assert len(samples) / 8000 == pytest.approx(2, abs=0.15)  # encoders add a little at the ends
    middle = samples[4000:12000]
    assert abs(np.fft.rfftfreq(8000, 1 / 8000)[np.abs(np.fft.rfft(middle)).argmax()] - 1000) <= 1
    assert integrated(samples.astype(np.float32), 8000) == pytest.approx(TARGET_LUFS, abs=1)


@pytest.mark.parametrize("rate", [11025, 22050, 44100, 48000, 96000])
def test_a_wide_band_file_has_a_twin_of_the_same_level(tmp_path: Path, rate: int) -> None:
    source = save(tmp_path / "in.wav", tone(1000, rate) + tone(5000, rate, 0.05), rate)
    narrow, wide = converted(source), heard(twin_of(tmp_path / "prompt.wav"), 16000)
    assert abs(len(wide) - 2 * len(narrow)) <= 2
    assert level_db(wide, 1000, 16000) == pytest.approx(level_db(narrow, 1000, 8000), abs=0.2)
    assert level_db(wide, 1000, 16000) - level_db(wide, 5000, 16000) == pytest.approx(6, abs=0.5)


def test_a_narrow_file_has_no_twin_and_an_old_one_goes(tmp_path: Path) -> None:
    target = tmp_path / "prompt.wav"
    convert(save(tmp_path / "wide.wav", tone(1000, 16000), 16000), target)
    assert twin_of(target).exists()
    convert(save(tmp_path / "narrow.wav", tone(1000, 8000), 8000), target)
    assert not twin_of(target).exists()
    assert read_wav(target.read_bytes()).twin_sha256 == b""


@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_what_8_khz_cannot_carry_leaves_no_alias(tmp_path: Path, rate: int) -> None:
    """6 kHz would come back as 2 kHz."""
    samples = converted(save(tmp_path / "in.wav", tone(6000, rate, 0.5) + tone(500, rate, 0.1), rate))
    assert level_db(samples, 2000, 8000) < -60
    assert level_db(samples, 500, 8000) == pytest.approx(-17, abs=1)


@pytest.mark.parametrize("level", [0.02, 0.03, 0.3, 1.0])
def test_every_prompt_is_as_loud_as_the_others_and_never_clips(tmp_path: Path, level: float) -> None:
    rng = np.random.default_rng(1)
    syllables = (np.sin(2 * np.pi * 3 * np.arange(96000) / 48000) > 0) * rng.standard_normal(96000)
    source = save(tmp_path / "in.wav", np.clip(level * syllables / 4, -1, 1), 48000, ("WAV", "PCM_24"))
    for rate in (8000, 16000):
        samples = converted(source) if rate == 8000 else heard(twin_of(tmp_path / "prompt.wav"), 16000)
        assert np.abs(samples).max() <= PEAK_LIMIT + 1 / 32768
    assert integrated(converted(source).astype(np.float32), 8000) == pytest.approx(TARGET_LUFS, abs=1)


def test_dc_is_removed(tmp_path: Path) -> None:
    samples = converted(save(tmp_path / "in.wav", 0.4 + tone(440, 48000), 48000))
    assert abs(samples.mean()) < 1e-3


def test_opposite_channels_are_heard(tmp_path: Path) -> None:
    voice = tone(440, 48000)
    samples = converted(save(tmp_path / "in.wav", np.column_stack([voice, -voice]), 48000))
    assert level_db(samples, 440, 8000) == pytest.approx(-17, abs=1)


def test_the_loader_plays_the_twin_and_knows_a_changed_one(tmp_path: Path) -> None:
    target = tmp_path / "prompt.wav"
    convert(save(tmp_path / "in.wav", tone(5000, 48000) + tone(500, 48000), 48000), target)
    source = FileSource(
        path=str(target), sha256=hashlib.sha256(target.read_bytes()).hexdigest(), duration_ms=2000
    )
    wide = np.frombuffer(ClipLoader(load_tones()).load(source).stored("wide"), "<i2") / 32768
    assert level_db(wide, 5000, 16000) > -25
    twin_of(target).write_bytes(flipped(twin_of(target).read_bytes()))
    with pytest.raises(StorageError, match=r"prompt.16k.wav: changed since it was prepared"):
        ClipLoader(load_tones()).load(source)
    twin_of(target).unlink()
    wide = np.frombuffer(ClipLoader(load_tones()).load(source).stored("wide"), "<i2") / 32768
    assert level_db(wide, 5000, 16000) < -60


def flac() -> bytes:
    return b"fLaC" + bytes([0x80, 0, 0, 34]) + bytes(34)


HOSTILE = {
    "empty": b"",
    "text": b"this is no audio at all\n" * 50,
    "a page": b"<!doctype html><title>404</title>",
    "a WAV without samples": write(b""),
    "a WAV of no channels": write(bytes(160))[:22] + b"\0\0" + write(bytes(160))[24:],
    "a WAV of 1 Hz": write(bytes(160))[:24] + b"\1\0\0\0" + write(bytes(160))[28:],
    "a FLAC header alone": flac(),
    "an Ogg page alone": b"OggS\0\2" + bytes(40),
    "an MP3 frame alone": b"\xff\xfb\x90\x00" + bytes(10),
    "numbers that are none": b"RIFF"
    + struct.pack("<I", 52)
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 3, 1, 8000, 32000, 4, 32)
    + b"data"
    + struct.pack("<Iff", 8, float("nan"), 1.0),
}


def refused(source: Path) -> str:
    with pytest.raises(StorageError) as error:
        convert(source, source.with_name("prompt.wav"))
    assert not source.with_name("prompt.wav").exists()
    assert not error.value.retryable
    return str(error.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_audio_gives_one_line_that_names_the_file(tmp_path: Path, name: str) -> None:
    source = tmp_path / "in.wav"
    source.write_bytes(HOSTILE[name])
    message = refused(source)
    assert message.startswith("in.wav: ")
    assert "\n" not in message
    assert str(tmp_path) not in message


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.wav") == "none.wav: No such file or directory"
    (tmp_path / "folder.wav").mkdir()
    assert refused(tmp_path / "folder.wav").startswith("folder.wav: ")


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    source = save(tmp_path / "in", 0.1 * rng.standard_normal(96000), 48000, ("FLAC", "PCM_16"))
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    assert refused(source).startswith("in: ")


def test_a_header_may_not_claim_memory(tmp_path: Path) -> None:
    """A FLAC of 60 octets that claims 2^36 samples."""
    claim = bytearray(flac())
    claim[8:12] = struct.pack(">HH", 4096, 4096)
    claim[18:26] = struct.pack(">Q", 48000 << 44 | 0 << 41 | 15 << 36 | (1 << 36) - 1)
    (tmp_path / "in.flac").write_bytes(claim)
    assert refused(tmp_path / "in.flac").startswith("in.flac: ")


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rate = audio_files.MAX_RATE
    assert len(converted(save(tmp_path / "fast.wav", tone(440, rate, seconds=0.5), rate)))
    slow = audio_files.MIN_RATE
    assert len(converted(save(tmp_path / "slow.wav", tone(440, slow), slow)))
    many = np.column_stack([tone(440, 8000)] * audio_files.MAX_CHANNELS)
    assert len(converted(save(tmp_path / "many.wav", many, 8000)))
    (tmp_path / "prompt.wav").unlink()
    assert "no prompt" in refused(save(tmp_path / "a.wav", tone(440, rate + 1, seconds=0.1), rate + 1))
    assert "no prompt" in refused(save(tmp_path / "b.wav", tone(440, slow - 1), slow - 1))
    wide = np.column_stack([many, many[:, :1]])
    assert "no prompt" in refused(save(tmp_path / "c.wav", wide, 8000))
    source = save(tmp_path / "d.wav", tone(440, 8000, seconds=1), 8000)
    monkeypatch.setattr(audio_files, "MAX_VALUES", 8000)
    assert len(converted(source)) == 8000
    (tmp_path / "prompt.wav").unlink()
    monkeypatch.setattr(audio_files, "MAX_VALUES", 7999)
    assert refused(source) == "d.wav: too long for a prompt"
    monkeypatch.setattr(audio_files, "MAX_SOURCE_BYTES", source.stat().st_size - 1)
    assert refused(source) == "d.wav: too long for a prompt"


def test_other_containers_stay_closed(tmp_path: Path) -> None:
    assert refused(save(tmp_path / "in.mat", tone(440, 8000), 8000, ("MAT5", "PCM_16"))).endswith(
        "Ogg or MP3"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(0, 200), octets=st.binary(min_size=1, max_size=8), kind=st.sampled_from(KINDS))
def test_damaged_files_never_raise_anything_else(
    tmp_path: Path, at: int, octets: bytes, kind: tuple[str, str]
) -> None:
    whole = tmp_path / f"{'-'.join(kind)}.whole"
    if not whole.exists():
        rate = 8000 if kind[1] in ("GSM610", "OPUS") else 44100
        save(whole, tone(440, rate, seconds=0.2), rate, kind)
    damaged = bytearray(whole.read_bytes())
    damaged[at : at + len(octets)] = octets
    (tmp_path / "in").write_bytes(damaged)
    try:
        convert(tmp_path / "in", tmp_path / "out.wav")
    except StorageError:
        pass
