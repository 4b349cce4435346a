"""Packets in columns: sorted by number, each number once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pbx.recording.packet_columns import CODES, KINDS, N_SKIPPED, PacketColumns


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 2**40)), min_size=1))
def test_the_first_packet_of_a_number_counts(packets: list[tuple[int, int]]) -> None:
    columns, first = PacketColumns(), dict[int, int]()
    for sequence, at in packets:
        columns.add(sequence, at, (at + 1, at % 65536), 3)
        first.setdefault(sequence, at)
    found = columns.ordered()
    assert found.sequence.tolist() == sorted(first)
    assert found.at.tolist() == [first[sequence] for sequence in sorted(first)]
    assert found.place.tolist() == [at + 1 for at in found.at.tolist()]
    assert found.length.tolist() == [at % 65536 for at in found.at.tolist()]


def test_packets_without_speech_have_the_smaller_codes() -> None:
    assert [KINDS[code] for code in range(N_SKIPPED)] == ["event", "noise", "undecodable"]
    assert CODES["PCMU"] == N_SKIPPED and KINDS[CODES["opus"]] == "opus"


def test_a_packet_takes_27_octets() -> None:
    columns = PacketColumns()
    for n in range(1000):
        columns.add(n, n, (n, 160), 3)
    found = columns.ordered()
    kept = (found.sequence, found.at, found.place, found.length, found.kind)
    assert sum(column.nbytes for column in kept) == 27_000
    assert all(isinstance(column, np.ndarray) for column in kept)
