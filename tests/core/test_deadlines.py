"""The heap of named deadlines."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.core.deadlines import DeadlineHeap


def test_the_earliest_comes_first_and_is_gone_then() -> None:
    heap: DeadlineHeap[str] = DeadlineHeap()
    heap.set("late", 9.0)
    heap.set("early", 3.0)
    assert heap.deadline == 3.0 and len(heap) == 2
    assert heap.pop_due(2.9) == []
    assert heap.pop_due(9.0) == ["early", "late"]
    assert heap.deadline is None and len(heap) == 0


def test_setting_again_moves_and_none_removes() -> None:
    heap: DeadlineHeap[str] = DeadlineHeap()
    heap.set("a", 1.0)
    heap.set("a", 5.0)
    assert heap.deadline == 5.0
    assert heap.pop_due(4.0) == []
    heap.set("a", None)
    heap.set("never", None)
    assert heap.deadline is None and heap.pop_due(100.0) == []


def test_a_key_that_was_removed_may_come_back_at_the_same_time() -> None:
    heap: DeadlineHeap[str] = DeadlineHeap()
    heap.set("a", 1.0)
    heap.set("a", None)
    heap.set("a", 1.0)
    assert heap.pop_due(1.0) == ["a"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 50).map(float))), max_size=60),
    st.integers(0, 50),
)
def test_it_agrees_with_a_plain_dictionary(orders: list[tuple[int, float | None]], now: int) -> None:
    heap: DeadlineHeap[int] = DeadlineHeap()
    model: dict[int, float] = {}
    for key, due in orders:
        heap.set(key, due)
        model.pop(key, None)
        if due is not None:
            model[key] = due
    assert len(heap) == len(model)
    assert heap.deadline == min(model.values(), default=None)
    due_keys = heap.pop_due(float(now))
    assert sorted(due_keys) == sorted(key for key, due in model.items() if due <= now)
    assert [model[key] for key in due_keys] == sorted(model[key] for key in due_keys)


def test_keys_that_are_no_longer_due_do_not_pile_up() -> None:
    heap: DeadlineHeap[str] = DeadlineHeap()
    heap.set("lives", 5.0)
    for number in range(10_000):  # calls with a timer of half an hour that end after a second
        heap.set(f"call {number}", 1800.0 + number)
        heap.set(f"call {number}", None)
    assert len(heap._heap) <= 100
    assert (heap.deadline, heap.pop_due(1e9)) == (5.0, ["lives"])


def test_it_says_what_is_in_it() -> None:
    heap: DeadlineHeap[str] = DeadlineHeap()
    heap.set("a", 1.0)
    assert "a" in heap and "b" not in heap
    heap.pop_due(1.0)
    assert "a" not in heap
