"""Masters: made by a process of its own, within limits, and they say who made them."""

import resource
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pbx.core.errors import StorageError
from pbx.media.io import prompt_master
from pbx.media.io.prompt_master import Origin, make_master, measure, origin_of, write_master

ORIGIN = Origin(sentence="Grüße „hi“.", author="ann", at="2026-11-30T20:00:00+00:00", how="file a.wav")


def recorded(path: Path, rate: int = 48_000, seconds: float = 1.0, level: float = 0.05) -> Path:
    soundfile.write(str(path), level * np.sin(2 * np.pi * 700 * np.arange(int(rate * seconds)) / rate), rate)
    return path


@pytest.mark.parametrize(("rate", "kept"), [(8000, 8000), (16000, 16000), (22050, 16000), (48000, 16000)])
async def test_a_master_says_who_made_it(tmp_path: Path, rate: int, kept: int) -> None:
    target = tmp_path / "master.wav"
    before = await make_master(recorded(tmp_path / "a.wav", rate), target, ORIGIN)
    assert (before.rate, before.seconds) == (rate, 1.0)
    after = measure(target)
    assert after.rate == kept
    assert after.lufs == pytest.approx(-20, abs=0.3)
    assert origin_of(target) == ORIGIN


async def test_what_is_no_audio(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"none")
    with pytest.raises(StorageError, match=r"^a\.wav: \S"):
        await make_master(tmp_path / "a.wav", tmp_path / "m.wav", ORIGIN)
    with pytest.raises(StorageError, match=r"^none\.wav: No such file"):
        await make_master(tmp_path / "none.wav", tmp_path / "m.wav", ORIGIN)
    assert origin_of(tmp_path / "a.wav") == Origin()


def test_the_longest_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = recorded(tmp_path / "a.wav", 8000, 2.0)
    monkeypatch.setattr(prompt_master, "MAX_SECONDS", 2.0)
    write_master(source, tmp_path / "m.wav", ORIGIN)
    monkeypatch.setattr(prompt_master, "MAX_SECONDS", 1.9)
    with pytest.raises(StorageError, match="longer than 2 s"):
        write_master(source, tmp_path / "m.wav", ORIGIN)


async def test_a_process_that_is_killed_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel ends one that uses more than it may; here the program cannot even begin."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(StorageError, match="more than it may"):
        await make_master(recorded(tmp_path / "a.wav"), tmp_path / "m.wav", ORIGIN)


async def test_a_sentence_as_long_as_there_is_room(tmp_path: Path) -> None:
    long = replace(ORIGIN, sentence="ü" * 1000, how="file " + "ü" * 100)
    await make_master(recorded(tmp_path / "a.wav"), tmp_path / "m.wav", long)
    assert origin_of(tmp_path / "m.wav") == long


def test_limits_are_lower_than_a_machine() -> None:
    assert prompt_master.LIMITS[resource.RLIMIT_CPU] <= prompt_master.TIMEOUT_S
