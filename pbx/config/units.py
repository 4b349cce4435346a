"""Durations as people write them: `25s`, `5 min`, `300ms`."""

import re

MAX_DURATION_S = 7 * 86400.0  # nothing in a telephone system waits longer than a week

_SECONDS_PER_UNIT = {
    "ms": 0.001,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
FORM = r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|min|h|d)"
_DURATION = re.compile(FORM, re.ASCII)


def seconds(text: str) -> float:
    """Return the duration in seconds; ValueError says what was expected."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("expected a duration with its unit, for example 300ms, 25s, 5 min, 2h or 1d")
    duration_s = float(match[1]) * _SECONDS_PER_UNIT[match[2]]
    if not 0 < duration_s <= MAX_DURATION_S:
        raise ValueError("a duration is longer than zero and at most 7d")
    return round(duration_s, 3)


def spelled(duration_s: float) -> str:
    """Return a duration as people write it, in the largest unit of which it is a whole number."""
    n_ms = round(duration_s * 1000)
    whole = (unit for unit, each_s in _SECONDS_PER_UNIT.items() if n_ms % round(each_s * 1000) == 0)
    unit = list(whole)[-1]
    return f"{n_ms // round(_SECONDS_PER_UNIT[unit] * 1000)}{unit}"
