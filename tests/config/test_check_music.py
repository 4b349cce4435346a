"""Classes of music that nobody could hear."""

from pathlib import Path

import pytest

from pbx.config.check_music import check_music
from pbx.config.load import ConfigProblems, load
from pbx.config.sources import read_tenant


def problems(folder: Path, music: str) -> list[str]:
    file = folder / "acme" / "tenant.yaml"
    file.write_text(file.read_text() + music)
    source, errors = read_tenant(folder / "acme", "config/acme")
    assert errors == []
    return [str(error) for error in check_music(source)]


def test_without_music_nothing_is_wrong(folder: Path) -> None:
    assert problems(folder, "") == []


@pytest.mark.parametrize("name", ["a.mp3", "b.WAV", "c.flac"])
def test_a_folder_with_one_playable_file(folder: Path, name: str) -> None:
    (folder / "acme" / "music" / "hold").mkdir(parents=True)
    (folder / "acme" / "music" / "hold" / name).write_bytes(b"")
    assert problems(folder, "music:\n  hold: {}\n") == []


def test_a_folder_that_is_missing_is_named_with_its_line(folder: Path) -> None:
    (error,) = problems(folder, "music:\n  hold: {}\n")
    assert error.startswith(
        "config/acme/tenant.yaml:8:3: music.hold: there is no folder music/hold (playable are wav"
    )


def test_a_folder_without_music(folder: Path) -> None:
    (folder / "acme" / "songs").mkdir()
    (folder / "acme" / "songs" / "readme.txt").write_text("none")
    (folder / "acme" / "songs" / "album.mp3").mkdir()
    (error,) = problems(folder, "music:\n  queue: {folder: songs}\n")
    assert "music.queue: there is no playable file in songs" in error


@pytest.mark.parametrize("outside", ["../other", "/tmp", "music/../.."])
def test_a_folder_of_somebody_else(folder: Path, outside: str) -> None:
    (error,) = problems(folder, f"music:\n  hold: {{folder: {outside}}}\n")
    assert "is not below the tenant's folder" in error


def test_the_check_belongs_to_the_whole(folder: Path) -> None:
    problems(folder, "music:\n  hold: {}\n")
    with pytest.raises(ConfigProblems, match="there is no folder music/hold"):
        load(folder)
