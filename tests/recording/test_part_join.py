"""Parts of a journal: each item once, in order, and what is missing is told."""

from dataclasses import replace

import pytest

from pbx.core.errors import ParseError
from pbx.recording.journal import MAX_NOTE, Damage, End, Head, Item, Note, Packet, item_octets
from pbx.recording.part_join import CHANGED, PartJoin

HEAD = Head(recording="r", call="c", tenant="t", kind="call", leg="l", started_at="s", origin_ns=0)
TORN = Damage(at=100, n_bytes=7, reason="a torn record")


def packets(first: int, end: int) -> list[Item]:
    return [Packet(0, number, b"") for number in range(first, end)]


def head(part: int, first_item: int) -> Head:
    return replace(HEAD, part=part, first_item=first_item, began_ns=5, reason="No space left on device")


def joined(*parts: tuple[int, list[Item], Damage | None]) -> tuple[PartJoin, list[Item]]:
    join, items = PartJoin(), list[Item]()
    for number, read, damage in parts:
        join.begin(number)
        items += [item for one in read if (item := join.take(one)) is not None]
        join.end(damage)
    return join, items


SEAM = Note(CHANGED, {"part": "2", "reason": "No space left on device"}, 5)


def test_one_part_is_what_it_is() -> None:
    join, items = joined((1, [HEAD, *packets(0, 3), End(9)], None))
    assert items == [HEAD, *packets(0, 3), End(9)]
    assert (join.damage, join.is_complete) == (None, True)


def test_one_part_that_is_torn_says_so() -> None:
    join, items = joined((1, [HEAD, *packets(0, 3)], TORN))
    assert items == [HEAD, *packets(0, 3)]
    assert (join.damage, join.is_complete) == (TORN, False)


@pytest.mark.parametrize("n_first", [3, 4, 5])
def test_what_a_disk_took_after_it_was_given_up_comes_once(n_first: int) -> None:
    join, items = joined(
        (1, [HEAD, *packets(0, n_first)], TORN), (2, [head(2, 3), *packets(3, 6), End(9)], None)
    )
    notes = [item for item in items if isinstance(item, Note)]
    assert [item for item in items if item not in notes] == [HEAD, *packets(0, 6), End(9)]
    assert notes == [SEAM]
    assert (join.damage, join.is_complete) == (None, True)


def test_an_end_that_comes_twice_is_one() -> None:
    join, items = joined(
        (1, [HEAD, *packets(0, 4), End(9)], None), (2, [head(2, 2), *packets(2, 4), End(9)], TORN)
    )
    assert [item for item in items if item != SEAM] == [HEAD, *packets(0, 4), End(9)]
    assert join.damage is None


def test_what_was_in_the_first_and_is_not_there_any_more_is_damage() -> None:
    join, items = joined((1, [HEAD, *packets(0, 2)], TORN), (2, [head(2, 3), *packets(3, 5), End(9)], None))
    assert [item for item in items if isinstance(item, Packet)] == packets(0, 2) + packets(3, 5)
    assert join.damage == TORN


def test_a_first_part_that_is_lost_is_damage_only_when_there_was_something_in_it() -> None:
    join, items = joined((2, [head(2, 3), *packets(3, 5), End(9)], None))
    assert items[0] == head(2, 3)
    assert join.damage == Damage(at=0, n_bytes=0, reason="nothing is left of what was before part 2")
    join, _ = joined((2, [head(2, 0), *packets(0, 5), End(9)], None))
    assert join.damage is None


def test_a_first_part_without_a_head_costs_nothing_but_itself() -> None:
    join, items = joined((1, [], TORN), (2, [head(2, 0), *packets(0, 2), End(9)], None))
    assert items == [head(2, 0), *packets(0, 2), End(9)]
    assert join.damage is None
    join, _ = joined((1, [], TORN), (2, [head(2, 1), *packets(1, 2), End(9)], None))
    assert join.damage == TORN


def test_a_number_may_be_missing_when_nothing_was_in_it() -> None:
    join, items = joined((1, [HEAD, *packets(0, 2)], None), (3, [head(3, 2), *packets(2, 4), End(9)], None))
    assert [item for item in items if isinstance(item, Packet)] == packets(0, 4)
    assert join.damage is None


def test_the_damage_of_a_later_part_names_it() -> None:
    join, _ = joined((1, [HEAD, *packets(0, 2)], TORN), (2, [head(2, 2), *packets(2, 3)], TORN))
    assert join.damage == replace(TORN, reason="part 2: a torn record")
    join, _ = joined((1, [HEAD, *packets(0, 1)], TORN), (2, [head(2, 2), *packets(2, 3)], TORN))
    assert join.damage == replace(TORN, n_bytes=2 * TORN.n_bytes)
    join, _ = joined((1, [HEAD, *packets(0, 2)], None), (2, [], TORN))
    assert join.damage == replace(TORN, reason="part 2: a torn record")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(head(2, 0), recording="other"),
        replace(head(2, 0), tenant="other"),
        head(3, 0),
        HEAD,
        Packet(0, 1, b""),
    ],
)
def test_a_part_of_another_journal_is_refused(wrong: Item) -> None:
    with pytest.raises(ParseError):
        joined((1, [HEAD], None), (2, [wrong], None))


def test_two_heads_in_one_part_are_refused() -> None:
    with pytest.raises(ParseError, match="two heads"):
        joined((1, [HEAD, HEAD], None))


def test_a_long_reason_fits_into_a_note() -> None:
    _, items = joined((1, [HEAD], None), (2, [replace(head(2, 0), reason="x" * 5000)], None))
    assert isinstance(items[1], Note)
    assert len(item_octets(items[1])) < MAX_NOTE
