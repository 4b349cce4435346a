"""Spans of a recording as somebody writes them."""

from types import SimpleNamespace
from typing import cast

import pytest
import rfc8785

from pbx.cli.output import Refusal, WrongUsage
from pbx.cli.time_span import span_of
from pbx.recording.effects import FinishedRecording


def row(**fields: object) -> FinishedRecording:
    """What a span looks at: the name and the manifest."""
    said = rfc8785.dumps({"v": 4, "samples": 80_001, "rate": 8000, **fields})  # type: ignore[dict-item]
    return cast(FinishedRecording, SimpleNamespace(recording="r", manifest=said))


def test_a_span_has_two_ends_of_which_each_may_be_left_out() -> None:
    assert span_of("", "") is None
    for start, end, found in (
        ("1:30", "0:01:31", (90_000, 91_000)),
        ("", "5", (0, 5000)),
        ("5.5", "", (5500, None)),
    ):
        span = span_of(start, end)
        assert span is not None and (span.begin_ms, span.end_ms) == found


@pytest.mark.parametrize(("start", "end"), [("5", "5"), ("6", "5"), ("", "0"), ("-1", "5"), ("1:60", "")])
def test_an_empty_or_reversed_span_is_refused(start: str, end: str) -> None:
    with pytest.raises(WrongUsage):
        span_of(start, end)


def test_a_span_lies_within_the_recording() -> None:
    """A recording of 80,001 samples has a last millisecond that is not whole."""
    to_end, last, beyond = span_of("5", ""), span_of("10", "10.001"), span_of("10", "10.002")
    assert to_end is not None and last is not None and beyond is not None
    known = row(plain_tree={})
    assert (to_end.within(known), last.within(known)) == ((5000, 10_001), (10_000, 10_001))
    with pytest.raises(Refusal, match=r"r is 10\.001 s long: it has no part from 10 to 10\.002"):
        beyond.within(known)
    with pytest.raises(Refusal, match="version 3: only the whole can be proved"):
        to_end.within(row(v=3))
