"""The line that makes a spare a worker."""

import json

import pytest

from pbx.media.io.spare import MAX_PLACE, Place, parse_place


def test_what_is_written_is_read() -> None:
    place = Place(arguments=("--socket", "/run/ä b\n"), log="/log/media-0.log")
    assert place.line().count(b"\n") == 1
    assert parse_place(place.line()) == place


def test_the_longest_place() -> None:
    empty = len(Place(arguments=("",), log="l").line())
    longest = Place(arguments=("x" * (MAX_PLACE - empty),), log="l")
    assert len(longest.line()) == MAX_PLACE
    assert parse_place(longest.line()) == longest
    with pytest.raises(ValueError, match="more than 16384 octets"):
        parse_place(longest.line() + b"\n")


@pytest.mark.parametrize(
    "found",
    [
        [],
        {},
        {"arguments": []},
        {"arguments": [1], "log": "l"},
        {"arguments": ["a"], "log": 1},
        {"arguments": "a", "log": "l"},
        {"arguments": [], "log": "l", "more": 1},
    ],
)
def test_what_is_no_place(found: object) -> None:
    with pytest.raises(ValueError, match="of a place|a place has"):
        parse_place(json.dumps(found).encode())


def test_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        parse_place(b"rubbish\n")
