"""A journal in one part or several is read twice, and costs no more memory for it."""

from dataclasses import replace

import pytest

from pbx.core.errors import StorageError
from pbx.core.secret import Secret
from pbx.recording import parts
from pbx.recording.journal import End, Head, Item, JournalEncoder, Note, Packet
from pbx.recording.octets import HeldOctets
from pbx.recording.part_join import CHANGED
from pbx.recording.parts import HeldItems, JournalParts, Part, Source

KEY = Secret(b"0123456789abcdef")
HEAD = Head(recording="r", call="c", tenant="t", kind="call", leg="l", started_at="s", origin_ns=0)
SECOND_HEAD = replace(HEAD, part=2, first_item=3, began_ns=4, reason="full")
FIRST: list[list[Item]] = [[HEAD, Note("a", {}, 1), Packet(0, 2, b"one")], [Packet(1, 3, b"two" * 50)]]
SECOND: list[list[Item]] = [
    [SECOND_HEAD, Packet(0, 4, b"three"), Packet(1, 5, b"")],
    [Packet(0, 6, b"four"), End(7)],
]
SEAM = Note(CHANGED, {"part": "2", "reason": "full"}, 4)
READ = [SEAM if item is SECOND_HEAD else item for batch in FIRST + SECOND for item in batch]


def sealed(batches: list[list[Item]], part: int = 1) -> bytes:
    encoder = JournalEncoder(KEY, part)
    return b"".join(encoder.encode(batch) for batch in batches)


def two(cut: int = 0) -> JournalParts:
    """Two files, the first of which was cut."""
    octets = sealed(FIRST)
    octets = octets[: len(octets) - cut]
    second = Part(HeldOctets(sealed(SECOND, 2)), 200, KEY, 2)
    return JournalParts([Part(HeldOctets(octets), 100, KEY), second])


def found_again(journal: Source) -> list[Item]:
    """Read the items, then each packet's octets by its place, the last one first."""
    read = list(journal.items())
    packets = [(place, item.rtp) for place, item in read if isinstance(item, Packet)][::-1]
    cut = journal.cut([place for place, _ in packets], [len(rtp) for _, rtp in packets])
    assert cut == [rtp for _, rtp in packets]
    return [item for _, item in read]


def test_parts_follow_each_other_and_places_lead_back() -> None:
    journal = two()
    assert found_again(journal) == READ
    assert (journal.complete, journal.damage) == (True, None)


def test_items_in_memory_are_found_the_same_way() -> None:
    assert found_again(HeldItems(READ)) == READ


@pytest.mark.requirement("R-11")
def test_damage_of_the_first_part_does_not_cost_the_second() -> None:
    journal = two(cut=1)
    assert found_again(journal) == READ[:3] + READ[4:]
    assert journal.complete
    assert journal.damage is not None
    assert journal.damage.at == 100 + len(sealed(FIRST[:1]))


@pytest.mark.requirement("R-11")
def test_damage_of_both_is_counted_together() -> None:
    first, second = sealed(FIRST), sealed(SECOND, 2)
    one = Part(HeldOctets(first[:-1]), 0, KEY)
    journal = JournalParts([one, Part(HeldOctets(second[:-2]), 0, KEY, 2)])
    list(journal.items())
    lost = len(first) - len(sealed(FIRST[:1])) + len(second) - len(sealed(SECOND[:1], 2))
    assert journal.damage is not None
    assert journal.damage.n_bytes == lost - 3
    assert not journal.complete


def test_a_part_begins_to_count_again_and_has_its_own_key() -> None:
    swapped = Part(HeldOctets(sealed(SECOND, 2)), 0, KEY)
    journal = JournalParts([swapped])
    assert list(journal.items()) == []
    assert journal.damage is not None


def test_a_journal_that_changes_while_it_is_read_can_be_tried_again() -> None:
    octets = bytearray(sealed(FIRST))

    class Changing(HeldOctets):
        def read(self, start: int, length: int) -> bytes:
            return bytes(octets[start : start + length])

    journal = JournalParts([Part(Changing(bytes(octets)), 0, KEY)])
    (place,) = (place for place, item in journal.items() if isinstance(item, Packet) and item.stream == 0)
    octets[20] ^= 1
    with pytest.raises(StorageError) as caught:
        journal.cut([place], [3])
    assert caught.value.retryable


@pytest.mark.requirement("R-24")
def test_only_so_many_opened_records_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_OPENED", 100)
    encoder = JournalEncoder(KEY)
    octets = encoder.encode([HEAD]) + b"".join(
        encoder.encode([Packet(0, n, bytes([n]) * 30)]) for n in range(20)
    )
    n_reads = 0

    class Counting(HeldOctets):
        def read(self, start: int, length: int) -> bytes:
            nonlocal n_reads
            n_reads += 1
            return super().read(start, length)

    journal = JournalParts([Part(Counting(octets), 0, KEY)])
    places = [place for place, _ in journal.items()][1:]
    n_reads = 0
    for _ in range(2):
        assert journal.cut(places, [30] * 20) == [bytes([n]) * 30 for n in range(20)]
    assert n_reads == 2 * 2 * 20  # prefix and body: none of 20 is still there the second time
    journal.cut(places[-2:] * 5, [30] * 10)
    assert n_reads == 2 * 2 * 20  # but the last two are
