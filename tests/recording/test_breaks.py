"""What is absent because one media worker was gone and the next one had not begun."""

import pytest

from pbx.recording.breaks import EDGE_NS, SETTLE_NS, Breaks
from pbx.recording.gaps import CONTINUES, MasterClock
from pbx.recording.journal import Note
from pbx.recording.spans import Span

S = 1_000_000_000
CLOCK = MasterClock(origin_ns=0, n_samples=80_000)
EDGE = EDGE_NS // 125_000
SETTLE = SETTLE_NS // 125_000


def broken(*, last_s: float = 1.0, origin_s: float = 2.0, cause: str = "worker_lost") -> Breaks:
    breaks = Breaks()
    breaks.packet(0, round(last_s * S))
    breaks.note(Note(CONTINUES, {"chapter": "2", "cause": cause}, round(origin_s * S)))
    return breaks


def test_without_a_joint_nothing_is_a_break() -> None:
    breaks = Breaks()
    breaks.packet(0, 1)
    breaks.note(Note(CONTINUES, {"after": "another recording"}, 2))  # of a former program
    assert breaks.of(0, [(0, 100)], CLOCK) == {}


@pytest.mark.parametrize("cause", ["worker_lost", "worker_drained"])
def test_a_break_lasts_until_the_channels_next_packet(cause: str) -> None:
    breaks = broken(cause=cause)
    breaks.packet(0, round(2.5 * S))
    breaks.packet(0, round(2.6 * S))
    absent: list[Span] = [(4000, 4100), (7900, 20_100), (24_000, 24_160)]
    assert breaks.of(0, absent, CLOCK) == {cause: [(7900, 20_100)]}
    assert breaks.of(1, [(7900, 30_000)], CLOCK) == {cause: [(7900, 16_000 + EDGE)]}  # nothing came


def test_who_is_silent_for_long_is_silent() -> None:
    breaks = broken()
    breaks.packet(0, 9 * S)
    absent: list[Span] = [(2000, 80_000)]
    expected = (8000 - EDGE, 16_000 + SETTLE + EDGE)
    assert breaks.of(0, absent, CLOCK) == {"worker_lost": [expected]}


def test_two_workers_at_a_time_miss_nothing() -> None:
    breaks = broken(last_s=2.1, cause="worker_drained")
    assert breaks.of(0, [(0, 80_000)], CLOCK) == {}


def test_notes_and_ends_say_that_a_worker_was_there() -> None:
    breaks = Breaks()
    breaks.packet(0, S)
    breaks.note(Note("gate", {}, round(1.5 * S)))
    breaks.note(Note(CONTINUES, {"cause": "worker_lost"}, 2 * S))
    breaks.ended(3 * S)
    breaks.note(Note(CONTINUES, {"cause": "worker_drained"}, 4 * S))
    assert breaks.of(0, [(8000, 40_000)], CLOCK) == {
        "worker_lost": [(12_000 - EDGE, 16_000 + EDGE)],
        "worker_drained": [(24_000 - EDGE, 32_000 + EDGE)],
    }
