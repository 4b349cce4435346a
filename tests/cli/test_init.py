"""`pbx init`: from an empty folder to a plan that is right and passes its own tests."""

from pathlib import Path

import pytest

from pbx.cli.main import run

Capsys = pytest.CaptureFixture[str]
WORDS = [
    *("--country", "GB", "--timezone", "Europe/London", "--street", "Market Place", "--city", "Newcastle"),
    *("--number", "01632 960200"),
]


def init(folder: Path, *words: str) -> int:
    return run(["init", *words, "--config", str(folder)])


def test_from_an_empty_folder_to_calls_that_pass(tmp_path: Path, capsys: Capsys) -> None:
    config = tmp_path / "config"
    assert run(["check", str(config)]) == 1
    assert "(`pbx init` writes a first one)" in capsys.readouterr().err
    assert init(config, "bakery", *WORDS) == 0
    said = capsys.readouterr().out
    assert f"wrote {config}/bakery/flows/main.yaml\n" in said and "pbx phone call" in said
    assert run(["check", "--strict", str(config)]) == 0
    assert run(["test", "--config", str(config)]) == 0
    assert "3 passed, 0 failed" in capsys.readouterr().out
    assert run(["graph", "flow/main", "--config", str(config)]) == 0


def test_a_second_tenant_leaves_the_first_alone(tmp_path: Path, capsys: Capsys) -> None:
    assert init(tmp_path, "bakery", *WORDS) == 0
    (tmp_path / "pbx.yaml").write_text("sip: {port: 5097}\n")
    assert init(tmp_path, "smith", *WORDS[:8], "--number", "01632 960201", "--carrier", "203.0.113.7") == 0
    assert (tmp_path / "pbx.yaml").read_text() == "sip: {port: 5097}\n"
    assert run(["check", str(tmp_path)]) == 0
    assert "ok: 2 tenants" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bakery", *(one.replace("London", "Londn") for one in WORDS)], "Europe/Londn"),
        (["bakery", *WORDS[:8], "--number", "twelve"], "dialplan.yaml:2:3"),
        (["bakery", *WORDS, "--domain", "not a domain"], "domain"),
        (["bakery", *WORDS, "--carrier", "sip.carrier.example"], "outbound.host"),
        (["../bakery", *WORDS], "a name has at most 32"),
        (["bakery"], "country"),
    ],
)
def test_what_is_wrong_leaves_nothing_behind(
    tmp_path: Path, capsys: Capsys, words: list[str], said: str
) -> None:
    assert init(tmp_path / "config", *words) != 0
    assert said in capsys.readouterr().err
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_tenant_that_is_there_stays_as_it_is(tmp_path: Path, capsys: Capsys) -> None:
    assert init(tmp_path, "bakery", *WORDS) == 0
    (tmp_path / "bakery" / "groups.yaml").write_text("groups: {}\n")
    assert init(tmp_path, "bakery", *WORDS) == 1
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "bakery" / "groups.yaml").read_text() == "groups: {}\n"
