"""Where packets lie: the vectors say the same as a look at each packet."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.recording import placing
from pbx.recording.gaps import Causes, Run, add_run, no_causes, share_out
from pbx.recording.packet_columns import CODES, KINDS, PacketColumns
from pbx.recording.placing import Coverage, Laid, Laying
from pbx.recording.spans import Span, merge

FRAME, LIMIT = 160, 100_000
PCMU, EVENT = CODES["PCMU"], CODES["event"]
One = tuple[int, int, int, int]  # sequence, start, samples, kind


def laid(packets: list[One], *, stretches: bool = False) -> tuple[Laid, Coverage]:
    columns = PacketColumns()
    for sequence, at, n, kind in packets:
        columns.add(sequence, at, (7 * sequence, n), kind)
    found = columns.ordered()
    coverage = Coverage(LIMIT)
    laying = Laying(found, found.length.astype(np.int32), found.at)
    return laying.lay(coverage, stretches=stretches), coverage


@dataclass
class Look:
    """One packet after the other, as a person would do it."""

    covered: list[Span] = field(default_factory=list)
    causes: Causes = field(default_factory=no_causes)
    owed: list[int] = field(default_factory=list)

    def take(self, packets: list[One], *, stretches: bool) -> None:
        runs: list[Run] = []
        expected, end, frame, is_plain = packets[0][0], 0, 0, False
        for sequence, start, n, kind in packets:
            add_run(runs, "loss", sequence - expected)
            expected = sequence + 1
            if kind == EVENT:
                add_run(runs, "event", 1)
                continue
            owes = stretches and is_plain and not runs and start == end + 1
            if runs and frame and start > end:
                share_out(self.causes, (end, start), runs, frame)
            if owes:
                self.owed.append(sequence)
            if n + owes:
                self.covered.append((max(0, start - owes), min(LIMIT, start + n)))
            runs = [] if n else [("hold", 1)]
            end, frame, is_plain = start + n, n + owes or frame or 1, n > 0


def packets_of(steps: list[tuple[int, int, int, bool]]) -> list[One]:
    found: list[One] = []
    sequence, at = 0, 5
    for skip, late, n, is_event in steps:
        sequence += 1 + skip
        at += late
        found.append((sequence, at, n, EVENT if is_event and found else PCMU))
        at += 0 if is_event else n
    return found


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 3]),
        st.sampled_from([0, 0, 1, 1, 2, 500, -90]),
        st.sampled_from([FRAME, FRAME, 80, 0]),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=60,
)


@given(STEPS, st.booleans(), st.sampled_from([1, 2, 7, 1 << 16]))
def test_vectors_of_any_size_agree_with_a_look_at_each(
    steps: list[tuple[int, int, int, bool]], stretches: bool, at_once: int
) -> None:
    packets, look = packets_of(steps), Look()
    look.take(packets, stretches=stretches)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "_AT_ONCE", at_once)
        found, coverage = laid(packets, stretches=stretches)
    assert merge(coverage.covered) == merge(look.covered)
    assert coverage.causes == look.causes
    assert (found.place[found.owed] // 7).tolist() == look.owed


def test_what_lies_outside_is_cut() -> None:
    _, coverage = laid([(1, -200, FRAME, PCMU), (2, -40, FRAME, PCMU), (3, LIMIT - 10, FRAME, PCMU)])
    assert coverage.covered == [(0, 120), (LIMIT - 10, LIMIT)]


def test_packets_of_a_window_are_found_in_whatever_order_they_lie() -> None:
    packets = [(n, (n * 7919 % 1000) * FRAME, FRAME, PCMU) for n in range(1000)]
    found, _ = laid(packets)
    here = [n for group in found.within(50 * FRAME, 51 * FRAME) for n in found.start[group].tolist()]
    assert 50 * FRAME in here


def test_of_packets_in_order_a_window_touches_few() -> None:
    found, _ = laid([(n, n * FRAME, FRAME, PCMU) for n in range(600)])
    assert len(list(found.within(0, 256 * FRAME))) == 1
    assert len(list(found.within(0, 256 * FRAME + 1))) == 2
    assert list(found.within(600 * FRAME, 700 * FRAME)) == []


def test_events_alone_are_nowhere() -> None:
    found, coverage = laid([(1, 0, 4, EVENT)])
    assert (len(found.start), coverage.covered) == (0, [])
    assert KINDS[EVENT] == "event"
