"""Values as somebody would write them: read again they are the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.config import marks
from pbx.config.notation import written

TEXT = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("01632 960100", "01632 960100"),
        ("1001", '"1001"'),
        ("*90", '"*90"'),
        ("true", '"true"'),
        ("", '""'),
        ('say "a"', 'say "a"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ({"0:?": "a:?"}, '{"0:?": "a:?"}'),
        (["a", 1, True, None], "[a, 1, true, null]"),
        ({"1": ["x, y"]}, '{"1": ["x, y"]}'),
        (0.25, "0.25"),
    ],
)
def test_written(value: Any, text: str) -> None:
    assert written(value) == text


@given(value=VALUES)
def test_what_is_written_is_read_as_the_same(value: Any) -> None:
    document, errors = marks.parse(f"a: {written(value)}".encode(), "x.yaml")
    assert errors == [] and document is not None
    assert document.value["a"] == value
