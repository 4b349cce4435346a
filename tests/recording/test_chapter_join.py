"""Chapters of a recording: one row of items, with a joint that says why."""

from dataclasses import replace

import pytest

from pbx.core.errors import ParseError
from pbx.recording.chapter_join import ChapterJoin
from pbx.recording.gaps import CONTINUES, MOVED
from pbx.recording.journal import PARTED, Damage, End, Head, Item, Note, Packet
from pbx.recording.own_channels import LEFT, TAKEN
from pbx.recording.part_join import CHANGED

HEAD = Head(recording="r", call="c", tenant="t", kind="call", leg="l", started_at="s", origin_ns=0)
SECOND = replace(HEAD, chapter=2, origin_ns=100)
TORN = Damage(at=100, n_bytes=7, reason="a torn record")
GONE = Note(PARTED, {"leg": "l"}, 60)
Read = tuple[int, int, list[Item], Damage | None]


def joined(*parts: Read) -> tuple[ChapterJoin, list[Item]]:
    join, items = ChapterJoin(), list[Item]()
    for chapter, number, read, damage in parts:
        join.begin(number, chapter)
        items += [item for one in read for item in join.take(one)]
        join.end(damage)
    return join, items


def packet(at_ns: int, stream: int = 0) -> Packet:
    return Packet(stream, at_ns, b"x")


def joint(chapter: int, cause: str, at_ns: int = 100) -> Note:
    return Note(CONTINUES, {"chapter": str(chapter), "cause": cause}, at_ns)


def test_one_chapter_is_what_it_is() -> None:
    join, items = joined((1, 1, [HEAD, packet(1), End(9)], None))
    assert items == [HEAD, packet(1), End(9)]
    assert (join.damage, join.is_complete, join.is_over) == (None, True, True)


@pytest.mark.requirement("R-07")
@pytest.mark.parametrize("torn", [None, TORN])
def test_a_lost_worker_leaves_a_joint_and_a_recording_without_all_its_ends(torn: Damage | None) -> None:
    join, items = joined((1, 1, [HEAD, packet(1)], torn), (2, 1, [SECOND, packet(101), End(200)], None))
    assert items == [HEAD, packet(1), joint(2, "worker_lost"), packet(101), End(200)]
    assert (join.damage, join.is_complete, join.is_over) == (torn, False, True)


def test_a_drained_worker_has_closed_its_journal() -> None:
    join, items = joined((1, 1, [HEAD, packet(1), GONE, End(60)], None), (2, 1, [SECOND, End(200)], None))
    assert items == [HEAD, packet(1), GONE, End(60), joint(2, "worker_drained"), End(200)]
    assert (join.is_complete, join.is_over) == (True, True)


@pytest.mark.parametrize(
    "last", [[SECOND], [SECOND, End(9)][:1] + [packet(101)], [SECOND, replace(GONE, at_ns=150), End(151)]]
)
def test_what_nobody_stopped_is_not_over(last: list[Item]) -> None:
    join, _ = joined((1, 1, [HEAD, End(50)], None), (2, 1, last, None))
    assert not join.is_over


def test_the_leg_that_goes_on_may_be_another() -> None:
    moved = Note(MOVED, {"from": "l", "leg": "m"}, 5)
    _, items = joined(
        (1, 1, [HEAD, moved], TORN),
        (2, 1, [replace(SECOND, leg="m")], TORN),
        (3, 1, [replace(SECOND, leg="n", chapter=3)], None),
    )
    assert [item for item in items if isinstance(item, Note) and item.kind == MOVED] == [
        moved,
        Note(MOVED, {"from": "m", "leg": "n"}, 100),
    ]


def test_channels_are_given_back_at_the_joint_and_keep_their_parties() -> None:
    seats = [Note(TAKEN, {"channel": str(n), "leg": leg}, 1) for n, leg in ((3, "b"), (4, "c"))]
    again = Note(TAKEN, {"channel": "3", "leg": "c"}, 101)
    _, items = joined((1, 1, [HEAD, *seats], None), (2, 1, [SECOND, again, packet(102, 2)], None))
    left = [Note(LEFT, {"channel": str(n), "leg": leg}, 100) for n, leg in ((3, "b"), (4, "c"))]
    kept = Note(TAKEN, {"channel": "4", "leg": "c"}, 101)
    assert items[3:] == [joint(2, "worker_lost"), *left, kept, packet(102, 3)]


def test_a_chapter_has_parts_of_its_own() -> None:
    rest = replace(SECOND, part=2, first_item=1, began_ns=150, reason="No space left on device")
    join, items = joined(
        (1, 1, [HEAD, packet(1)], TORN),
        (2, 1, [SECOND, packet(101)], TORN),
        (2, 2, [rest, packet(151), End(200)], None),
    )
    seam = Note(CHANGED, {"part": "2", "reason": "No space left on device"}, 150)
    assert items[2:] == [joint(2, "worker_lost"), packet(101), seam, packet(151), End(200)]
    assert join.damage == TORN


def test_the_damage_of_all_chapters_counts_and_the_first_is_named() -> None:
    join, _ = joined((1, 1, [HEAD], None), (2, 1, [SECOND], TORN), (3, 1, [replace(SECOND, chapter=3)], TORN))
    assert join.damage == Damage(at=100, n_bytes=14, reason="chapter 2: a torn record")


def test_without_its_first_chapter_a_recording_says_so() -> None:
    _, items = joined((2, 1, [SECOND, packet(101)], None))
    assert items == [SECOND, Note(CONTINUES, {"chapter": "2"}, 100), packet(101)]


@pytest.mark.parametrize(
    "other",
    [
        replace(SECOND, recording="s"),
        replace(SECOND, tenant="u"),
        replace(SECOND, call="d"),
        replace(SECOND, chapter=3),
        replace(SECOND, origin_ns=-1),
    ],
)
def test_what_belongs_to_something_else_is_refused(other: Head) -> None:
    with pytest.raises(ParseError):
        joined((1, 1, [HEAD], None), (2, 1, [other], None))


def test_a_chapter_needs_a_head() -> None:
    with pytest.raises(ParseError):
        joined((1, 1, [HEAD], None), (2, 1, [packet(1)], None))
