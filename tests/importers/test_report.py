"""What is left out is said once, with its line."""

from pbx.importers.report import MAX_LINES, Report, rows


def test_the_same_thing_of_one_line_is_said_once() -> None:
    report = Report()
    for _ in range(2):
        report.leave("a.conf:1", "agi(x)", "there is no step for it", "write one")
    assert [str(one) for one in report.left] == ["a.conf:1: agi(x): there is no step for it (write one)"]
    assert rows(report.left) == [
        {"place": "a.conf:1", "what": "agi(x)", "why": "there is no step for it", "remedy": "write one"}
    ]


def test_there_is_a_limit() -> None:
    report = Report()
    for number in range(MAX_LINES + 1):
        report.leave(f"a.conf:{number}", "x", "y", "z")
    assert len(report.left) == MAX_LINES
