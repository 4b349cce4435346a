"""What the demonstration reads from files: a telephone's secret, a recorded sentence."""

from pathlib import Path

import pytest

from pbx.config.places import Places
from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.media.wav import write
from pbx.testphone.evidence import device_secret, recorded_prompt, subscriber


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path)
    made.make()
    return made


@pytest.mark.parametrize("number", ["+447700900123", "00447700900123", "07700900123", "07700 900123"])
def test_a_number_is_the_same_however_it_is_written(number: str) -> None:
    assert subscriber(number) == "700900123"


def test_the_secret_of_a_telephone(places: Places) -> None:
    places.secrets.write_text("acme/1001: hush\n")
    assert device_secret(places, "acme/1001") == Secret("hush")
    with pytest.raises(StorageError, match="no secret of acme/1002"):
        device_secret(places, "acme/1002")


@pytest.mark.parametrize("text", [None, "", "- a\n", "{"], ids=["missing", "empty", "list", "broken"])
def test_secrets_that_are_none(places: Places, text: str | None) -> None:
    if text is not None:
        places.secrets.write_text(text)
    with pytest.raises(StorageError):
        device_secret(places, "acme/1001")


def test_a_recorded_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "en-GB"
    folder.mkdir()
    (folder / "index.yaml").write_text('hello.wav: "Hello."\n')
    (folder / "hello.wav").write_bytes(write(b"\x01\x00\x02\x00"))
    found = recorded_prompt(tmp_path, "en-GB", "Hello.")
    assert found is not None and found.tolist() == [1.0, 2.0]
    assert recorded_prompt(tmp_path, "en-GB", "Goodbye.") is None


def test_a_language_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="the prompts of de-DE"):
        recorded_prompt(tmp_path, "de-DE", "Hallo.")
