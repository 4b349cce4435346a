"""The ring: bounded, and what was taken stays until it is written."""

import pytest

from pbx.core.secret import Secret
from pbx.recording.journal import End, Item, JournalEncoder, JournalReader, Note, Packet, item_octets
from pbx.recording.ring import MAX_QUEUED, Batch, Ring

KEY = Secret(bytes(16))
END = item_octets(End(9))


def items(batch: Batch | None) -> list[Item]:
    assert batch is not None
    return JournalReader(KEY).read(JournalEncoder(KEY).seal(batch.octets, last=batch.last))


def packet(number: int) -> bytes:
    return item_octets(Packet(0, number, b"x"))


def test_what_was_taken_comes_again_until_it_is_written() -> None:
    ring = Ring()
    assert ring.take() is None
    ring.append(packet(1), 1)
    first = ring.take()
    assert items(first) == [Packet(0, 1, b"x")]
    ring.append(packet(2), 2)
    assert ring.take() is first
    assert ring.n_written == 0
    ring.written()
    assert items(ring.take()) == [Packet(0, 2, b"x")]
    assert ring.n_written == 1


@pytest.mark.requirement("R-26")
def test_further_streams_have_as_much_time_and_a_record_keeps_its_limit() -> None:
    ring = Ring()
    ring.widen(16)
    ring.widen(3)  # never less
    for number in range(8 * MAX_QUEUED + 1):
        ring.append(packet(number), 1)
    ring.close(END, 9)
    assert ring.n_dropped == 0  # a note says so
    found: list[Item] = []
    while (batch := ring.take()) is not None:
        assert batch.n_items <= 2 * MAX_QUEUED
        assert batch.last is (ring.n_written + batch.n_items == 8 * MAX_QUEUED + 1)
        found += items(batch)
        ring.written()
    assert found[: 8 * MAX_QUEUED] == [Packet(0, number, b"x") for number in range(8 * MAX_QUEUED)]
    assert [type(one) for one in found[8 * MAX_QUEUED :]] == [Note, End]


def test_the_end_is_the_last_and_is_no_item_of_the_recording() -> None:
    ring = Ring()
    ring.append(packet(1), 1)
    ring.close(END, 9)
    assert ring.is_closed
    batch = ring.take()
    assert batch is not None
    assert (batch.last, batch.n_items) == (True, 1)
    assert items(batch) == [Packet(0, 1, b"x"), End(9)]
    ring.written()
    assert (ring.n_written, ring.take()) == (1, None)


@pytest.mark.requirement("R-26")
@pytest.mark.parametrize("closes", [False, True])
def test_so_many_wait_and_of_the_others_the_number_is_told(closes: bool) -> None:
    ring = Ring()
    for number in range(MAX_QUEUED):
        ring.append(packet(number), number)
    assert ring.n_dropped == 0
    for number in range(3):
        ring.append(packet(number), number)
    assert (len(ring), ring.n_dropped) == (MAX_QUEUED, 3)
    if closes:
        ring.close(END, 7)
    else:
        assert len(items(ring.take())) == MAX_QUEUED
        ring.written()
        ring.append(packet(8), 7)
    note = Note("ring.dropped", {"items": "3"}, 7)
    assert [item for item in items(ring.take()) if isinstance(item, Note)] == [note]
    assert ring.n_dropped == 0


@pytest.mark.requirement("R-26")
def test_what_was_dropped_is_told_when_there_is_room_for_more_streams() -> None:
    ring = Ring()
    for number in range(MAX_QUEUED + 2):
        ring.append(packet(number), number)
    ring.widen(3)
    for number in (7, 8):
        ring.append(packet(number), number)
    assert items(ring.take())[MAX_QUEUED:] == [
        Note("ring.dropped", {"items": "2"}, 7),
        Packet(0, 7, b"x"),
        Packet(0, 8, b"x"),
    ]


@pytest.mark.requirement("R-26")
def test_two_streams_of_10_ms_fill_it_after_ten_seconds() -> None:
    assert MAX_QUEUED / (2 * 100) >= 10.0


def test_what_is_cleared_is_not_written_and_nothing_more_is_kept() -> None:
    ring = Ring()
    ring.append(packet(1), 1)
    ring.take()
    ring.append(packet(2), 2)
    ring.clear()
    ring.append(packet(3), 3)
    ring.widen(16)
    ring.append(packet(4), 4)
    assert (len(ring), ring.take()) == (0, None)


class Interrupted(list[bytes]):
    """Items, among which the thread comes to clear the ring."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def append(self, item: bytes, /) -> None:
        self._ring.clear()
        super().append(item)


def test_a_ring_that_is_cleared_while_it_gets_room_stays_shut() -> None:
    ring = Ring()
    for number in range(MAX_QUEUED + 1):
        ring.append(packet(number), number)
    ring.take()
    ring._items = Interrupted(ring)
    ring.append(packet(1), 1)
    ring._items = []
    ring.append(packet(2), 2)
    assert (ring.is_closed, len(ring)) == (True, 0)


def test_what_the_thread_adds_goes_with_the_next_batch_before_the_end() -> None:
    ring = Ring()
    ring.append(packet(1), 1)
    taken = ring.take()
    note = item_octets(Note("seen", {}, 2))
    ring.add(note)
    assert ring.take() is taken
    ring.written()
    ring.append(packet(3), 3)
    ring.close(END, 9)
    batch = ring.take()
    assert batch is not None
    assert (items(batch), batch.n_items) == ([Packet(0, 3, b"x"), Note("seen", {}, 2), End(9)], 2)
    ring.written()
    assert (ring.n_written, ring.take()) == (3, None)
