"""Sections of Asterisk's files: comments, templates, additions and includes."""

import pytest

from pbx.importers.conf import MAX_DEPTH, Section, read_conf
from pbx.importers.report import Report

TEXT = """\
; a comment
[base](!)
allow=alaw   ; behind a line
[1001](base)
callerid = "A \\; B" <1001>
;-- over
lines --; allow => ulaw
[1001](+)
context=inside
"""


def sections(files: dict[str, str]) -> tuple[list[Section], Report]:
    report = Report()
    return read_conf(files, "a.conf", report), report


def test_templates_comments_and_additions() -> None:
    (base, one), report = sections({"a.conf": TEXT})
    assert base.is_template and not one.is_template
    assert [(entry.key, entry.value, entry.place) for entry in one.entries] == [
        ("allow", "alaw", "a.conf:3"),
        ("callerid", '"A ; B" <1001>', "a.conf:5"),
        ("allow", "ulaw", "a.conf:7"),
        ("context", "inside", "a.conf:9"),
    ]
    assert one.last("allow") == "ulaw" and one.place_of("context") == "a.conf:9"
    assert report.left == ()


def test_objects_of_one_name_are_kept_apart() -> None:
    found, _ = sections({"a.conf": "[x]\ntype=aor\n[x]\ntype=auth\n"})
    assert [one.last("type") for one in found] == ["aor", "auth"]


def test_an_include_stands_where_it_is_written() -> None:
    found, report = sections({"a.conf": '[a]\nx=1\n#include "b.conf"\n', "b.conf": "y=2\n[b]\n"})
    assert [(one.name, len(one.entries)) for one in found] == [("a", 2), ("b", 0)]
    assert report.left == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("#exec /bin/true\n", "#exec /bin/true"),
        ("#include gone.conf\n", "#include gone.conf"),
        ("[a](none)\n", "template none"),
        ("[a]\nnonsense\n", "nonsense"),
    ],
)
def test_what_is_not_read_is_reported(text: str, what: str) -> None:
    _, report = sections({"a.conf": text})
    assert [one.what for one in report.left] == [what]


def test_files_that_include_each_other_end() -> None:
    found, _ = sections({"a.conf": "[a]\n#include a.conf\nx=1\n"})
    assert len(found) == MAX_DEPTH + 1
