"""`pbx graph`."""

import io
import json
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pbx.cli.main import run
from pbx.config.places import Places

Capsys = pytest.CaptureFixture[str]


def test_the_flow_of_the_sample_in_the_terminal(
    places: Places, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    assert run(["graph", "flow/support", "--config", str(places.base / "config")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("┌ welcome (start) ─")
    assert max(map(len, lines)) <= 50
    assert any("granted, declined → identify" in line for line in lines)


def test_the_same_as_json_and_as_a_file(places: Places, capsys: Capsys, tmp_path: Path) -> None:
    config = str(places.base / "config")
    assert run(["graph", "flow/support", "--json", "--config", config]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["tenant"], said["flow"]) == ("acme", "support")
    agents = next(one for one in said["steps"] if one["name"] == "agents")
    assert agents["place"] == "config/acme/flows/support.yaml:13"
    assert agents["ways"] == [{"target": "message", "outcome": "no_answer, busy", "is_back": False}]
    assert run(["graph", "flow/support", "--svg", str(tmp_path / "a.svg"), "--config", config]) == 0
    assert ElementTree.fromstring((tmp_path / "a.svg").read_text()).tag.endswith("svg")
    assert capsys.readouterr().out == ""


def test_pages_of_every_tenant_or_of_one(places: Places, capsys: Capsys, tmp_path: Path) -> None:
    config, out = places.base / "config", tmp_path / "pages"
    acme, other = config / "acme", config / "other"
    (other / "flows").mkdir(parents=True)
    for name in ("flows/echo.yaml", "consent.yaml", "extensions.yaml", "emergency.yaml"):
        shutil.copy(acme / name, other / name)
    (other / "dialplan.yaml").write_text(
        "inbound: {01632 960100: {flow: echo}}\nemergency: {trunk: carrier}\n"
    )
    trunks, settings = (acme / "trunks.yaml").read_text(), (acme / "tenant.yaml").read_text()
    (other / "trunks.yaml").write_text(trunks.replace("127.0.0.2", "127.0.0.9"))
    (other / "tenant.yaml").write_text(
        settings.replace("acme", "other").replace("customers: customers.csv\n", "")
    )
    assert run(["graph", "--out", str(out), "--config", str(config)]) == 0, capsys.readouterr().err
    made = {str(file.relative_to(out)) for file in out.rglob("*.html")}
    assert made == {"index.html", "acme/support.html", "acme/echo.html", "other/echo.html"}
    assert capsys.readouterr().out == f"4 pages in {out}, the first is {out}/index.html\n"
    one = tmp_path / "one"
    assert run(["graph", "--out", str(one), "--tenant", "other", "--config", str(config)]) == 0
    assert [file.name for file in (one / "other").iterdir()] == ["echo.html"]
    assert not (one / "acme").exists()
    capsys.readouterr()
    assert run(["graph", "flow/echo", "--config", str(config)]) == 1
    assert capsys.readouterr().err == "pbx: --tenant is needed: acme, other\n"


@pytest.mark.parametrize(
    ("flow", "hint"),
    [
        ("flow/suport", "did you mean flow/support?"),
        ("support", "did you mean flow/support?"),
        ("flow/xyz", "there is flow/echo, flow/support"),
    ],
)
def test_a_flow_that_is_none(places: Places, capsys: Capsys, flow: str, hint: str) -> None:
    assert run(["graph", flow, "--config", str(places.base / "config")]) == 1
    assert capsys.readouterr().err == f"pbx: acme has no {flow} ({hint})\n"


@pytest.mark.parametrize(
    "words",
    [[], ["flow/support", "--out", "x"], ["--out", "x", "--json"], ["flow/support", "--svg", "x", "--json"]],
    ids=" ".join,
)
def test_options_that_do_not_go_together(words: list[str], capsys: Capsys) -> None:
    assert run(["graph", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_places_that_cannot_be_written_and_terminals_without_lines(
    places: Places, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["graph", "flow/support", "--config", str(places.base / "config")]
    assert run([*words, "--svg", str(places.base / "none" / "a.svg")]) == 1
    assert capsys.readouterr().err == f"pbx: {places.base}/none/a.svg: No such file or directory\n"
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
        assert run(words) == 1
    assert capsys.readouterr().err == "pbx: no lines can be drawn in ascii: use UTF-8, --svg FILE or --json\n"


def test_the_page_of_the_documents_shows_what_is_drawn(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["graph", "flow/support", "--config", str(root / "config")]) == 0
    drawn = capsys.readouterr().out
    assert f"$ pbx graph flow/support\n{drawn}```\n" in (root / "docs/flow_pictures.md").read_text()


def test_the_picture_of_the_documents_is_that_of_the_sample(tmp_path: Path) -> None:
    root, made = Path(__file__).parents[2], tmp_path / "flow_support.svg"
    assert run(["graph", "flow/support", "--svg", str(made), "--config", str(root / "config")]) == 0
    assert made.read_text() == (root / "docs/flow_support.svg").read_text()
