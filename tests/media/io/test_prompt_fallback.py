"""A sentence that cannot be had as it is wanted is said otherwise, and that is told (IVR-07)."""

from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.errors import StorageError
from pbx.media.dialogue import Say
from pbx.media.effects import FileSource
from pbx.media.io import prompts
from pbx.media.io.prompts import FLEETING, Missed, PromptLibrary, PromptMissing
from pbx.media.wav import write
from tests.media.io.test_prompts import Counting

pytestmark = pytest.mark.requirement("IVR-07")
ENGLISH = Say(text="Hello.", language="en-GB")
GERMAN = Say(text="Guten Tag.", language="de-DE", otherwise=ENGLISH)
SUM = Say(text="ten euros", language="en-GB", pieces=("ten", "euros"), name="{money}")


def recorded(tmp_path: Path, language: str, *texts: str) -> Path:
    """A file of 100 ms for each text, of 200 ms for the second, and so on."""
    folder = tmp_path / "recorded" / language
    folder.mkdir(parents=True)
    for n, _ in enumerate(texts, 1):
        (folder / f"{n}.wav").write_bytes(write(b"\x00\x10" * 800 * n))
    (folder / "index.yaml").write_text("".join(f'{n}.wav: "{text}"\n' for n, text in enumerate(texts, 1)))
    return folder


def library(
    tmp_path: Path, engine: Counting | None = None, voices: frozenset[str] | None = None
) -> PromptLibrary:
    return PromptLibrary((tmp_path / "recorded",), tmp_path / "cache", engine, "gb", voices=voices)


def lengths(ready: prompts.PreparedPrompts) -> list[int]:
    return [one.duration_ms for one in ready.sources if isinstance(one, FileSource)]


async def test_the_language_that_is_wanted_next_is_said_where_there_is_no_recording(tmp_path: Path) -> None:
    recorded(tmp_path, "en-GB", ENGLISH.text)
    ready = await library(tmp_path).prepare((GERMAN,))
    assert lengths(ready) == [100]
    assert ready.missed == (Missed(sentence="Guten Tag.", language="de-DE", what="language"),)


async def test_a_voice_of_another_language_is_the_last_resort(tmp_path: Path) -> None:
    english = frozenset({"en-GB"})
    first = Counting()
    ready = await library(tmp_path, first, english).prepare((GERMAN,))
    assert (first.spoken, len(ready.missed)) == ([ENGLISH.text], 1)
    last = Counting()
    ready = await library(tmp_path, last, english).prepare((replace(GERMAN, otherwise=None),))
    assert (last.spoken, ready.missed) == ([GERMAN.text], ())


async def test_a_file_that_cannot_be_played_is_said_by_the_voice(tmp_path: Path) -> None:
    folder = recorded(tmp_path, "en-GB", ENGLISH.text)
    voice = Counting()
    spoken = library(tmp_path, voice)
    (folder / "1.wav").write_bytes(b"no audio")
    ready = await spoken.prepare((ENGLISH,))
    assert voice.spoken == [ENGLISH.text]
    assert ready.missed == (Missed(sentence="Hello.", language="en-GB", what="file"),)


async def test_a_file_that_has_gone_is_said_in_the_next_language(tmp_path: Path) -> None:
    folder = recorded(tmp_path, "de-DE", GERMAN.text)
    recorded(tmp_path, "en-GB", ENGLISH.text)
    found = library(tmp_path)
    (folder / "1.wav").unlink()
    ready = await found.prepare((GERMAN,))
    assert [one.what for one in ready.missed] == ["file", "language"]
    assert lengths(ready) == [100]


async def test_values_are_played_from_their_pieces(tmp_path: Path) -> None:
    recorded(tmp_path, "en-GB", "ten", "euros")
    ready = await library(tmp_path).prepare((SUM,))
    assert (lengths(ready), ready.total_ms, ready.missed) == ([100, 200], 300, ())


async def test_one_piece_that_is_missing_leaves_all_to_the_voice(tmp_path: Path) -> None:
    recorded(tmp_path, "en-GB", "ten")
    voice = Counting()
    await library(tmp_path, voice).prepare((SUM,))
    assert voice.spoken == ["ten euros"]


async def test_what_nobody_says_is_missing_and_no_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptMissing) as error:
        await library(tmp_path).prepare((SUM,))
    assert (error.value.text, "euros" in str(error.value)) == ("{money}", False)


async def test_a_full_disk_leaves_the_recording_of_another_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path, "de-DE", GERMAN.text)
    recorded(tmp_path, "en-GB", ENGLISH.text)
    await library(tmp_path).prepare((ENGLISH,))

    def full(source: Path, target: Path) -> None:
        raise StorageError("no space left", retryable=True)

    monkeypatch.setattr(prompts, "convert", full)
    assert lengths(await library(tmp_path).prepare((GERMAN,))) == [100]


async def test_sentences_with_values_are_kept_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts, "MAX_FLEETING", 2)
    spoken = library(tmp_path, Counting())
    for n in range(8):
        ready = await spoken.prepare((replace(SUM, text=f"{n} euros"),))
        (source,) = ready.sources
        assert isinstance(source, FileSource)
        assert Path(source.path).is_file()
    assert len(list((tmp_path / "cache" / FLEETING).glob("*.wav"))) <= 4
