"""Recording rules as they are written, and what the engine gets."""

from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.config.recording import MAX_RULES, MAX_VALUES
from pbx.recording.rules import RecordingRules, Rule
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("REC-01")
RULES = """mode: on_demand
rules:
  - {extension: [1003, 1001], mode: off}
  - {direction: in, number: 01632 960101, sample: 0.1}
  - group: support
    trunk: carrier
    mode: segment
    on_failure: refuse
  - {conference: team, mode: always}
  - mode: always
"""


def rules_of(folder: Path, text: str) -> RecordingRules:
    (folder / "acme" / "conferences.yaml").write_text("conferences: {team: {number: 3000}}\n")
    (folder / "acme" / "recording.yaml").write_text(text)
    return load(folder).tenants["acme"].recording_rules


def test_rules_become_a_table_that_knows_its_places(folder: Path) -> None:
    place = "config/acme/recording.yaml"
    assert rules_of(folder, RULES) == RecordingRules(
        otherwise="on_demand",
        rules=(
            Rule(mode="off", place=f"{place}:3", extensions=frozenset({"1001", "1003"})),
            Rule(
                mode="always",
                share=0.1,
                place=f"{place}:4",
                directions=frozenset({"in"}),
                numbers=frozenset({"+441632960101"}),
            ),
            Rule(
                mode="segment",
                place=f"{place}:5",
                groups=frozenset({"support"}),
                trunks=frozenset({"carrier"}),
                on_failure="refuse",
            ),
            Rule(mode="always", place=f"{place}:9", conferences=frozenset({"team"})),
            Rule(mode="always", place=f"{place}:10"),
        ),
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{mode: allways}", "did you mean always?"),
        ("{sample: 0.1, mode: off}", "expected either a mode or a sample"),
        ("{group: support}", "expected either a mode or a sample"),
        ("{sample: 0.0}", "sample: expected more than 0"),
        ("{sample: 1.0}", "sample: expected less than 1"),
        ("{direction: inward, mode: off}", "direction"),
        ("{extensions: 1001, mode: off}", "did you mean extension?"),
        ("{mode: always, on_failure: refused}", "did you mean refuse?"),
        ("{extension: [], mode: off}", "too few entries: at least 1"),
        ("{extension: [1001, 1001], mode: off}", "the same value is listed twice"),
    ],
)
def test_mistakes_are_told_with_their_place(spoil: Spoil, rule: str, message: str) -> None:
    (error,) = spoil("acme/recording.yaml", "rules: []", f"rules: [{rule}]")
    assert error.startswith("config/acme/recording.yaml:2:")
    assert message in error


@pytest.mark.requirement("R-16")
def test_purposes_have_policies(folder: Path, spoil: Spoil) -> None:
    text = "on_recording_failure: announce_unrecorded\non_failure: {evidence: refuse}\n"
    (folder / "acme" / "recording.yaml").write_text(text)
    tenant = load(folder).tenants["acme"]
    assert tenant.recording.on_failure == {"evidence": "refuse"}
    (error,) = spoil("acme/recording.yaml", "evidence", "evidnce")
    assert "did you mean evidence?" in error


def test_there_is_a_limit_to_rules_and_to_values(spoil: Spoil, folder: Path) -> None:
    values = ", ".join(f"01632 96{number}" for number in range(2000, 2000 + MAX_VALUES))
    row = "- {trunk: carrier, mode: off}\n"
    fitting = f"mode: off\nrules:\n{row * MAX_RULES}"
    assert len(rules_of(folder, fitting).rules) == MAX_RULES
    assert [*spoil("acme/recording.yaml", "mode: off\nrules:\n", "mode: off\nrules:\n- {mode: off}\n")] == [
        f"config/acme/recording.yaml:3:1: rules: too many entries: at most {MAX_RULES}"
    ]
    (folder / "acme" / "recording.yaml").write_text("rules: [{number: [NUMBERS], mode: off}]\n")
    assert spoil("acme/recording.yaml", "NUMBERS", values) == []
    (error,) = spoil("acme/recording.yaml", values, f"{values}, 01632 961999")
    assert f"at most {MAX_VALUES}" in error
