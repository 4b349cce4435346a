"""Folders of music as programmes, and the piece that ships with the package."""

import logging
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pbx.core.errors import StorageError
from pbx.core.ids import SeededIds
from pbx.media.bs1770 import integrated
from pbx.media.effects import FileSource
from pbx.media.io import music_files
from pbx.media.io.clips import ClipLoader, load_tones
from pbx.media.io.music_files import MAX_CLASS_MS, MAX_FILES, MAX_PROGRAMMES, Programmes, prepare
from pbx.media.loudness import TARGET_LUFS
from pbx.media.music import MusicClass, MusicListener
from pbx.media.wav import read, read_wav, twin_of

LOADER = ClipLoader(load_tones())


def save(path: Path, hz: float, seconds: float = 1.0) -> None:
    t = np.arange(int(16000 * seconds)) / 16000
    soundfile.write(str(path), 0.1 * np.sin(2 * np.pi * hz * t), 16000)


def music(folder: Path | None, level_db: int = -10) -> MusicClass:
    return MusicClass(name="hold", folder=folder, level_db=level_db)


def samples(source: FileSource) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (np.frombuffer(read(Path(source.path).read_bytes()), "<i2") / 32768).astype(np.float32)


def level_db(source: FileSource) -> float:
    return integrated(samples(source), 8000) - TARGET_LUFS


@pytest.mark.parametrize("level", [0, -10, -20])
def test_files_of_a_folder_below_speech_in_the_order_of_their_names(tmp_path: Path, level: int) -> None:
    (tmp_path / "songs").mkdir()
    save(tmp_path / "songs" / "b.wav", 500, 2)
    save(tmp_path / "songs" / "a.flac", 400)
    (tmp_path / "songs" / "readme.txt").write_text("no music")
    sources = prepare(music(tmp_path / "songs", level), tmp_path / "cache")
    assert [source.duration_ms for source in sources] == [1000, 2000]
    assert [round(level_db(source)) for source in sources] == [level, level]
    assert prepare(music(tmp_path / "songs", level), tmp_path / "cache") == sources
    assert prepare(music(tmp_path / "songs", level - 1), tmp_path / "cache") != sources


def test_a_damaged_file_is_left_out_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path / "a.wav", 400)
    (tmp_path / "b.mp3").write_bytes(b"no music at all")
    with caplog.at_level(logging.WARNING):
        assert len(prepare(music(tmp_path), tmp_path / "cache")) == 1
    assert "music=hold b.mp3: " in caplog.text


def test_nothing_to_play(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="music hold: no file that can be played"):
        prepare(music(tmp_path), tmp_path / "cache")
    with pytest.raises(StorageError, match="music hold: No such file"):
        prepare(music(tmp_path / "none"), tmp_path / "cache")


def test_number_and_length_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "songs").mkdir()
    for n in range(4):
        save(tmp_path / "songs" / f"{n}.wav", 400 + n)
    assert (MAX_FILES, MAX_CLASS_MS) == (64, 1_200_000)
    monkeypatch.setattr(music_files, "MAX_FILES", 3)
    assert len(prepare(music(tmp_path / "songs"), tmp_path / "cache")) == 3
    monkeypatch.setattr(music_files, "MAX_CLASS_MS", 2000)
    assert len(prepare(music(tmp_path / "songs"), tmp_path / "cache")) == 2
    monkeypatch.setattr(music_files, "MAX_CLASS_MS", 1999)
    assert len(prepare(music(tmp_path / "songs"), tmp_path / "cache")) == 1


def test_the_piece_that_ships(tmp_path: Path) -> None:
    (source,) = prepare(music(None), tmp_path)
    heard = samples(source)
    assert 30_000 < source.duration_ms < 60_000
    assert level_db(source) == pytest.approx(-10, abs=1)
    assert np.abs(heard).max() < 0.5
    assert abs(float(heard.mean())) < 1e-3
    joint = np.abs(np.diff(np.concatenate([heard[-400:], heard[:400]])))
    assert float(joint.max()) <= float(np.abs(np.diff(heard)).max())  # the end runs into the beginning
    quiet = [integrated(heard[n : n + 8000], 8000) for n in range(0, len(heard) - 8000, 8000)]
    assert min(quiet) > -50  # LUFS
    assert len(read_wav(twin_of(Path(source.path)).read_bytes(), rate=16000).pcm) > 3 * len(heard)


def test_one_programme_for_all_listeners(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", 400, 3)
    sources = prepare(music(tmp_path), tmp_path / "cache")
    on_air = Programmes(LOADER, SeededIds())
    radio = on_air.programme(sources, "listed", 10.0)
    assert on_air.programme(sources, "listed", 99.0) is radio
    assert on_air.programme(sources, "shuffled", 99.0) is not radio
    first, second = MusicListener(radio, "clock"), MusicListener(radio, "clock")
    first.enter(11.0)
    second.enter(11.0)
    assert [first.encoded_frame("PCMU") for _ in range(50)] == [
        second.encoded_frame("PCMU") for _ in range(50)
    ]


def test_the_number_of_programmes_is_limited(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", 400, 0.1)
    (source,) = prepare(music(tmp_path), tmp_path / "cache")
    on_air = Programmes(LOADER, SeededIds())
    first = on_air.programme((source,), "listed", 1.0)
    second = on_air.programme((source,) * 2, "listed", 1.0)
    for n in range(3, MAX_PROGRAMMES + 1):
        on_air.programme((source,) * n, "listed", 1.0)
    assert on_air.programme((source,), "listed", 1.0) is first
    on_air.programme((source,) * (MAX_PROGRAMMES + 1), "listed", 1.0)
    assert on_air.programme((source,), "listed", 1.0) is first
    assert on_air.programme((source,) * 2, "listed", 1.0) is not second


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    gone = FileSource(path=str(tmp_path / "gone.wav"), sha256="", duration_ms=1)
    with pytest.raises(StorageError):
        Programmes(LOADER, SeededIds()).programme((gone,), "listed", 1.0)
