"""When files that somebody saves are to be used."""

import pytest

from pbx.versions.settling import Settling


@pytest.mark.parametrize(
    ("marks", "used"),
    [
        ("aaa", ""),
        ("abb", "b"),
        ("ab", ""),
        ("abcdd", "d"),
        ("abbbb", "b"),
        ("aba", ""),
        ("abab", ""),
        ("abbaa", "ba"),
        ("abbcc", "bc"),
        ("ba", ""),
    ],
)
def test_what_has_settled_is_used_once(marks: str, used: str) -> None:
    settling = Settling("a")
    assert "".join(mark for mark in marks if settling.look(mark)) == used
