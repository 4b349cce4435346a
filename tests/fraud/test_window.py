"""A window never forgets too early, and soon after it may."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pbx.fraud.window import PARTS, Window


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 9)), max_size=60), st.integers(0, 9000))
def test_what_is_within_the_window_counts(added: list[tuple[int, int]], later: int) -> None:
    window, now = Window(3600.0), 0.0
    entries: list[tuple[float, int]] = []
    for step, amount in added:
        now += step
        window.add(Decimal(amount), now)
        entries.append((now, amount))
    now += later
    least = sum(amount for at, amount in entries if now - at < 3600)
    most = sum(amount for at, amount in entries if now - at <= 3600 * (1 + 1 / PARTS))
    assert least <= window.sum(now) <= most
