"""What differs between two plans, in the words of an admin."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.versions.difference import AT_START, differences, other_files
from pbx.versions.snapshot import Snapshot
from pbx.versions.written import written_plan

SAMPLE = Path(__file__).parents[2] / "config"
MARKS = {"new": "+", "gone": "-", "changed": "~"}
Edit = Callable[[Path], object]


def edit(name: str, old: str, new: str) -> Edit:
    def change(folder: Path) -> None:
        file = folder / name
        text = file.read_text() if file.exists() else ""
        assert old in text
        file.write_text(text.replace(old, new, 1) if old else text + new)

    return change


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., list[str]]:
    """Return what differs after some edits of the sample."""

    def after(*edits: Edit, before: tuple[Edit, ...] = ()) -> list[str]:
        plans = []
        for name, made in (("before", before), ("after", (*before, *edits))):
            folder = tmp_path / name / "config"
            shutil.copytree(SAMPLE, folder)
            for one in made:
                one(folder)
            plans.append(written_plan(folder))
        return [f"{one.tenant} {MARKS[one.kind]} {one}".strip() for one in differences(*plans)]

    return after


CAROL, FAILED = "extension 1003", "{flow: echo, when: {verdict: failed}}"
ROOM = 'conferences:\n  board: {number: 800, pin: "123456"}\n'
BOT = "  bot: {media_stream: {url: 'wss://bot.example/call?key=hunter2'}, failed: message}\n"
CASES: list[tuple[Edit, list[str]]] = [
    (edit("acme/dialplan.yaml", "01632 960100", "+44 1632 960100"), []),
    (edit("acme/flows/support.yaml", "max_length: 3 min", "max_length: 180s"), []),
    (edit("acme/flows/support.yaml", "flow: support", "# a word to colleagues\nflow: support"), []),
    (
        edit("acme/dialplan.yaml", "{flow: support}", "{flow: echo}"),
        ["acme ~ number 01632 960100: to flow echo instead of flow support"],
    ),
    (
        edit("acme/dialplan.yaml", "{extension: 1003}", f"[{FAILED}, {{extension: 1002}}]"),
        [
            "acme ~ number 01632 960101: to flow echo when verdict: failed; else extension 1002 instead of "
            + CAROL
        ],
    ),
    (
        edit("acme/dialplan.yaml", "01632 960101: {extension: 1003}", "01632 960109: {extension: 1003}"),
        [f"acme - number 01632 960101: led to {CAROL}", f"acme + number 01632 960109: leads to {CAROL}"],
    ),
    (edit("acme/extensions.yaml", "", "  1004: {name: Dave}\n"), ["acme + extension 1004: Dave"]),
    (
        edit("acme/extensions.yaml", "Carol", "Caroline"),
        [f"acme ~ {CAROL}: name is Caroline instead of Carol"],
    ),
    (
        edit("acme/flows/support.yaml", "for: 25s", "for: 40s"),
        ["acme ~ flow support, step agents: for is 40s instead of 25s (callers of 01632 960100)"],
    ),
    (
        edit("acme/flows/support.yaml", "  message:\n", "  bye: {hang_up: Good bye.}\n  message:\n"),
        ['acme + flow support, step bye: hang_up: "Good bye." (callers of 01632 960100)'],
    ),
    (
        edit("acme/recording.yaml", "rules: []", "rules: [{group: support, mode: on_demand}]"),
        ["acme + recording: rules, new: mode: on_demand, group: support"],
    ),
    (
        edit("pbx.yaml", "timeout: 30s", "timeout: 40s"),
        [f"~ the machine: rtp.timeout is 40s instead of 30s ({AT_START})"],
    ),
    (edit("acme/conferences.yaml", "", ROOM), ["acme + conference board: number: 800, pin: not shown"]),
]


@pytest.mark.requirement("ADM-04")
@pytest.mark.parametrize(("change", "sentences"), CASES)
def test_each_change_is_one_sentence(
    said: Callable[..., list[str]], change: Edit, sentences: list[str]
) -> None:
    found = said(change)
    assert found == sentences


def test_another_secret_is_only_a_change(said: Callable[..., list[str]]) -> None:
    room, bot = edit("acme/conferences.yaml", "", ROOM), edit("acme/flows/support.yaml", "", BOT)
    pin, key = (
        edit("acme/conferences.yaml", "123456", "654321"),
        edit("acme/flows/support.yaml", "hunter2", "else"),
    )
    found = said(pin, key, before=(room, bot))
    assert found == [
        "acme ~ conference board: pin changed, not shown",
        "acme ~ flow support, step bot: media_stream.url changed, not shown (callers of 01632 960100)",
    ]


def test_a_tenant_comes_and_goes(said: Callable[..., list[str]]) -> None:
    found = said(lambda folder: shutil.rmtree(folder / "acme"))
    assert found == ["acme - tenant acme"]


def test_what_cannot_be_read_is_left_out(said: Callable[..., list[str]]) -> None:
    found = said(edit("acme/groups.yaml", "", "\n: ["), edit("acme/extensions.yaml", "Carol", "Caroline"))
    assert "acme ~ extension 1003: name is Caroline instead of Carol" in found


def test_of_other_files_only_that_they_changed() -> None:
    before = Snapshot(plan={}, others={"acme/customers.csv": "1", "acme/a.wav": "2"})
    after = Snapshot(plan={}, others={"acme/customers.csv": "9", "acme/b.wav": "3"})
    assert [(one.tenant, one.kind, str(one)) for one in other_files(before, after)] == [
        ("acme", "gone", "file acme/a.wav"),
        ("acme", "new", "file acme/b.wav"),
        ("acme", "changed", "file acme/customers.csv: another content"),
    ]
