"""Steps that ask plug-ins, held against those that are installed."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load
from tests.plugins.installing import install

pytestmark = pytest.mark.requirement("IVR-10")
FLOW = """flow: points
start: ask
steps:
  ask:
    plugin: {name: NAME, with: {SETTINGS}, send: [SEND], take: {sum: TAKEN}}
    ways: {WAY: end}
    failed: end
  end: {hang_up: null}
"""
RIGHT = {"NAME": "loyalty", "SETTINGS": "rate: 2", "SEND": "caller", "TAKEN": "points", "WAY": "known"}


def problems(folder: Path, **changed: str) -> list[str]:
    text = FLOW
    for word, value in (RIGHT | changed).items():
        text = text.replace(word, value)
    (folder / "acme/flows/points.yaml").write_text(text)
    try:
        load(folder)
    except ConfigProblems as found:
        return [str(error) for error in found.errors]
    return []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"NAME": "loyalt"}, "plugin.name: no plug-in loyalt is installed (did you mean loyalty?)"),
        ({"NAME": "broken"}, "plugin.name: the plug-in broken is no pbx.plugins.plugin.Plugin"),
        ({"SETTINGS": "rate: much"}, "plugin.with.rate: Input should be a valid integer"),
        ({"SETTINGS": "rte: 2"}, "plugin.with.rte: Extra inputs are not permitted"),
        ({"SEND": "callr"}, "plugin.send.0: there is nothing to fill in for {callr} (did you mean caller?)"),
        ({"TAKEN": "point"}, "plugin.take.sum: loyalty gives no point (did you mean points?)"),
        ({"WAY": "knwn"}, "steps.ask.ways.knwn: loyalty has no outcome knwn (did you mean known?)"),
        ({"WAY": "failed"}, "steps.ask.ways.failed: loyalty has no outcome failed"),
    ],
)
def test_a_plan_is_held_against_the_plugin(
    folder: Path, changed: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(folder.parent, monkeypatch)
    found = problems(folder, **changed)
    assert any(said in one for one in found) if said else found == [], found


def test_one_that_is_not_installed(folder: Path) -> None:
    (found,) = problems(folder)
    assert "no plug-in loyalty is installed (install its package beside the PBX)" in found
