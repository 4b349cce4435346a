"""Words of the marks, and labels that never cover each other."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.recording.picture.marks import MAX_TEXT, N_ROWS, NEAR, PAD, Flag, Mark, clean, marks, place, words
from pbx.recording.picture.parties import Event

WIDTH = 1000


def measure(text: str) -> float:
    return 8.0 * len(text)


def event(kind: str, at_ms: int = 0, **details: str) -> Event:
    return Event(at_ms=at_ms, kind=kind, details=details)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (event("consent.granted", party="caller"), "consent: granted"),
        (event("party.joined", party="agent"), "agent joined"),
        (event("watcher.left", party="extension/acme/1009"), "1009 left"),
        (event("pause", on="true"), "pause"),
        (event("pause", on="false"), "pause ends"),
        (event("secure", on="false", leg="x"), "secure entry ends"),
        (event("hold", on="true"), "hold"),
        (event("fax", what="begins"), "fax"),
        (event("fax", what="ends"), "fax ends"),
        (event("bridge", leg="a", peer="b"), "connected"),
        (event("recording.continues", after="rec"), "goes on after a break"),
        (event("beep"), "beep"),
        (event("a" * MAX_TEXT), "a" * MAX_TEXT),
        (event("a" * (MAX_TEXT + 1)), "a" * MAX_TEXT),
        (event("gate", open="true"), ""),
        (event("format", payload_types="9=G722/8000"), ""),
    ],
)
def test_words(told: Event, text: str) -> None:
    assert words(told) == text


def test_a_name_cannot_bring_signs_that_the_font_has_not() -> None:
    assert clean("a\x1b[1m\u202e\u00e9") == "a?[1m??"


def test_events_of_one_place_share_a_stem() -> None:
    told = [event("beep", at) for at in (0, NEAR, 2 * NEAR + 1)]
    assert [(mark.x, mark.text) for mark in marks(told, lambda at: at)] == [
        (0, "beep"),
        (2 * NEAR + 1, "beep"),
    ]
    kinds = ("one", "two", "three", "two", "four", "five")
    (mark,) = marks([event(kind) for kind in kinds], lambda at: at)
    assert mark.text == "one, two, three +2"
    assert marks([event("gate", open="true")], lambda at: at) == []


def test_the_earlier_of_two_neighbours_flies_higher() -> None:
    first, second = Mark(100, "consent", "consent"), Mark(130, "connected", "party")
    assert place([first, second], WIDTH, measure) == [
        Flag(second, 130 + PAD, 0),
        Flag(first, 100 + PAD, 1),
    ]


def test_at_the_right_edge_words_stand_on_the_left() -> None:
    (flag,) = place([Mark(WIDTH - 1, "parted", "party")], WIDTH, measure)
    assert (flag.left, flag.row) == (WIDTH - 1 - PAD - 48, 0)


def test_without_room_a_mark_has_no_words() -> None:
    crowd = [Mark(500 + 5 * place, "some words", "other") for place in range(40)]
    flags = place(crowd, WIDTH, measure)
    assert len(flags) == 40
    assert sum(flag.row is not None for flag in flags) >= N_ROWS
    assert any(flag.row is None for flag in flags)


@given(
    st.lists(
        st.tuples(st.integers(0, WIDTH - 1), st.integers(1, 30)), max_size=40, unique_by=lambda one: one[0]
    )
)
def test_no_label_covers_a_label_or_a_stem(found: list[tuple[int, int]]) -> None:
    flags = place([Mark(x, "x" * length, "other") for x, length in found], WIDTH, measure)
    named = [
        (flag.row, flag.left, flag.left + measure(flag.mark.text), flag.mark.x)
        for flag in flags
        if flag.row is not None
    ]
    assert all(left >= 0 and right <= WIDTH for _, left, right, _ in named)
    for one, two in combinations(named, 2):
        low, high = sorted((one, two))
        if low[0] == high[0]:
            assert low[2] < high[1] or high[2] < low[1]
        else:
            assert not low[1] <= high[3] <= low[2]
