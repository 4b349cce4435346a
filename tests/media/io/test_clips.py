"""Play sources as clips."""

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from pbx.core.errors import StorageError
from pbx.media.clip import Form
from pbx.media.effects import FileSource, NoiseSource, SilenceSource, ToneSource
from pbx.media.io import clips
from pbx.media.io.clips import ClipLoader, load_tones
from pbx.media.wav import write

LOADER = ClipLoader(load_tones())


def prompt(path: Path, octets: bytes, sha256: str | None = None) -> FileSource:
    path.write_bytes(octets)
    return FileSource(
        path=str(path), sha256=hashlib.sha256(octets).hexdigest() if sha256 is None else sha256, duration_ms=1
    )


def test_a_file(tmp_path: Path) -> None:
    source = prompt(tmp_path / "a.wav", write(b"\1\0" * 80))
    clip = LOADER.load(source)
    assert (clip.pcm, clip.n_samples) == (b"\1\0" * 80, 80)
    Path(source.path).unlink()
    assert LOADER.load(source) is clip  # remembered, with what was made of it


def test_the_least_recently_played_file_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "MAX_CACHED_BYTES", 2 * 4 * 160)
    loader = ClipLoader(load_tones())
    a, b, c = (prompt(tmp_path / f"{name}.wav", write(bytes([n, 0]) * 80)) for n, name in enumerate("abc"))
    first, second = loader.load(a), loader.load(b)
    assert loader.load(a) is first
    loader.load(c)
    assert loader.load(a) is first
    assert loader.load(b) is not second


def test_a_file_that_is_not_what_was_ordered(tmp_path: Path) -> None:
    for source in (
        prompt(tmp_path / "changed.wav", write(bytes(160)), "0" * 64),
        prompt(tmp_path / "rubbish.wav", b"rubbish"),
        FileSource(path=str(tmp_path / "missing.wav"), sha256="", duration_ms=1),
        FileSource(path=str(tmp_path), sha256="", duration_ms=1),
    ):
        with pytest.raises(StorageError):
            LOADER.load(source)


def test_silence_and_tones() -> None:
    silence = LOADER.load(SilenceSource(duration_ms=250))
    assert (silence.n_samples, set(silence.pcm)) == (2000, {0})
    assert LOADER.load(ToneSource(country="de", tone="busy", duration_ms=480)).n_samples == 3840
    with pytest.raises(StorageError):
        LOADER.load(ToneSource(country="de", tone="siren"))


@pytest.mark.requirement("MED-11")
@pytest.mark.parametrize("form", ["narrow", "wide"])
def test_comfort_noise_has_its_level_for_as_long_as_it_shall(form: Form) -> None:
    clip = LOADER.load(NoiseSource(level=50))
    heard = clip.cut(8000 * 3600, 8000, form)  # after an hour
    rms = float(np.frombuffer(heard, "<i2").astype(float).std())
    assert -20 * math.log10(rms / 32768) == pytest.approx(50, abs=0.5)
    assert LOADER.load(NoiseSource(level=50, duration_ms=250)).n_samples == 2000


@pytest.mark.parametrize("level", [-1, 128])
def test_a_level_of_noise_that_there_is_not(level: int) -> None:
    assert LOADER.load(NoiseSource(level=min(max(level, 0), 127), duration_ms=20)).n_samples == 160
    with pytest.raises(StorageError, match=str(level)):
        LOADER.load(NoiseSource(level=level))
