"""Contexts, extensions, patterns and their order."""

import pytest

from pbx.importers.dialplan_conf import bindings, fits
from pbx.importers.report import Report
from tests.importers.plans import plan_of

TEXT = """\
[globals]
TRUNK=carrier
[inside]
include => more
exten => 100,1,Answer()
 same => n(say),Playback(a,b)
 same => n+2,Hangup
exten => 100,hint,PJSIP/100
exten => _1XX,1,NoOp()
[more]
exten => _[2-4]X,1,Busy()
exten => 101,1,Echo()
"""


def test_lines_labels_and_globals() -> None:
    plan = plan_of(TEXT)
    one = plan.contexts["inside"].extens["100"]
    assert {n: (line.app, line.arguments) for n, line in one.lines.items()} == {
        1: ("answer", ""),
        2: ("playback", "a,b"),
        4: ("hangup", ""),
    }
    assert one.labels == {"say": 2}
    assert plan.variables == {"TRUNK": "carrier"}


@pytest.mark.parametrize(
    ("number", "found"),
    [("100", "100"), ("150", "_1XX"), ("101", "_1XX"), ("31", "_[2-4]X"), ("51", None)],
)
def test_own_extensions_come_before_included_ones(number: str, found: str | None) -> None:
    there = plan_of(TEXT).find("inside", number)
    assert (there[1].name if there is not None else None) == found


@pytest.mark.parametrize(
    ("pattern", "number", "is_one"),
    [
        ("_9NXX", "9234", True),
        ("_9NXX", "9134", False),
        ("_9.", "91", True),
        ("_9.", "9", False),
        ("_9!", "9", True),
        ("_Z00", "000", False),
        ("_[13-5]a", "4a", True),
    ],
)
def test_patterns(pattern: str, number: str, *, is_one: bool) -> None:
    assert fits(pattern, number) is is_one


def test_contexts_that_include_each_other_are_looked_into_once() -> None:
    plan = plan_of("[a]\ninclude => b\n[b]\ninclude => a\n")
    assert [one.name for one in plan.reach("a")] == ["a", "b"]


def test_what_is_no_extension_is_reported() -> None:
    report = Report()
    plan_of("[a]\nexten => 100\nswitch => Realtime/a\ninclude => b,09:00-10:00\n", report)
    assert [one.place for one in report.left] == [f"extensions.conf:{n}" for n in (2, 3, 4)]


def test_what_set_sets() -> None:
    assert bindings('A="b c"') == {"A": "b c"}
    assert bindings("A") == {}
