"""Promises of degradation that would break each other."""

from pathlib import Path

import pytest

from pbx.config.load import load
from tests.config.conftest import Spoil

REFUSE, LOSE = "when_full: refuse_calls", "when_full: lose_facts"
FAILURE = "on_recording_failure: announce_unrecorded"


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("recording.yaml", FAILURE, "on_recording_failure: refuse", "on_recording_failure: refuse"),
        ("recording.yaml", "on_failure: {}", "on_failure: {evidence: refuse}", "on_failure.evidence: refuse"),
        ("consent.yaml", "# withdrawal: refuse", "withdrawal: refuse", "consent.yaml withdrawal: refuse"),
        ("consent.yaml", "# withdrawal: refuse", "withdrawal: honour", ""),
    ],
)
def test_evidence_is_not_lost_of_what_has_to_be_recorded(
    spoil: Spoil, file: str, old: str, new: str, why: str
) -> None:
    assert spoil(f"acme/{file}", old, new) == []
    problems = spoil("pbx.yaml", REFUSE, LOSE)
    assert len(problems) == bool(why)
    assert all("acme does without no recording" in one and why in one for one in problems)
    assert all("write refuse_calls" in one and "pbx.yaml" in one for one in problems)


def test_calls_that_have_to_be_recorded_and_go_on_unrecorded_are_doubtful(folder: Path) -> None:
    consent = folder / "acme" / "consent.yaml"
    consent.write_text(f"{consent.read_text()}\nwithdrawal: refuse\n")
    (warning,) = [str(one) for one in load(folder).warnings if "withdrawal" in str(one)]
    assert "go on when that fails (on_recording_failure: announce_unrecorded)" in warning
    recording = folder / "acme" / "recording.yaml"
    recording.write_text(recording.read_text().replace(FAILURE, "on_recording_failure: refuse"))
    assert not [one for one in load(folder).warnings if "withdrawal" in str(one)]
