"""`pbx prompts add` and its neighbours: what is kept, what is used, and who did it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from pbx.config.load import load
from pbx.config.places import Places
from pbx.media.io import prompt_versions
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from tests.cli.conftest import Pbx

WELCOME = "Thank you for calling Acme."


def recorded(path: Path, seconds: float = 1.0, level: float = 0.02, rate: int = 44_100) -> Path:
    tone = level * np.sin(2 * np.pi * 500 * np.arange(int(rate * seconds)) / rate)
    soundfile.write(str(path), np.column_stack([tone, tone]), rate)
    return path


def index(places: Places, language: str = "en-GB") -> dict[str, str]:
    text = (places.base / f"config/acme/prompts/{language}/index.yaml").read_text()
    return dict(yaml.safe_load(text))


async def test_a_file_becomes_the_newest_version(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    source = recorded(tmp_path / "new.flac")
    said = await pbx("prompts", "add", str(source), "--says", WELCOME, "--json")
    assert said.code == 0, said.err
    assert said.json["file"] == "welcome-v1.wav"
    assert said.json["source"] == {"seconds": 1.0, "rate": 44100, "lufs": -34.6, "dbtp": -34.0}
    assert index(places)["welcome-v1.wav"] == WELCOME
    assert "welcome.wav" not in index(places)
    shown = (await pbx("prompts", "show", "welcome", "--json")).json
    assert shown["as_file"]["rate"] == 16_000
    assert shown["as_file"]["lufs"] == pytest.approx(-20, abs=0.3)
    assert shown["as_heard"]["lufs"] == pytest.approx(-20, abs=0.3)
    load(places.base / "config")


async def test_versions_and_back(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    for _ in range(2):
        assert (await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), "--name", "welcome")).code == 0
    rows = (await pbx("prompts", "history", "welcome", "--json")).json
    assert [(one["version"], one["in_use"], one["how"]) for one in rows] == [
        (2, True, "file a.wav"),
        (1, False, "file a.wav"),
        (0, False, ""),
    ]
    assert rows[0]["author"]
    assert len(rows[0]["sha256"]) == 64
    assert (await pbx("prompts", "restore", "welcome", "0")).code == 0
    assert index(places)["welcome.wav"] == WELCOME
    refused = await pbx("prompts", "restore", "welcome", "3")
    assert (refused.code, "no version 3 of welcome" in refused.err) == (1, True)


async def test_what_was_changed_is_on_record(pbx: Pbx, database: Database, tmp_path: Path) -> None:
    await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), "--name", "welcome")
    await pbx("prompts", "remove", "welcome")
    await pbx("prompts", "restore", "welcome", "0")
    facts = [fact for _, fact in await AuditStore(database).list(limit=10)]
    told = {fact.kind: (fact.details["file"], fact.details["language"], fact.tenant) for fact in facts}
    assert told == {
        "prompt.added": ("welcome-v1.wav", "en-GB", "acme"),
        "prompt.removed": ("welcome-v1.wav", "en-GB", "acme"),
        "prompt.restored": ("welcome.wav", "en-GB", "acme"),
    }
    assert all(str(fact.details["actor"]).startswith("operator/") for fact in facts)
    assert all(len(str(fact.details["sha256"])) == 64 for fact in facts)


async def test_removed_and_back(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), "--says", "A new sentence, number 7!")
    assert index(places)["a_new_sentence_number_7-v1.wav"] == "A new sentence, number 7!"
    name = "a_new_sentence_number_7"
    assert (await pbx("prompts", "remove", name)).code == 0
    assert "A new sentence, number 7!" not in index(places).values()
    gone = await pbx("prompts", "show", name)
    assert (gone.code, "no version of a_new_sentence_number_7 is used" in gone.err) == (1, True)
    assert (await pbx("prompts", "restore", name, "1")).code == 0
    assert index(places)["a_new_sentence_number_7-v1.wav"] == "A new sentence, number 7!"


async def test_a_language_that_is_new(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    words = ("--says", "Auf Wiederhören.", "--language", "de-DE")
    assert (await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), *words)).code == 0
    assert index(places, "de-DE") == {"auf_wiederh_ren-v1.wav": "Auf Wiederhören."}
    assert (await pbx("prompts", "history", "auf_wiederh_ren", "--language", "de-DE")).code == 0


async def test_the_longest_sentence(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    words = ("--says", "ü" * 1000, "--name", "long")
    assert (await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), *words)).code == 0
    (row,) = (await pbx("prompts", "history", "long", "--json")).json
    assert row["sentence"] == "ü" * 1000


async def test_the_voice_says_it(places: Places, pbx: Pbx) -> None:
    assert (await pbx("prompts", "say", "We are closed.")).code == 0
    (row,) = (await pbx("prompts", "history", "we_are_closed", "--json")).json
    assert row["how"].startswith("voice flite")
    assert index(places)["we_are_closed-v1.wav"] == "We are closed."


@pytest.mark.parametrize(
    ("codec", "rate"), [("PCMU", 8000), ("PCMA", 8000), ("G722", 16000), ("opus", 16000)]
)
async def test_a_preview_by_codec(pbx: Pbx, tmp_path: Path, codec: str, rate: int) -> None:
    out = tmp_path / "heard.wav"
    assert (await pbx("prompts", "preview", "welcome", "--codec", codec, "--out", str(out))).code == 0
    samples, found = soundfile.read(str(out))
    assert found == rate
    assert len(samples) / rate == pytest.approx(2.25, abs=0.1)
    assert 0.03 < np.sqrt(np.mean(np.square(samples))) < 0.2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--name", "Welcome"), "--name Welcome: expected"),
        (("--name", "../x"), "--name ../x: expected"),
        (("--name", "new"), "--says: expected a sentence"),
        (("--name", "new", "--says", WELCOME), "welcome.wav says this already"),
        (("--name", "new", "--says", "ü" * 1001), "--says: expected a sentence of at most 2000 octets"),
        (("--says", "ü"), "--name is needed"),
        (("--language", "German"), "expected a language tag"),
        (("--tenant", "acne"), "no tenant acne: there is acme"),
    ],
)
async def test_what_is_refused_changes_nothing(
    places: Places, pbx: Pbx, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    before = sorted((places.base / "config").rglob("*"))
    said = await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), *words)
    assert said.code == 1
    assert why in said.err
    assert sorted((places.base / "config").rglob("*")) == before


async def test_no_audio_is_refused_and_leaves_nothing(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no audio")
    said = await pbx("prompts", "add", str(tmp_path / "a.wav"), "--name", "welcome")
    assert said.code == 1
    assert said.err.startswith("pbx: a.wav: ")
    assert not list((places.base / "config/acme/prompts/en-GB").glob("*-v*"))


async def test_what_nobody_can_hear_is_told(pbx: Pbx, tmp_path: Path) -> None:
    source = recorded(tmp_path / "a.wav", level=0.0001)
    said = await pbx("prompts", "add", str(source), "--name", "welcome")
    assert (said.code, "nobody can be heard in a.wav" in said.err) == (0, True)


async def test_as_many_versions_as_there_may_be(
    pbx: Pbx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_versions, "MAX_VERSIONS", 2)
    source = str(recorded(tmp_path / "a.wav"))
    assert (await pbx("prompts", "add", source, "--name", "welcome")).code == 0  # the second
    said = await pbx("prompts", "add", source, "--name", "welcome")
    assert (said.code, "there are 2 versions of it" in said.err) == (1, True)


async def test_a_plan_that_lacks_the_recording_takes_it(places: Places, pbx: Pbx, tmp_path: Path) -> None:
    """The check refuses the plan until it is there."""
    settings = places.base / "config/pbx.yaml"
    settings.write_text(settings.read_text() + "\nspeech: {engine: none}\n")
    (places.base / "config/acme/prompts/en-GB/welcome.wav").unlink()
    assert (await pbx("check", str(places.base / "config"))).code != 0
    said = await pbx("prompts", "add", str(recorded(tmp_path / "a.wav")), "--name", "welcome")
    assert said.code == 0, said.err
