"""Approvals that are over, floors below the law, and languages in which nobody could be told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from tests.config.conftest import Spoil
from tests.config.test_consent import APPROVAL, FILE, LAX
from tests.config.test_law import configured

LAST = datetime(2027, 1, 31, 23, 59, tzinfo=UTC)
NEXT_DAY = datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.requirement("C-10")
def test_an_expired_approval_is_a_warning_and_no_error(folder: Path, spoil: Spoil) -> None:
    assert spoil(FILE, LAX, APPROVAL) == []
    assert load(folder).warnings == load(folder, now=LAST).warnings == ()
    (warning,) = load(folder, now=NEXT_DAY).warnings
    assert "acme/consent.yaml:7:15: default_unknown_approval.expires_on: the approval has expired" in warning
    assert "so notify_optout holds" in warning


@pytest.mark.requirement("C-10")
@pytest.mark.parametrize(
    ("floors", "named"), [("{DE: notify}", "notify is laxer than optin_all"), ("{GB: optin_all}", "")]
)
def test_a_floor_below_the_law_takes_two_people(tmp_path: Path, floors: str, named: str) -> None:
    folder = configured(tmp_path, f"floors: {floors}")
    if not named:
        assert load(folder).tenants["acme"].consent.floors == {"GB": "optin_all"}
        return
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    (problem,) = caught.value.errors
    assert named in str(problem) and "pbx consents override ask" in str(problem)


INBOUND = "01632 960100: {flow: support}"


@pytest.mark.requirement("C-05")
@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("tenant.yaml", "language: en-GB", "language: fr-FR", ["there are no words in fr-FR"]),
        (
            "dialplan.yaml",
            INBOUND,
            "01632 960100: {flow: support, language: fr-FR}",
            ["dialplan.yaml:2:", "inbound.01632 960100.language: there are no words in fr-FR"],
        ),
        (
            "dialplan.yaml",
            INBOUND,
            "01632 960100: [{flow: support, language: de-DE}]",
            ["no voice says the words in de-DE", "record them for prompts/de-DE"],
        ),
        ("dialplan.yaml", INBOUND, "01632 960100: {flow: support, language: en-US}", []),
    ],
)
def test_a_language_without_words_or_voice(
    folder: Path, spoil: Spoil, file: str, old: str, new: str, named: list[str]
) -> None:
    assert spoil(f"acme/{file}", old, new) == []
    warnings = [line for line in load(folder).warnings if "/flows/" not in line]  # see test_check_languages
    assert len(warnings) == bool(named)
    assert all(word in warnings[0] for word in named)


@pytest.mark.requirement("C-05")
def test_recordings_in_a_language_have_all_that_may_be_said(folder: Path) -> None:
    german = folder / "acme" / "prompts" / "de-DE"
    german.mkdir()
    (german / "ask.wav").write_bytes(b"RIFF")
    (german / "index.yaml").write_text('ask.wav: "Hallo"\n')
    (warning,) = load(folder).warnings
    assert "prompts/de-DE/index.yaml" in warning and "no recording says" in warning
    assert "more: who is told in de-DE is not recorded" in warning or "who is told in de-DE" in warning


@pytest.mark.parametrize(("overlays", "n_warnings"), [("[fca]", 2), ("[vulnerable]", 0), ("[]", 0)])
def test_a_private_line_where_every_call_has_to_be_recorded(
    folder: Path, overlays: str, n_warnings: int
) -> None:
    consent, recording = folder / "acme" / "consent.yaml", folder / "acme" / "recording.yaml"
    consent.write_text(consent.read_text() + f"overlays: {overlays}\n")
    recording.write_text(recording.read_text() + "private: [1002, 1003]\n")
    found = [one for one in load(folder).warnings if "never recorded" in one]
    assert len(found) == n_warnings
    assert all("recording.yaml:" in one and "private." in one for one in found)
