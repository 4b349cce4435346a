"""Prompts from recorded folders and from a speech engine, as the player gets them."""

import asyncio
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pbx.core.errors import ConfigError, StorageError
from pbx.media.bs1770 import integrated
from pbx.media.dialogue import Pause, PlayTone, Say
from pbx.media.effects import FileSource, SilenceSource, ToneSource
from pbx.media.io.engines import MAX_TEXT, FliteEngine, find_engine
from pbx.media.io.prompts import PromptLibrary, PromptMissing
from pbx.media.loudness import PEAK_LIMIT, TARGET_LUFS
from pbx.media.wav import read, write

HELLO = Say(text="Hello, you've reached us.")


def save(path: Path, octets: bytes) -> None:
    path.write_bytes(octets)


def content(source: FileSource) -> bytes:
    return Path(source.path).read_bytes()


def remove(source: FileSource) -> None:
    Path(source.path).unlink()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class Counting:
    """A speech engine whose words are a 440 Hz tone."""

    name = "counting"

    def __init__(self) -> None:
        self.spoken: list[str] = []

    async def speak(self, text: str, language: str, out: Path) -> None:
        self.spoken.append(text)
        await asyncio.sleep(0)
        if text == "unspeakable":
            raise StorageError("no", retryable=False)
        save(out, write(struct.pack("<800h", *([1000, -1000] * 400))))


def record(folder: Path, text: str, rate: int = 48000, channels: int = 1) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tone = 0.02 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    soundfile.write(str(folder / "hello.wav"), np.column_stack([tone] * channels), rate, subtype="PCM_16")
    (folder / "index.yaml").write_text(f'hello.wav: "{text}"\n', encoding="utf-8")
    return folder.parent


def library(tmp_path: Path, *recorded: Path, engine: Counting | None = None) -> PromptLibrary:
    return PromptLibrary(recorded, tmp_path / "cache", engine, "gb")


@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (44100, 2), (8000, 1), (16000, 1)])
async def test_a_recorded_prompt_of_any_rate(tmp_path: Path, rate: int, channels: int) -> None:
    folder = record(tmp_path / "recorded" / "en-GB", HELLO.text, rate, channels)
    prepared = await library(tmp_path, folder).prepare((HELLO,))
    (source,) = prepared.sources
    assert isinstance(source, FileSource)
    assert (source.duration_ms, prepared.total_ms) == (1000, 1000)
    heard = np.frombuffer(read(content(source)), "<i2") / 32768
    assert integrated(heard.astype(np.float32), 8000) == pytest.approx(TARGET_LUFS, abs=0.4)
    assert np.abs(heard).max() <= PEAK_LIMIT
    spectrum = np.abs(np.fft.rfft(heard))
    assert int(spectrum.argmax()) == 440


async def test_the_text_and_the_language_must_match_exactly(tmp_path: Path) -> None:
    folder = record(tmp_path / "recorded" / "en-GB", HELLO.text)
    with pytest.raises(PromptMissing) as error:
        await library(tmp_path, folder).prepare((HELLO, Say(text="Hello")))
    assert error.value.text == "Hello"
    with pytest.raises(PromptMissing):
        await library(tmp_path, folder).prepare((Say(text=HELLO.text, language="de-DE"),))


async def test_earlier_folders_win(tmp_path: Path) -> None:
    tenant = record(tmp_path / "tenant" / "en-GB", HELLO.text, 8000)
    shipped = record(tmp_path / "shipped" / "en-GB", HELLO.text, 16000)
    (tmp_path / "shipped" / "en-GB" / "hello.wav").write_bytes(write(bytes(1600)))
    assert (await library(tmp_path, tenant, shipped).prepare((HELLO,))).total_ms == 1000
    assert (await library(tmp_path, shipped, tenant).prepare((HELLO,))).total_ms == 100


async def test_tones_pauses_and_the_proof(tmp_path: Path) -> None:
    engine = Counting()
    prompts = (HELLO, Pause(duration_ms=300), PlayTone(tone="record", duration_ms=250))
    first = await library(tmp_path, engine=engine).prepare(prompts)
    assert first.sources[1:] == (
        SilenceSource(duration_ms=300),
        ToneSource(country="gb", tone="record", duration_ms=250),
    )
    assert first.total_ms == 650
    assert (await library(tmp_path, engine=engine).prepare(prompts)).sha256 == first.sha256
    assert (await library(tmp_path, engine=engine).prepare(prompts[:2])).sha256 != first.sha256
    assert engine.spoken == [HELLO.text]  # the second library found it in the cache folder


async def test_a_sentence_wanted_twice_at_once_is_rendered_once(tmp_path: Path) -> None:
    engine = Counting()
    prompts = library(tmp_path, engine=engine)
    results = await asyncio.gather(*(prompts.prepare((HELLO, Say(text=str(n % 2)))) for n in range(8)))
    assert sorted(engine.spoken) == ["0", "1", HELLO.text]
    assert len({result.sources for result in results}) == 2
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith(".new-")]


async def test_a_lost_cache_file_is_made_again(tmp_path: Path) -> None:
    engine = Counting()
    prompts = library(tmp_path, engine=engine)
    (source,) = (await prompts.prepare((HELLO,))).sources
    assert isinstance(source, FileSource)
    remove(source)
    assert (await prompts.prepare((HELLO,))).sources == (source,)
    assert len(engine.spoken) == 2


async def test_what_the_engine_cannot_say_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PromptMissing):
        await library(tmp_path, engine=Counting()).prepare((Say(text="unspeakable"),))


@pytest.mark.parametrize("index", ['gone.wav: "x"', '../hello.wav: "x"', "- a", "a: [", "hello.wav"])
def test_a_broken_index_is_named(tmp_path: Path, index: str) -> None:
    folder = record(tmp_path / "recorded" / "en-GB", "x")
    path = folder / "en-GB" / "index.yaml"
    path.write_text(index, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        library(tmp_path, folder)
    assert error.value.file == str(path)


async def test_flite_speaks_text_that_looks_like_an_option_or_a_command(tmp_path: Path) -> None:
    before = names(Path())
    for n, text in enumerate(("Welcome.", "-o /dev/null", "$(touch hacked); 'quoted'")):
        out = tmp_path / f"{n}.wav"
        await FliteEngine().speak(text, "en-GB", out)
        assert soundfile.info(str(out)).frames > 1000
    assert names(Path()) == before


async def test_text_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        await FliteEngine().speak("x" * (MAX_TEXT + 1), "en-GB", tmp_path / "x.wav")


def test_engines_are_found_by_name(tmp_path: Path) -> None:
    engine = find_engine("flite:slt")
    assert engine is not None
    assert engine.name == "flite-slt"
    assert find_engine("nonsense") is None
    assert find_engine(f"piper:{tmp_path}/none.onnx") is None
