"""Indices that were seen, and those that RTP only hints at."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.media.replay_window import WINDOW, ReplayWindow, RolloverWindow


def test_an_index_counts_once() -> None:
    window = ReplayWindow()
    assert not window.has_seen(5)
    window.accept(5)
    assert window.has_seen(5) and not window.has_seen(4) and not window.has_seen(6)


def test_the_window_ends_where_it_says() -> None:
    window = ReplayWindow()
    window.accept(WINDOW)
    assert not window.has_seen(1)
    assert window.has_seen(0)  # too old to know


def test_a_great_leap_forgets_the_rest() -> None:
    window = ReplayWindow()
    window.accept(1)
    window.accept(1_000_000)
    assert not window.has_seen(1_000_000 - WINDOW + 1)
    assert window.has_seen(1)


@given(st.lists(st.integers(min_value=0, max_value=300), max_size=80))
def test_it_agrees_with_a_set(indices: list[int]) -> None:
    window, seen = ReplayWindow(), set[int]()
    for index in indices:
        expected = index in seen or (bool(seen) and max(seen) - index >= WINDOW)
        assert window.has_seen(index) == expected
        if not expected:
            window.accept(index)
            seen.add(index)


@given(
    st.integers(min_value=0, max_value=0x7FFF),
    st.lists(st.integers(min_value=-100, max_value=30_000), max_size=60),
)
def test_an_index_is_found_again_over_wraps(first: int, steps: list[int]) -> None:
    window = RolloverWindow()
    window.accept(first)
    highest = first
    for step in steps:
        index = max(highest + step, 0)
        assert window.index(index & 0xFFFF) == index
        if not window.has_seen(index):
            window.accept(index)
        highest = max(highest, index)


def test_the_first_packet_is_of_the_first_round() -> None:
    assert RolloverWindow().index(65535) == 65535


def test_nothing_is_before_the_first_round() -> None:
    window = RolloverWindow()
    window.accept(3)
    assert window.index(65535) == 65535
