"""Play sources as clips."""

import hashlib
from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.media.effects import FileSource, SilenceSource, ToneSource
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
