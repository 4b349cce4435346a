"""What can be wrong with recording rules although each is well written."""

from pathlib import Path

import pytest

from pbx.config.check_recording import check_recording, unreached
from pbx.config.load import load
from pbx.config.sources import read_tenant

pytestmark = pytest.mark.requirement("REC-01")


def written(folder: Path, *rules: str) -> Path:
    acme = folder / "acme"
    (acme / "recording.yaml").write_text("rules:\n" + "".join(f"- {rule}\n" for rule in rules))
    return acme


@pytest.fixture(autouse=True)
def _room(folder: Path) -> None:
    (folder / "acme" / "conferences.yaml").write_text("conferences:\n  team: {number: 3000}\n")


def errors_of(folder: Path, *rules: str) -> list[str]:
    source, errors = read_tenant(written(folder, *rules), "acme")
    assert errors == []
    return [str(error) for error in check_recording(source)]


def warnings_of(folder: Path, *rules: str) -> list[str]:
    source, errors = read_tenant(written(folder, *rules), "acme")
    assert errors == []
    return [str(error) for error in unreached(source)]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{extension: 1004, mode: off}", "2:15: rules.0.extension: there is no extension 1004"),
        ("{extension: [1001, 1004], mode: off}", "2:22: rules.0.extension.1: there is no extension 1004"),
        ("{group: suport, mode: off}", "there is no group suport (did you mean support?)"),
        ("{trunk: carier, mode: off}", "there is no trunk carier (did you mean carrier?)"),
        ("{conference: taem, mode: always}", "there is no conference taem (did you mean team?)"),
        ("{number: [nobody], mode: off}", "nobody is not a telephone number"),
    ],
)
def test_mistakes_are_named_with_their_place(folder: Path, rule: str, message: str) -> None:
    (error,) = errors_of(folder, rule)
    assert error.startswith("acme/recording.yaml:2:")
    assert message in error


def test_a_broken_file_is_not_complained_of_twice(folder: Path) -> None:
    acme = written(folder, "{group: sales, trunk: carrier, extension: 1001, mode: always}")
    (acme / "groups.yaml").write_text("groups: 3\n")
    source, _ = read_tenant(acme, "acme")
    assert check_recording(source) == []
    (acme / "groups.yaml").unlink()
    source, _ = read_tenant(acme, "acme")
    assert [error.message for error in check_recording(source)] == ["there is no group sales"]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (
            ("{extension: [1001, 1002], mode: off}", "{direction: in, extension: 1001, mode: always}"),
            "acme/recording.yaml:3:3: rules.1: this rule never decides: all of its calls are those of the "
            "rule at acme/recording.yaml:2",
        ),
        (("{mode: off}", "{sample: 0.5}"), "all of its calls are those of the rule at acme/recording.yaml:2"),
        (("{direction: internal, number: 01632 960101, mode: off}",), "an internal call has no number"),
        (("{direction: in, number: 01632 960199, mode: off}",), "dialplan.yaml has none of its numbers"),
        (("{conference: team, direction: internal, mode: off}",), "a conference has no direction"),
    ],
)
def test_rules_that_never_decide_are_told(folder: Path, rules: tuple[str, ...], told: str) -> None:
    (warning,) = warnings_of(folder, *rules)
    assert told in warning
    assert [line for line in load(folder).warnings if "never decides" in line]


def test_a_private_line_has_to_exist_and_leaves_its_rules_nothing_to_decide(folder: Path) -> None:
    acme = written(folder, "{extension: 1001, mode: always}", "{extension: [1001, 1002], mode: always}")
    with (acme / "recording.yaml").open("a") as file:
        file.write("private: [1001, 1004]\n")
    source, errors = read_tenant(acme, "acme")
    assert errors == []
    (error,) = check_recording(source)
    assert str(error).startswith("acme/recording.yaml:4:17: private.1: there is no extension 1004")
    (warning,) = unreached(source)
    assert "rules.0: this rule never decides: each of its extensions is a private line" in str(warning)


def test_rules_that_can_be_reached_are_not_complained_of(folder: Path) -> None:
    rules = (
        "{direction: in, number: 01632 960101, mode: always}",
        "{direction: out, number: 01632 960199, mode: always}",
        "{extension: 1001, mode: always}",
        "{conference: [team], extension: 1002, mode: segment}",
        "{extension: [1001, 1002], mode: off}",
        "{mode: on_demand}",
    )
    assert errors_of(folder, *rules) == warnings_of(folder, *rules) == []
