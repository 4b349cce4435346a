"""Range and If-Range, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.playback.ranges import Part, Unsatisfiable, Wanted, Whole, wanted

pytestmark = [pytest.mark.rfc("9110", "14.2"), pytest.mark.requirement("R-25")]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Whole()),
        ("bytes=0-", Part(first=0, last=99)),
        ("bytes=0-0", Part(first=0, last=0)),
        ("Bytes=10-19", Part(first=10, last=19)),
        ("bytes=99-", Part(first=99, last=99)),
        ("bytes=50-1000", Part(first=50, last=99)),
        ("bytes=-1", Part(first=99, last=99)),
        ("bytes=-1000", Part(first=0, last=99)),
        ("bytes=100-", Unsatisfiable()),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=9-8", Whole()),
        ("bytes=-", Whole()),
        ("bytes=1-2,3-4", Whole()),
        ("bytes=a-b", Whole()),
        ("bytes=" + "9" * 20 + "-", Whole()),
        ("bytes=" + "9" * 19 + "-", Unsatisfiable()),
        ("bytes=\u0661-2", Whole()),
        ("samples=0-1", Whole()),
    ],
)
def test_one_range(header: str, expected: Wanted) -> None:
    assert wanted(header, "", '"e"', 100) == expected


@pytest.mark.rfc("9110", "13.1.5")
@pytest.mark.parametrize(
    ("if_range", "is_kept"),
    [("", True), ('"e"', True), ('W/"e"', False), ('"f"', False), ("Sat, 29 Oct 1994 19:43:31 GMT", False)],
)
def test_a_range_of_another_version_is_ignored(if_range: str, is_kept: bool) -> None:
    assert (wanted("bytes=1-2", if_range, '"e"', 100) == Whole()) is not is_kept


def test_of_nothing_there_is_no_range() -> None:
    assert wanted("bytes=0-", "", "", 0) == wanted("bytes=-1", "", "", 0) == Unsatisfiable()


def test_a_part_can_be_cut() -> None:
    part = Part(first=10, last=19)
    assert (part.at_most(4), part.at_most(10), part.at_most(99)) == (Part(first=10, last=13), part, part)
    assert part.length == 10


@given(st.text(max_size=40), st.integers(0, 10**6))
def test_whatever_is_asked_for_lies_inside(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        found = wanted(text, "", "", size)
        if isinstance(found, Part):
            assert 0 <= found.first <= found.last < size
