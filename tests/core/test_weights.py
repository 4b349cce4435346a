"""Order by weight: shares, zero weights, priorities."""

from collections import Counter

import pytest

from pbx.core.ids import SeededIds
from pbx.core.weights import by_priority, by_weight


@pytest.mark.rfc("2782", "Usage rules")
def test_the_first_is_chosen_by_its_share() -> None:
    ids = SeededIds()
    first = Counter(by_weight([("a", 60), ("b", 30), ("c", 10)], ids)[0] for _ in range(4000))
    assert [round(first[name] / 400) for name in "abc"] == [6, 3, 1]


def test_every_item_comes_once() -> None:
    ids = SeededIds()
    for _ in range(100):
        assert sorted(by_weight([("a", 5), ("b", 0), ("c", 1)], ids)) == ["a", "b", "c"]


def test_weight_zero_is_rarely_first_but_never_lost() -> None:
    ids = SeededIds()
    first = Counter(by_weight([("a", 0), ("b", 99)], ids)[0] for _ in range(3000))
    assert 5 <= first["a"] <= 80


def test_items_of_weight_zero_have_equal_chances() -> None:
    ids = SeededIds()
    first = Counter(by_weight([("a", 0), ("b", 0)], ids)[0] for _ in range(1000))
    assert 400 <= first["a"] <= 600


def test_a_lower_priority_comes_first_whatever_the_weights() -> None:
    ids = SeededIds()
    for _ in range(20):
        assert by_priority([("late", 20, 99), ("early", 10, 0)], ids) == ["early", "late"]
    assert by_priority([], ids) == []
