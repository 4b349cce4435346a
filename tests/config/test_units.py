"""Durations as people write them."""

import pytest

from pbx.config.units import MAX_DURATION_S, seconds, spelled


@pytest.mark.parametrize(
    ("text", "duration_s"),
    [("300ms", 0.3), ("25s", 25.0), ("5 min", 300.0), ("1.5h", 5400.0), ("7d", MAX_DURATION_S)],
)
def test_durations(text: str, duration_s: float) -> None:
    assert seconds(text) == duration_s


@pytest.mark.parametrize("text", ["25", "25 seconds", "s", "-1s", "0s", "8d", "1e3s", "٢s", "5  min", ""])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        seconds(text)


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.06, "60ms"), (1.5, "1500ms"), (60, "1min"), (90, "90s"), (259_200, "3d")]
)
def test_spelled_in_the_largest_whole_unit(duration_s: float, text: str) -> None:
    assert spelled(duration_s) == text
    assert seconds(text) == duration_s
