"""What the walk makes of lines; the whole of it is proved on a database in tests/cli/test_audit.py."""

from pbx.recording.log import commitment
from pbx.recording.log_walk import MAX_FINDINGS, WINDOW, Line, Walk


def line(position: int, said: int, *, name: bytes = b"") -> Line:
    """A line at a position whose entry commits to another one."""
    return Line(
        position=position,
        entry=commitment(b"s", b"%d" % said),
        salt=b"s",
        payload_at=lambda at: name + b"%d" % at,
    )


def findings(places: list[int]) -> list[tuple[str, int]]:
    walk = Walk()
    for position, said in enumerate(places):
        walk.add(line(position, said))
    return [(one.what, one.index) for one in walk.findings()]


def test_a_whole_log_has_no_findings() -> None:
    assert findings(list(range(9))) == []
    assert Walk().findings() == ()


def test_offsets_that_stay_and_offsets_that_go() -> None:
    assert findings([0, 1, 3, 4, 5]) == [("deleted", 2)]
    assert findings([0, 1, 4, 5, 7, 8]) == [("deleted", 2), ("deleted", 4)]
    assert findings([0, 1, 2, 2, 3, 4]) == [("inserted", 2)]
    assert findings([0, 2, 1, 3, 4]) == [("moved", 1)]
    assert findings([0, 4, 2, 3, 1, 5]) == [("moved", 1), ("moved", 4)]


def test_as_far_as_the_window_and_not_further() -> None:
    assert findings([0, *range(1 + WINDOW, 4 + WINDOW)]) == [("deleted", 1)]
    assert findings([0, *range(2 + WINDOW, 4 + WINDOW)]) == [("altered", 1), ("altered", 2)]


def test_findings_end_somewhere() -> None:
    for count in (MAX_FINDINGS, MAX_FINDINGS + 1):
        walk = Walk()
        for position in range(count):
            walk.add(line(position, position, name=b"x"))
        assert len(walk.findings()) == MAX_FINDINGS
