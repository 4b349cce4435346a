"""Order by weight: chance in the shares that somebody wrote down (RFC 2782)."""

from collections.abc import Sequence
from typing import TypeVar

from pbx.core.ids import Ids, uint32

ItemT = TypeVar("ItemT")


def by_weight(items: Sequence[tuple[ItemT, int]], ids: Ids) -> list[ItemT]:
    """Return the items of one priority in a random order; the first is an item by its share of all weights.

    Weight 0 has a small chance only, and none but items of weight 0 have it equally.
    """
    left = sorted(items, key=lambda item: item[1] > 0)  # RFC 2782: those of weight 0 come first
    ordered: list[ItemT] = []
    while left:
        total = sum(weight for _, weight in left)
        chosen = _pick(left, uint32(ids) % (total + 1)) if total else uint32(ids) % len(left)
        ordered.append(left.pop(chosen)[0])
    return ordered


def by_priority(items: Sequence[tuple[ItemT, int, int]], ids: Ids) -> list[ItemT]:
    """Return items of (item, priority, weight): the lowest priority first, by weight within one."""
    ordered: list[ItemT] = []
    for priority in sorted({priority for _, priority, _ in items}):
        ordered += by_weight([(item, weight) for item, own, weight in items if own == priority], ids)
    return ordered


def _pick(items: Sequence[tuple[object, int]], point: int) -> int:
    """Return the first item whose running sum of weights reaches `point`."""
    running = 0
    for index, (_, weight) in enumerate(items):
        running += weight
        if running >= point:
            return index
    return len(items) - 1
