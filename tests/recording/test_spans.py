"""Ranges of samples, against sets."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.recording.spans import Span, intersect, merge, subtract

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def samples(spans: list[Span]) -> set[int]:
    return {sample for start, end in spans for sample in range(start, end)}


@given(SPANS, SPANS)
def test_spans_are_sets(a: list[Span], b: list[Span]) -> None:
    assert samples(merge(a)) == samples(a)
    assert samples(subtract(a, b)) == samples(a) - samples(b)
    assert samples(intersect(a, b)) == samples(a) & samples(b)


@given(SPANS)
def test_merged_spans_are_sorted_and_apart(spans: list[Span]) -> None:
    merged = merge(spans)
    assert all(start < end for start, end in merged)
    assert all(left[1] < right[0] for left, right in zip(merged, merged[1:], strict=False))
