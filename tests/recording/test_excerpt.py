"""Which chunks an excerpt has and what they hold, as the verifier of a pack finds it out by itself."""

import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.recording import excerpt, flac, offline_verifier, wav
from pbx.recording.age import CHUNK
from pbx.recording.chunk_tree import ChunkTree
from pbx.recording.excerpt import Excerpt, Survey
from pbx.recording.gaps import Gap
from pbx.recording.manifest import Sound
from pbx.recording.offline_verifier import Pack, Wrong
from tests.recording.flac_files import whole

GAPS = [Gap(channel=1, start=160, length=320, cause="loss")]
SECONDS = 16


def noise(n_samples: int, n_channels: int, *, seed: int = 1) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Noise of which the last channel is still in the second half: frames of two lengths."""
    samples = np.random.default_rng(seed).integers(-32768, 32768, (n_samples, n_channels))
    samples[n_samples // 2 :, -1] = 0
    return samples.astype(np.int16)


def master(encoding: Encoding, n_channels: int, *, gaps: bool) -> tuple[bytes, Sound]:
    """A file and what its manifest says of it."""
    listed = GAPS if gaps else []
    form = Sound(encoding=encoding, samples=SECONDS * 8000 + 7, lists_gaps=gaps, n_channels=n_channels)
    samples = noise(form.in_file, n_channels)
    if form.is_flac:
        return whole(form.in_file, [samples], listed, n_channels), form
    width = form.form.width
    window = tuple(samples[:, n].astype("<i2").tobytes()[:: 2 // width] for n in range(n_channels))
    return b"".join(wav.pieces(encoding, form.in_file, [window], listed, n_channels)), form


def surveyed(octets: bytes, sound: Sound, piece: int = 50_001) -> tuple[Survey, dict[str, Any]]:
    survey, tree = Survey(sound), ChunkTree()
    for at in range(0, len(octets), piece):
        survey.update(octets[at : at + piece])
    tree.update(octets)
    said = tree.finish()
    survey.finish(said)
    return survey, said


def pack(folder: Path, cut: Excerpt, octets: bytes, what: tuple[Survey, Sound, dict[str, Any]]) -> Pack:
    """The files of a pack that speak of the part, written as `pbx recordings export` writes them."""
    survey, sound, tree = what
    codec = "FLAC" if sound.is_flac else sound.encoding
    said: dict[str, Any] = {"recording": "r", "codec": codec, "sample_rate": sound.form.sample_rate}
    said |= {"bits": 8 * sound.form.width, "channels": [{}] * sound.n_channels, "samples": sound.samples}
    said |= {"gaps_omitted": int(sound.lists_gaps), "plain_tree": tree}
    said |= {"size": len(octets) + 16 + 16 * tree["chunks"]}
    copy = "part.flac" if sound.is_flac else "part.wav"
    (folder / "manifest.json").write_text(json.dumps(said))
    (folder / "part.json").write_text(json.dumps(cut.said("r", copy)))
    (folder / "part.chunks").write_bytes(octets[cut.chunks.start * CHUNK : cut.chunks.stop * CHUNK])
    (folder / copy).write_bytes(survey.copy_header(cut) + octets[cut.place[0] : cut.place[1]])
    return Pack(folder, "", None)


FORMS: list[tuple[Encoding, int, bool]] = [
    ("PCMA", 2, False),
    ("PCMU", 3, True),
    ("L16", 2, False),
    ("L16", 2, True),
    ("L16", 8, False),
    ("L16", 9, True),
]


@pytest.mark.requirement("E-12")
@pytest.mark.parametrize(("encoding", "n_channels", "gaps"), FORMS)
def test_any_part_of_any_master_is_whole_proved_and_heard(
    encoding: Encoding, n_channels: int, gaps: bool, tmp_path: Path
) -> None:
    octets, sound = master(encoding, n_channels, gaps=gaps)
    survey, tree = surveyed(octets, sound)
    samples = soundfile.read(io.BytesIO(octets), dtype="int16", always_2d=True)[0]
    chance, rate = random.Random(n_channels), sound.form.sample_rate
    asked = [(0, 1), (0, SECONDS * 1000), (SECONDS * 1000, SECONDS * 1000 + 1)]
    asked += [(at := chance.randrange(SECONDS * 1000), at + chance.randrange(1, 3000)) for _ in range(4)]
    for begin_ms, end_ms in asked:
        cut = survey.cut(begin_ms, end_ms)
        wanted = begin_ms * rate // 1000, min(sound.in_file, -(-end_ms * rate // 1000))
        assert cut.told[0] <= cut.copied[0] <= wanted[0] < wanted[1] <= cut.copied[1] <= cut.told[1]
        judge = pack(tmp_path, cut, octets, (survey, sound, tree))
        judge.chunks()
        judge.samples()
        judge.copy()
        copy = tmp_path / ("part.flac" if sound.is_flac else "part.wav")
        with soundfile.SoundFile(copy) as file:  # read through: FLAC frames keep their numbers
            heard = file.read(file.frames, dtype="int16", always_2d=True)
        assert np.array_equal(heard, samples[slice(*cut.copied)])


def test_pieces_of_any_size_tell_the_same() -> None:
    octets, sound = master("L16", 2, gaps=True)
    asked = surveyed(octets, sound)[0].cut(5000, 6000)
    for piece in (7, 4096, len(octets)):
        assert surveyed(octets[:], sound, piece)[0].cut(5000, 6000) == asked


def test_more_is_told_than_can_be_heard_where_a_frame_is_cut() -> None:
    octets, sound = master("L16", 2, gaps=False)
    cut = surveyed(octets, sound)[0].cut(5000, 5001)
    assert cut.frames is not None
    assert cut.told == ((cut.frames[0] - 1) * flac.BLOCK, (cut.frames[1] + 1) * flac.BLOCK)
    assert cut.seconds == f"{cut.told[0] / 16_000:.3f} s to {cut.told[1] / 16_000:.3f} s"


Forged = Callable[[dict[str, Any]], dict[str, Any]]
FORGERIES: list[Forged] = [
    lambda said: {"frames": [said["frames"][0] + 1, said["frames"][1]]},
    lambda said: {"place": [said["place"][0] + 1, said["place"][1]]},
    lambda said: {"frames": [said["frames"][0], said["frames"][1] - 1]},
    lambda said: {"frames": [said["frames"][0], said["frames"][0]], "place": [said["place"][0]] * 2},
    lambda said: {"told": [said["told"][0] + flac.BLOCK, said["told"][1]]},
    lambda said: {"rate": 8000},
    lambda said: {"recording": "another"},
]


@pytest.mark.requirement("E-12")
@pytest.mark.parametrize("forged", FORGERIES)
def test_frames_that_are_named_wrongly_are_found(forged: Forged, tmp_path: Path) -> None:
    octets, sound = master("L16", 2, gaps=False)
    survey, tree = surveyed(octets, sound)
    judge = pack(tmp_path, survey.cut(5000, 6000), octets, (survey, sound, tree))
    judge.samples()
    said = json.loads((tmp_path / "part.json").read_text())
    (tmp_path / "part.json").write_text(json.dumps(said | forged(said)))
    with pytest.raises(Wrong):
        judge.samples()


def test_who_leaves_frames_out_of_what_he_tells_is_found(tmp_path: Path) -> None:
    """Of chunks with eleven frames only the inner ones are named, where they do stand."""
    octets, sound = master("L16", 2, gaps=False)
    survey, tree = surveyed(octets, sound)
    wide, narrow = survey.cut(4000, 8000), survey.cut(5500, 6000)
    assert wide.chunks.start < narrow.chunks.start and narrow.chunks.stop < wide.chunks.stop
    forged = replace(wide, frames=narrow.frames, place=narrow.place, told=narrow.told, copied=narrow.copied)
    with pytest.raises(Wrong, match="more frames"):
        pack(tmp_path, forged, octets, (survey, sound, tree)).samples()


@pytest.mark.parametrize("more", [0, 1, 2])
def test_the_header_of_a_master_beyond_4_gib_is_longer(more: int) -> None:
    """The first size that RIFF cannot say is that of RF64."""
    n_samples = (0xFFFFFFFF - 50) // 2 + more
    head = len(wav.header("PCMA", n_samples))
    assert head == (58 if more == 0 else 94)
    tree = {"chunk": CHUNK, "chunks": 1}
    said = {"plain_tree": tree, "channels": [{}] * 2, "size": head + 2 * n_samples + 32, "bits": 8}
    said |= {"samples": n_samples, "sample_rate": 8000, "codec": "PCMA", "gaps_omitted": 0}
    place = offline_verifier._stretches(said, {"chunk": 0}, bytes(CHUNK))[2]
    assert place == (head, head + (CHUNK - head) // 2 * 2)


def test_what_is_no_part_or_another_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    octets, sound = master("PCMA", 2, gaps=False)
    survey, tree = surveyed(octets, sound)
    for begin_ms, end_ms in ((5, 5), (6, 5), (-1, 5), (SECONDS * 1000 + 1, SECONDS * 1000 + 9)):
        with pytest.raises(ParseError):
            survey.cut(begin_ms, end_ms)
    monkeypatch.setattr(excerpt, "MAX_CHUNKS", 2)
    assert len(survey.cut(0, 8000).chunks) == 2
    with pytest.raises(ParseError, match="at most 2 chunks"):
        survey.cut(0, 9000)
    for said, root in ((replace(sound, samples=sound.samples - 1), tree), (sound, {**tree, "root": "00"})):
        other = Survey(said)
        other.update(octets)
        with pytest.raises(ParseError):
            other.finish(root)
