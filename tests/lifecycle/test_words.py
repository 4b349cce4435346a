"""Free text for the record."""

import pytest

from pbx.core.errors import ParseError
from pbx.lifecycle.words import MAX_WORD, worded


def test_text_loses_the_spaces_around_it() -> None:
    assert worded("--reason", "  case 12 ") == "case 12"


def test_the_longest_text() -> None:
    assert len(worded("--reason", "x" * MAX_WORD)) == MAX_WORD


@pytest.mark.parametrize("text", ["", "  ", "x" * (MAX_WORD + 1), "two\nlines", "\x1b[31mred"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="--reason needs 1 to 128 printable characters"):
        worded("--reason", text)
