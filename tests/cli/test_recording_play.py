"""The times that `pbx recordings play` takes, and who takes the sound at a terminal."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from pbx.cli.output import Refusal, WrongUsage
from pbx.cli.progress import Bar
from pbx.cli.recording_play import listener, pour
from pbx.cli.time_span import clock


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0), ("90", 90), ("1:30", 90), ("0:01:30.5", 90.5), ("240:00", 14_400), ("4:00:00", 14_400)],
)
def test_a_time_is_seconds(said: str, seconds: float) -> None:
    assert clock(said) == seconds


@pytest.mark.parametrize("said", ["", "-1", "1:", ":5", "1:2:3:4", "1e3", "٣", "1234567", "1:60", "1:60:00"])
def test_what_is_no_time_is_refused_in_words(said: str) -> None:
    with pytest.raises(WrongUsage, match="is no time"):
        clock(said)


@contextmanager
def at_a_terminal(programs: Path) -> Iterator[None]:
    """Let somebody sit at a terminal who has only these programs."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "w") as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs))
        patch.setattr(sys, "stdout", terminal)
        yield


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)


def test_a_player_takes_the_sound_at_a_terminal(tmp_path: Path) -> None:
    program(tmp_path / "ffplay", f"exec /bin/cat > {tmp_path}/heard")
    with at_a_terminal(tmp_path), listener() as out:
        out.write(b"sound" * 100_000)
    assert (tmp_path / "heard").read_bytes() == b"sound" * 100_000


def test_octets_are_never_written_to_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no player here"), at_a_terminal(tmp_path), listener():
        raise AssertionError("nothing is read, decrypted or written")


def test_a_player_may_be_closed_early(tmp_path: Path) -> None:
    program(tmp_path / "aplay", "exit 0")
    with at_a_terminal(tmp_path), listener() as out:
        out.write(b"sound" * 100_000)


def test_a_player_that_fails_is_named(tmp_path: Path) -> None:
    program(tmp_path / "aplay", "exit 7")
    with (
        pytest.raises(Refusal, match="aplay gave up with exit code 7"),
        at_a_terminal(tmp_path),
        listener() as out,
    ):
        out.write(b"sound")


async def test_the_bar_counts_the_sound_that_was_taken() -> None:
    taken, bar = BytesIO(), Bar("playing", 40_000)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"header"
        yield bytes(30_000)
        yield bytes(10_000)

    await pour(pieces(), taken, bar)
    assert (len(taken.getvalue()), bar.done) == (40_006, 40_000)
