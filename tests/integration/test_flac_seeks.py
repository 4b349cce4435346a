"""Seeks in a long wide-band recording, with a seek table and without one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pbx.core.errors import ParseError
from pbx.recording import seek_table, wav
from pbx.recording.effects import FinishedRecording
from pbx.recording.flac import Samples
from pbx.recording.io.flac_recording import FlacRecording
from pbx.recording.io.object_store import LocalDirectory
from tests.recording.stored_sound import KEY, manifest, store_flac

MINUTE = 60 * wav.RATE  # units
MINUTES = 17  # 3985 frames: the table is in two chunks, the last of them with sound behind it
HEAD = len(wav.header("L16", 1))


def minute_of(minute: int) -> Samples:
    """Silence, and a fifth of a second of noise that says which minute it is."""
    window = np.zeros((2 * MINUTE, 2), np.int16)
    window[:3200] = np.random.default_rng(minute).integers(-9000, 9000, (3200, 2))
    return window


async def stored(
    folder: Path, n_minutes: int, *, has_table: bool
) -> tuple[FinishedRecording, LocalDirectory]:
    (folder / "store").mkdir()
    store = LocalDirectory(folder / "store")
    windows = (minute_of(minute) for minute in range(n_minutes))
    return await store_flac(store, n_minutes * MINUTE, windows, folder, has_table=has_table), store


async def read(pieces: AsyncIterator[bytes]) -> Samples:
    octets = b"".join([piece async for piece in pieces])[HEAD:]
    return np.frombuffer(octets, "<i2").reshape(-1, 2)


@pytest.mark.requirement("R-25")
@pytest.mark.requirement("E-05")
async def test_a_seek_opens_two_chunks_beside_a_new_one_of_the_table(tmp_path: Path) -> None:
    row, store = await stored(tmp_path, MINUTES, has_table=True)
    sound, seen = FlacRecording(row, store, KEY), [0]
    await sound.prove()
    assert sound.n_opened == 2, "the first chunk and the last"
    for minute in (16, 1, 15, 3, 16):
        before = sound.n_opened
        first = minute * MINUTE + 77
        assert np.array_equal(await read(sound.excerpt(first, 1)), minute_of(minute)[154:156])
        frame = 2 * first // seek_table.BLOCK
        points = range(46 + 18 * frame, 46 + 18 * (frame + 2))  # of the frame, and of where it ends
        pages = {points.start // 65_536, (points.stop - 1) // 65_536} - set(seen)
        assert sound.n_opened - before <= 2 + len(pages)
        seen += pages
    assert len(seen) == 2
    assert not (await read(sound.excerpt(MINUTES * MINUTE - 1, 5))).any()


async def test_a_recording_of_an_earlier_version_is_searched(tmp_path: Path) -> None:
    row, store = await stored(tmp_path, 3, has_table=False)
    sound = FlacRecording(row, store, KEY)
    for first in (2 * MINUTE + 77, 77, MINUTE + 5):
        found = await read(sound.excerpt(first, 900))
        assert np.array_equal(found, minute_of(first // MINUTE)[2 * (first % MINUTE) :][:1800])
    assert not (await read(sound.excerpt(3 * MINUTE - 1, 5))).any()


async def test_a_table_of_another_length_is_not_believed(tmp_path: Path) -> None:
    row, store = await stored(tmp_path, 1, has_table=True)
    for n_units in (MINUTE - 4096, MINUTE + 4096):
        other = replace(row, manifest=manifest(n_units, "FLAC"))
        with pytest.raises(ParseError):
            await FlacRecording(other, store, KEY).prove()
