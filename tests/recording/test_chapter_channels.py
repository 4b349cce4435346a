"""Further parties keep their channels when another media worker gives them anew."""

import pytest

from pbx.core.audio import MAX_CHANNELS
from pbx.recording.chapter_channels import ChapterChannels
from pbx.recording.journal import Item, Note, Packet
from pbx.recording.own_channels import LEFT, TAKEN


def taken(channel: int, leg: str) -> Note:
    return Note(TAKEN, {"channel": str(channel), "leg": leg}, 1)


def left(channel: int, leg: str) -> Note:
    return Note(LEFT, {"channel": str(channel), "leg": leg}, 1)


def packet(channel: int) -> Packet:
    return Packet(channel - 1, 1, b"")


def read(channels: ChapterChannels, *items: Packet | Note) -> list[Item]:
    return [channels.renamed(item) for item in items]


def test_in_the_first_chapter_all_is_as_it_was_written() -> None:
    items: list[Packet | Note] = [
        taken(3, "b"),
        packet(3),
        taken(4, "c"),
        left(3, "b"),
        taken(3, "c"),
        packet(3),
        packet(9),
    ]
    assert read(ChapterChannels(), *items) == items


@pytest.mark.requirement("R-07")
def test_who_comes_again_has_the_channel_that_he_had() -> None:
    channels = ChapterChannels()
    read(channels, taken(3, "b"), taken(4, "c"))
    assert channels.renew(9) == [
        Note(LEFT, {"channel": "3", "leg": "b"}, 9),
        Note(LEFT, {"channel": "4", "leg": "c"}, 9),
    ]
    now: list[Packet | Note] = [taken(3, "c"), packet(3), taken(4, "b"), packet(4), left(3, "c")]
    assert read(channels, *now) == [taken(4, "c"), packet(4), taken(3, "b"), packet(3), left(4, "c")]
    assert channels.renew(10) == [Note(LEFT, {"channel": "3", "leg": "b"}, 10)]
    assert read(channels, taken(3, "c"), packet(3)) == [taken(4, "c"), packet(4)]


def test_who_is_new_takes_no_channel_of_somebody_who_may_come_again() -> None:
    channels = ChapterChannels()
    read(channels, taken(3, "b"))
    channels.renew(9)
    assert read(channels, taken(3, "new"), taken(4, "b")) == [taken(4, "new"), taken(3, "b")]


def test_with_all_channels_held_whoever_comes_is_heard_all_the_same() -> None:
    channels = ChapterChannels()
    everybody = range(3, MAX_CHANNELS + 1)
    read(channels, *(taken(n, f"leg-{n}") for n in everybody))
    channels.renew(9)
    assert read(channels, taken(5, "new"), packet(5)) == [taken(3, "new"), packet(3)]
    assert read(channels, taken(3, "leg-3"), packet(3))[1] != packet(3)


def test_a_channel_that_is_another_partys_now_is_not_two_at_once() -> None:
    channels = ChapterChannels()
    read(channels, taken(3, "b"))
    channels.renew(9)
    read(channels, taken(3, "c"))
    (again,) = read(channels, taken(3, "b"))  # the worker took it back without a word
    assert again == taken(3, "b")
