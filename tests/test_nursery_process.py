"""The line that makes a fork of the nursery a child."""

import json
import signal

import pytest

from pbx.nursery_process import MAX_PLACE, Place, parse_place

WORKER = ("pbx.media.io.worker", "--socket", "/run/ä b\n")


def place(*argv: str) -> Place:
    return Place(name="media-0", argv=argv, ends_at=signal.SIGINT, nice=3)


def test_what_is_written_is_read() -> None:
    line = place(*WORKER).line()
    assert line.count(b"\n") == 1
    assert parse_place(line) == place(*WORKER)


def test_the_longest_place() -> None:
    longest = place("x" * (MAX_PLACE - len(place("").line()))).line()
    assert len(longest) == MAX_PLACE
    assert parse_place(longest).line() == longest
    with pytest.raises(ValueError, match="more than 16384 octets"):
        parse_place(longest + b"\n")


@pytest.mark.parametrize("argv", [[], "a", None, [1], ["a", None], {}])
def test_what_is_no_argv(argv: object) -> None:
    with pytest.raises(ValueError, match="an argv of texts"):
        parse_place(json.dumps({"name": "a", "argv": argv, "ends_at": 2, "nice": 0}).encode())


@pytest.mark.parametrize(
    "found", [{}, "a", None, ["a"], {"name": "a", "argv": ["a"], "ends_at": "2", "nice": 0}]
)
def test_what_is_no_place(found: object) -> None:
    with pytest.raises(ValueError, match="a place has a name"):
        parse_place(json.dumps(found).encode())


def test_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        parse_place(b"rubbish\n")
