"""When a place of a ring rings, in words."""

import pytest

from pbx.ivr.timing import AT_ONCE, Timing


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (AT_ONCE, ""),
        (Timing(after_s=2.5), " after 2.5 s"),
        (Timing(after_s=1, ring_s=9), " after 1 s for 9 s"),
    ],
)
def test_its_words(timing: Timing, words: str) -> None:
    assert timing.words == words
