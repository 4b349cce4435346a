"""The line that makes a fork of the nursery a worker."""

import json

import pytest

from pbx.media.io.nursery import MAX_PLACE, parse_place, place_line


def test_what_is_written_is_read() -> None:
    arguments = ("--socket", "/run/ä b\n")
    assert place_line(arguments).count(b"\n") == 1
    assert parse_place(place_line(arguments)) == arguments


def test_the_longest_place() -> None:
    longest = place_line(("x" * (MAX_PLACE - len(place_line(("",)))),))
    assert len(longest) == MAX_PLACE
    assert place_line(parse_place(longest)) == longest
    with pytest.raises(ValueError, match="more than 16384 octets"):
        parse_place(longest + b"\n")


@pytest.mark.parametrize("found", [{}, "a", None, [1], ["a", None]])
def test_what_is_no_place(found: object) -> None:
    with pytest.raises(ValueError, match="a list of texts"):
        parse_place(json.dumps(found).encode())


def test_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        parse_place(b"rubbish\n")
