"""The sealed form of a segment: whole records come back, changed ones never."""

import pytest

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.store import fact_seal
from pbx.store.fact_seal import Sealer, open_segment

KEY, JOURNAL = Secret(bytes(32)), "ab" * 16
PLAIN = (b"first", b"", b"third")
HEAD = 56


def sealed(seed: str = "seed") -> tuple[bytes, list[bytes]]:
    sealer = Sealer(KEY, JOURNAL, SeededIds(seed))
    return sealer.head, [sealer.seal(plain) for plain in PLAIN]


@pytest.mark.requirement("F-18")
def test_what_was_sealed_can_be_opened_and_is_not_to_be_seen() -> None:
    head, records = sealed()
    octets = head + b"".join(records)
    opened = open_segment(octets, KEY)
    assert (opened.journal, opened.plain, opened.damage) == (JOURNAL, PLAIN, "")
    assert not any(plain in octets for plain in PLAIN if plain)


def test_every_cut_leaves_the_whole_records_before_it() -> None:
    head, records = sealed()
    octets = head + b"".join(records)
    ends = [len(head) + sum(map(len, records[:n])) for n in range(len(records) + 1)]
    for length in range(len(octets)):
        opened = open_segment(octets[:length], KEY)
        assert opened.plain == PLAIN[: sum(length >= end for end in ends[1:])]
        assert opened.is_torn is (length not in ends)


def test_every_changed_octet_is_noticed() -> None:
    head, records = sealed()
    octets = head + b"".join(records)
    for at in range(len(octets)):
        changed = bytearray(octets)
        changed[at] ^= 1
        try:
            opened = open_segment(bytes(changed), KEY)
        except ParseError:
            assert at < 8  # magic and version
            continue
        assert opened.damage
        assert opened.plain == PLAIN[: len(opened.plain)]


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 0, 1), (0, 2)])
def test_records_are_neither_moved_nor_repeated_nor_left_out(order: tuple[int, ...]) -> None:
    head, records = sealed()
    opened = open_segment(head + b"".join(records[n] for n in order), KEY)
    assert opened.damage == "a record does not authenticate" and not opened.is_torn
    assert len(opened.plain) < len(order)


def test_a_record_of_another_segment_or_key_is_none_of_this_one() -> None:
    (head, records), (_, others) = sealed(), sealed("other")
    assert open_segment(head + others[0], KEY).plain == ()
    assert open_segment(head + records[0], Secret(b"\1" * 32)).plain == ()


@pytest.mark.parametrize("octets", [b"x" * HEAD, b"pbxfct\x00\x02" + bytes(48)])
def test_another_file_is_no_segment(octets: bytes) -> None:
    with pytest.raises(ParseError):
        open_segment(octets, KEY)


def test_a_record_has_its_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_seal, "MAX_RECORD", 20)
    sealer = Sealer(KEY, JOURNAL, SeededIds())
    record = sealer.seal(bytes(4))
    assert open_segment(sealer.head + record, KEY).plain == (bytes(4),)
    with pytest.raises(ValueError, match="too many"):
        sealer.seal(bytes(5))
