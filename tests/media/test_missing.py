"""Which packets are missing: late ones, doubles, losses."""

import random

import pytest

from pbx.media.missing import MAX_MISORDER, Missing
from pbx.media.reception import LossRuns
from pbx.media.stream import IncomingStats


def counted(numbers: list[int]) -> IncomingStats:
    incoming = IncomingStats()
    for n in numbers:
        incoming.audio(7, n % 2**16, n * 160 % 2**32, n * 0.02)
    return incoming


def test_a_late_packet_is_neither_lost_nor_a_run() -> None:
    incoming = counted([0, 1, 4, 3, 2, 5])
    assert (incoming.received, incoming.expected, incoming.lost, incoming.doubled) == (6, 6, 0, 0)
    assert (incoming.runs.runs, incoming.runs.lost) == (0, 0)


def test_a_double_makes_up_for_no_loss() -> None:
    incoming = counted([0, 1, 1, 3, 3, 4, 1])
    assert (incoming.received, incoming.doubled) == (7, 3)
    assert (incoming.expected, incoming.lost) == (5, 1)
    reception = incoming.reception
    assert reception is not None
    assert reception.cumulative_lost == -2  # RFC 3550 §6.4.1 wants it so


@pytest.mark.parametrize(
    ("gaps", "runs"), [([], 0), ([2], 1), ([2, 3], 1), ([2, 4], 2), ([2, 3, 5, 6, 7], 2)]
)
def test_losses_side_by_side_are_one_run(gaps: list[int], runs: int) -> None:
    incoming = counted([n for n in range(400) if n not in gaps])
    assert (incoming.runs.runs, incoming.runs.lost) == (runs, len(gaps))


@pytest.mark.parametrize(("behind", "lost"), [(MAX_MISORDER, 0), (MAX_MISORDER + 1, 1)])
def test_a_packet_counts_until_it_is_too_old(behind: int, lost: int) -> None:
    late = 10
    numbers = [n for n in range(late + behind + 1) if n != late]
    assert counted([*numbers, late]).lost == lost


def test_a_jump_over_thousands_leaves_few_to_await() -> None:
    missing, runs = Missing(0), LossRuns()
    missing.gap(1, 2999, runs)
    assert (runs.runs, runs.lost) == (1, 2998 - MAX_MISORDER)
    assert len(missing._awaited) == MAX_MISORDER
    missing.close(runs)
    assert (runs.runs, runs.lost) == (1, 2998)


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_a_bad_network(seed: int) -> None:
    """60,000 packets with losses, doubles and small steps back; the numbers wrap."""
    rng = random.Random(seed)
    sent = range(65_000, 125_000)
    came = [0.0 for _ in sent]
    arrivals = []
    for n in sent:
        if n == sent[0] or rng.random() > 0.05:
            arrivals += [(n + rng.uniform(0, 9), n)] * (1 + (rng.random() < 0.05))
        else:
            came[n - sent[0]] = 1.0
    arrivals[:] = [arrivals[0], *sorted(one for one in arrivals if one[1] != sent[0])]
    incoming = counted([n for _, n in arrivals])
    highest = max(n for _, n in arrivals)
    lost = int(sum(came[: highest + 1 - sent[0]]))
    assert incoming.lost == incoming.runs.lost == lost
    assert incoming.doubled == len(arrivals) - len({n for _, n in arrivals})
    marks = "".join("x" if one else " " for one in came[: highest + 1 - sent[0]])
    assert incoming.runs.runs == len(marks.split())
