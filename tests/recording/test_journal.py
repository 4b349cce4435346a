"""The journal survives every cut and every flipped bit."""

from dataclasses import replace

import pytest

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age import build_header, generate_identity, parse_header, unwrap_header
from pbx.recording.journal import (
    MAX_NOTE,
    MAX_PART,
    End,
    Head,
    Item,
    JournalEncoder,
    JournalReader,
    Note,
    Packet,
    is_begun,
    item_octets,
    journal_key,
    preamble,
    split_journal,
)

IDS = SeededIds("journal")
KEY = Secret(b"0123456789abcdef")
IDENTITY = generate_identity(IDS)
HEADER = build_header(KEY, [IDENTITY.recipient], IDS)
HEAD = Head(
    recording="r1",
    call="c1",
    tenant="acme",
    kind="call",
    leg="l1",
    started_at="2026-01-02T03:04:05+00:00",
    origin_ns=5_000_000_000,
)
BATCHES: list[list[Item]] = [
    [HEAD],
    [Packet(0, 5_000_000_001, b"one"), Packet(1, 5_000_000_002, b"")],
    [Note("consent.granted", {"leg": "l1"}, 5_000_000_003)],
    [Packet(0, 5_000_000_004, b"two"), End(5_000_000_005)],
]


def records() -> tuple[bytes, list[int]]:
    """Return the records and the offset at which each of them ends."""
    encoder, out, ends = JournalEncoder(KEY), b"", []
    for batch in BATCHES:
        out += encoder.encode(batch)
        ends.append(len(out))
    return out, ends


def test_a_whole_journal_comes_back() -> None:
    octets = preamble(HEADER) + records()[0]
    header, offset = split_journal(octets)
    opened = unwrap_header(parse_header(header), [IDENTITY])
    assert opened is not None
    reader = JournalReader(opened[0], offset)
    assert reader.read(octets[offset:]) == [item for batch in BATCHES for item in batch]
    assert reader.complete
    assert reader.damage is None


@pytest.mark.requirement("R-11")
def test_cut_at_every_octet_all_complete_records_are_kept() -> None:
    octets, ends = records()
    for n_bytes in range(len(octets)):
        reader = JournalReader(KEY)
        items = reader.read(octets[:n_bytes])
        whole = sum(end <= n_bytes for end in ends)
        kept = ends[whole - 1] if whole else 0
        assert items == [item for batch in BATCHES[:whole] for item in batch]
        assert not reader.complete
        assert (reader.damage.n_bytes if reader.damage else 0) == n_bytes - kept


@pytest.mark.requirement("R-11")
def test_every_flipped_bit_costs_nothing_before_it() -> None:
    octets, ends = records()
    for bit in range(8 * len(octets)):
        broken = bytearray(octets)
        broken[bit // 8] ^= 1 << bit % 8
        reader = JournalReader(KEY, offset=1000)
        items = reader.read(bytes(broken))
        whole = sum(end <= bit // 8 for end in ends)
        assert items == [item for batch in BATCHES[:whole] for item in batch]
        assert reader.damage is not None
        assert reader.damage.at == 1000 + (ends[whole - 1] if whole else 0)


@pytest.mark.requirement("R-11")
def test_a_broken_preamble_is_a_parse_error() -> None:
    octets = preamble(HEADER)
    for n_bytes in range(len(octets)):
        with pytest.raises(ParseError):
            split_journal(octets[:n_bytes])
    assert octets.startswith(b"pbxjrn\0\2")
    for version in (b"\0\0", b"\0\3", b"\1\1"):
        with pytest.raises(ParseError):
            split_journal(octets.replace(b"pbxjrn\0\2", b"pbxjrn" + version))


@pytest.mark.requirement("R-11")
def test_a_journal_of_the_version_before_is_read() -> None:
    octets = preamble(HEADER)
    assert split_journal(octets.replace(b"pbxjrn\0\2", b"pbxjrn\0\1")) == split_journal(octets)


def test_records_cannot_be_swapped_or_repeated_or_follow_the_end() -> None:
    octets, ends = records()
    first, second = octets[: ends[0]], octets[ends[0] : ends[1]]
    for wrong, kept in ((second + first, 0), (first + first, 1), (octets + first, 6)):
        reader = JournalReader(KEY)
        assert len(reader.read(wrong)) == kept
        assert reader.damage is not None


def test_another_key_reads_nothing() -> None:
    reader = JournalReader(Secret(bytes(16)))
    assert reader.read(records()[0]) == []
    assert reader.damage is not None


@pytest.mark.requirement("E-11")
def test_no_two_parts_share_a_key() -> None:
    keys = {journal_key(KEY, part).reveal() for part in range(1, MAX_PART + 1)}
    assert len(keys) == MAX_PART
    assert journal_key(KEY) == journal_key(KEY, 1)


def test_a_part_does_not_open_as_another() -> None:
    head = replace(HEAD, part=2, first_item=7, began_ns=8, reason="No space left on device")
    octets = JournalEncoder(KEY, 2).encode([head])
    assert JournalReader(KEY, part=2).read(octets) == [head]
    for part in (1, 3):
        assert JournalReader(KEY, part=part).read(octets) == []


def test_the_head_of_the_first_part_is_what_an_older_program_reads() -> None:
    assert b"part" not in item_octets(HEAD)


@pytest.mark.parametrize(
    ("octets", "begun"),
    [
        (b"", False),
        (preamble(HEADER)[:-1], False),
        (preamble(HEADER), False),
        (preamble(HEADER) + b"x", True),
        (b"something else", True),
    ],
)
def test_what_a_loss_of_power_left_of_the_beginning_is_not_begun(octets: bytes, begun: bool) -> None:
    assert is_begun(octets) is begun


@pytest.mark.parametrize(("length", "shortened"), [(MAX_NOTE - 31, False), (MAX_NOTE - 30, True)])
def test_a_note_has_a_limit(length: int, shortened: bool) -> None:
    note = Note("k", {"t": "x" * length}, 1)
    (read,) = JournalReader(KEY).read(JournalEncoder(KEY).encode([note]))
    assert (read == note) is not shortened
    assert isinstance(read, Note)
    assert read.kind == "k"
