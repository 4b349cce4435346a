"""The deciding half of the finaliser."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.core.errors import ParseError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.finalise import (
    MAX_DELAY_S,
    Backoff,
    read_master,
    started_at,
)
from pbx.recording.journal import End, Head, Item, JournalEncoder, Note
from pbx.recording.octets import HeldOctets
from pbx.recording.part_join import CHANGED
from pbx.recording.parts import Part

KEY = Secret(b"0123456789abcdef")


def head(started: str = "2026-01-02T03:04:05+02:00") -> Head:
    return Head(
        recording="r1", call="c1", tenant="acme", kind="call", leg="l1", started_at=started, origin_ns=0
    )


def records(*batches: list[Item]) -> bytes:
    encoder = JournalEncoder(KEY)
    return b"".join(encoder.encode(batch) for batch in batches)


def part(octets: bytes) -> list[Part]:
    return [Part(HeldOctets(octets), 0, KEY)]


def test_a_closed_journal_is_not_recovered_an_open_one_is() -> None:
    whole = read_master(part(records([head()], [Note("k", {}, 1), End(2)])))
    assert (whole.recovered, whole.notes, whole.duration_ms) == (False, (Note("k", {}, 1),), 0)
    assert read_master(part(records([head()]))).recovered


def test_a_second_part_goes_on_where_the_first_one_stopped() -> None:
    encoder = JournalEncoder(KEY, 2)
    rest = encoder.encode([replace(head(), part=2, first_item=1)])
    rest += encoder.encode([Note("k", {}, 1), End(2)])
    first, second = records([head()], [Note("j", {}, 1)]), Part(HeldOctets(rest), 0, KEY, 2)
    master = read_master([*part(first), second])
    assert (master.recovered, [note.kind for note in master.notes]) == (False, ["j", CHANGED, "k"])
    torn = read_master([*part(first[:-1]), second])
    assert (torn.recovered, [note.kind for note in torn.notes]) == (True, [CHANGED, "k"])


@pytest.mark.requirement("E-10")
@pytest.mark.parametrize("other", [replace(head(), recording="r2"), replace(head(), tenant="other")])
def test_a_part_of_somebody_else_is_refused(other: Head) -> None:
    encoder = JournalEncoder(KEY, 2)
    strange = encoder.encode([replace(other, part=2)]) + encoder.encode([End(2)])
    with pytest.raises(ParseError):
        read_master([*part(records([head()])), Part(HeldOctets(strange), 0, KEY, 2)])


@pytest.mark.parametrize("octets", [b"", records([End(1)]), records([head("yesterday")]), b"\0" * 40])
def test_without_a_head_there_is_no_recording(octets: bytes) -> None:
    with pytest.raises(ParseError):
        read_master(part(octets))


def test_a_start_is_aware_utc() -> None:
    assert started_at(head()) == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert started_at(head("2026-01-02T03:04:05")).tzinfo is UTC


@pytest.mark.requirement("R-14")
def test_delays_double_from_a_second_to_a_quarter_of_an_hour() -> None:
    backoff = Backoff(SeededIds())
    delays = [backoff.next_delay_s() for _ in range(40)]
    for i, delay in enumerate(delays):
        full = min(MAX_DELAY_S, 2.0**i)
        assert max(1.0, full / 2) <= delay <= full
    assert len(set(delays[-20:])) > 10  # jitter
