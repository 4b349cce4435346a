"""Reading a recording from any second on: only what is authentic, and only up to its true end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.errors import ParseError
from pbx.recording import wav
from pbx.recording.age_payload import NONCE_SIZE, SEALED_CHUNK
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import LocalDirectory
from pbx.recording.io.seekable import SeekableRecording
from pbx.recording.picture.peaks import Peaks
from tests.recording.stored_sound import KEY, manifest, sound, store_sound

N_SAMPLES = 150_000  # five chunks of 64 KiB in two channels
TWO_CHUNKS = NONCE_SIZE + 2 * SEALED_CHUNK


@pytest.fixture
async def row(tmp_path: Path) -> FinishedRecording:
    return await store_sound(LocalDirectory(tmp_path), N_SAMPLES, tmp_path)


async def excerpt(row: FinishedRecording, folder: Path, first: int, n_samples: int) -> tuple[bytes, int]:
    """Return what comes out, and how many chunks were opened."""
    recording = SeekableRecording(row, LocalDirectory(folder), KEY)
    return b"".join([piece async for piece in recording.excerpt(first, n_samples)]), recording.n_opened


@pytest.mark.requirement("R-25")
@pytest.mark.parametrize(("first", "n_samples", "n_opened"), [(70_000, 100, 3), (0, 100, 3), (149_999, 9, 3)])
async def test_a_second_costs_the_first_the_last_and_its_own_chunk(
    row: FinishedRecording, tmp_path: Path, first: int, n_samples: int, n_opened: int
) -> None:
    n_samples = min(n_samples, N_SAMPLES - first)
    said = wav.header("PCMU", n_samples) + sound(2 * first, 2 * n_samples)
    assert await excerpt(row, tmp_path, first, n_samples) == (said, n_opened)


async def test_all_of_it_is_the_whole_file(row: FinishedRecording, tmp_path: Path) -> None:
    whole, _ = await excerpt(row, tmp_path, 0, N_SAMPLES)
    assert whole == wav.header("PCMU", N_SAMPLES) + sound(0, 2 * N_SAMPLES)


@pytest.mark.requirement("D-03")
async def test_muted_it_is_as_long_and_has_nothing_but_what_is_kept(
    row: FinishedRecording, tmp_path: Path
) -> None:
    recording = SeekableRecording(row, LocalDirectory(tmp_path), KEY)
    kept = [(0, 100), (70_000, N_SAMPLES)]
    out = b"".join([piece async for piece in recording.muted(([], kept))])
    head = wav.header("PCMU", N_SAMPLES)
    samples, master = out[len(head) :], sound(0, 2 * N_SAMPLES)
    assert out.startswith(head)
    assert samples[0::2] == b"\xff" * N_SAMPLES
    assert samples[1::2] == master[1:200:2] + b"\xff" * 69_900 + master[140_001::2]


def cut(octets: bytes) -> bytes:
    return octets[:TWO_CHUNKS]


def change_end(octets: bytes) -> bytes:
    return octets[:-1] + bytes([octets[-1] ^ 1])


def leave_one_out(octets: bytes) -> bytes:
    return octets[: NONCE_SIZE + SEALED_CHUNK] + octets[TWO_CHUNKS:]


@pytest.mark.requirement("E-04")
@pytest.mark.parametrize("damage", [cut, change_end, leave_one_out])
async def test_nothing_is_heard_of_an_object_with_another_end(
    row: FinishedRecording, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / row.object_key
    octets = damage(file.read_bytes())
    file.write_bytes(octets)
    for claimed in (row.size, len(octets)):  # the row may have been changed with it
        with pytest.raises(ParseError, match="damaged or the payload is cut"):
            await excerpt(replace(row, size=claimed), tmp_path, 0, 10)


@pytest.mark.requirement("E-04")
async def test_a_chunk_in_the_middle_is_checked_when_it_is_heard(
    row: FinishedRecording, tmp_path: Path
) -> None:
    file = tmp_path / row.object_key
    octets = bytearray(file.read_bytes())
    octets[TWO_CHUNKS + 5] ^= 1
    file.write_bytes(octets)
    assert (await excerpt(row, tmp_path, 0, 10))[0][-20:] == sound(0, 20)
    with pytest.raises(ParseError, match="chunk 2 is damaged"):
        await excerpt(row, tmp_path, 70_000, 10)


@pytest.mark.requirement("E-04")
@pytest.mark.parametrize(
    "said", [manifest(N_SAMPLES - 1), manifest(N_SAMPLES + 1), manifest(N_SAMPLES, "PCMA")]
)
async def test_a_manifest_that_says_another_sound_is_refused(
    row: FinishedRecording, tmp_path: Path, said: bytes
) -> None:
    with pytest.raises(ParseError, match="does not belong to this sound"):
        await excerpt(replace(row, manifest=said), tmp_path, 0, 10)


@pytest.mark.requirement("R-04")
async def test_a_list_of_gaps_behind_the_samples_is_no_sound(tmp_path: Path) -> None:
    row = await store_sound(LocalDirectory(tmp_path), N_SAMPLES, tmp_path, b"gaps" + bytes(20))
    assert (await excerpt(row, tmp_path, 149_990, 99))[0] == wav.header("PCMU", 10) + sound(299_980, 20)
    peaks = Peaks("PCMU", N_SAMPLES, 100)
    peaks.update((await excerpt(row, tmp_path, 0, N_SAMPLES))[0])
    assert peaks.outline().n_columns == 100
    with pytest.raises(ParseError, match="does not belong to this sound"):
        await excerpt(replace(row, manifest=manifest(N_SAMPLES)), tmp_path, 0, 10)


@pytest.mark.requirement("R-04")
async def test_a_list_of_gaps_that_is_missing_is_missed(row: FinishedRecording, tmp_path: Path) -> None:
    said = manifest(N_SAMPLES, gaps_omitted=1)
    with pytest.raises(ParseError, match="does not belong to this sound"):
        await excerpt(replace(row, manifest=said), tmp_path, 0, 10)
