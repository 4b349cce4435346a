"""Sentences that nobody could hear."""

from pathlib import Path

import pytest

from pbx.config.check_prompts import check_prompts, sentences
from pbx.config.sources import read_tenant
from pbx.ivr import steps


def test_the_sample_can_be_heard_without_a_speech_engine(folder: Path) -> None:
    source, _ = read_tenant(folder / "acme", "config/acme")
    assert check_prompts(source, "none") == []


def test_a_sentence_without_recording(folder: Path) -> None:
    file = folder / "acme" / "flows" / "support.yaml"
    file.write_text(file.read_text().replace("Thank you for calling Acme.", "Hello."))
    source, _ = read_tenant(folder / "acme", "config/acme")
    assert check_prompts(source, "flite") == []
    (error,) = check_prompts(source, "none")
    assert (error.file, error.line) == ("config/acme/flows/support.yaml", 4)
    assert error.message == 'no recording says "Hello."'


def test_what_a_queue_says_without_a_recording(folder: Path) -> None:
    file = folder / "acme" / "queues.yaml"
    file.write_text('queues: {x: {members: [1001], announce: {position: "You are {position} of all."}}}\n')
    source, _ = read_tenant(folder / "acme", "config/acme")
    assert check_prompts(source, "flite") == []
    said = [error.message for error in check_prompts(source, "none")]
    assert said == ['no recording says "You are"', 'no recording says "of all."']


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(("policy", "n_errors"), [("continue", 0), ("announce_unrecorded", 0), ("refuse", 1)])
def test_the_sentence_about_a_missing_recording(folder: Path, policy: str, n_errors: int) -> None:
    file = folder / "acme" / "recording.yaml"
    file.write_text(f"on_recording_failure: {policy}\n")
    source, _ = read_tenant(folder / "acme", "config/acme")
    errors = check_prompts(source, "none")
    assert [error.path for error in errors] == ["on_recording_failure"] * n_errors
    assert check_prompts(source, "flite") == []


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("rules: [{mode: always, on_failure: refuse}]\n", "rules.0.on_failure"),
        ("on_failure: {evidence: refuse}\n", "on_failure.evidence"),
        ("on_recording_failure: refuse\non_failure: {evidence: refuse}\n", "on_recording_failure"),
    ],
)
def test_each_policy_has_its_sentence(folder: Path, text: str, path: str) -> None:
    (folder / "acme" / "recording.yaml").write_text(text)
    source, _ = read_tenant(folder / "acme", "config/acme")
    assert [error.path for error in check_prompts(source, "none")] == [path]


def test_a_recording_that_is_not_there(folder: Path) -> None:
    (folder / "acme" / "prompts" / "en-GB" / "echo.wav").unlink()
    source, _ = read_tenant(folder / "acme", "config/acme")
    (error,) = check_prompts(source, "flite")
    assert error.message == "there is no file prompts/en-GB/echo.wav"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (steps.Say(text="a", next="x"), ("a",)),
        (steps.Menu(text="a", keys={}, fallback="x", invalid_text="b"), ("a", "b")),
        (steps.Voicemail(box="x", greeting="a", max_s=1.0), ("a",)),
        (steps.HangUp(), ()),
        (steps.Echo(text="a"), ("a",)),
        (steps.GoTo(step="x"), ()),
    ],
)
def test_sentences(step: steps.Step, expected: tuple[str, ...]) -> None:
    assert sentences(step) == expected
