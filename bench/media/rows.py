"""Medians of the rounds as rows of a table, or as JSON."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench.media.load import Report

ROW = "{:>8} {:>5} {:<18} {:>9} {:>5} {:>11} {:>9} {:>7} {:>7} {:>7} {:>5} {:>5}"
PARTY_ROW = "{:>12} {:>7} {:<16} {:>10} {:>9}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged:
    """Medians for one relay; `ratios` are those of each round to the C relay of that round, sorted.

    `max_ms`, `lost` and `sent` are of all rounds; `load_cores` is what the load itself took of the machine.
    """

    case: str
    n_calls: int
    relay: str
    us_per_packet: float
    ms_per_call_second: float
    ratio: float
    ratios: tuple[float, ...]
    p50_ms: float
    p99_ms: float
    max_ms: float
    lost: int
    sent: int
    load_cores: float

    @staticmethod
    def heading() -> str:
        return ROW.format(
            *("case", "calls", "relay", "us/packet", "x C", "of rounds", "ms/call-s"),
            *("p50 ms", "p99 ms", "max ms", "lost", "load"),
        )

    def __str__(self) -> str:
        return ROW.format(
            *(self.case, self.n_calls, self.relay, f"{self.us_per_packet:.1f}", f"{self.ratio:.2f}"),
            *(f"{self.ratios[0]:.2f}-{self.ratios[-1]:.2f}", f"{self.ms_per_call_second:.2f}"),
            *(f"{self.p50_ms:.2f}", f"{self.p99_ms:.2f}", f"{self.max_ms:.1f}"),
            *(self.lost, f"{self.load_cores:.2f}"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Medians of what a worker spends on each party; `packets` arrived per party and second."""

    case: str
    what: str
    n_parties: int
    ms_per_party_second: float
    packets: float

    @staticmethod
    def heading() -> str:
        return PARTY_ROW.format("case", "parties", "what", "ms/party-s", "packets/s")

    def __str__(self) -> str:
        return PARTY_ROW.format(
            self.case, self.n_parties, self.what, f"{self.ms_per_party_second:.2f}", f"{self.packets:.1f}"
        )


def us_per_packet(report: Report) -> float:
    """Every packet sent counts: what was lost on the way has cost too."""
    return report.cpu_s * 1e6 / max(report.sent, 1)


def bridged(place: tuple[str, int, str], reports: Sequence[Report], yardsticks: Sequence[Report]) -> Bridged:
    """`place` is case, calls and relay; `yardsticks` are the C relay's reports of the same rounds."""
    case, n_calls, relay = place
    median = statistics.median
    ratios = [us_per_packet(one) / us_per_packet(c) for one, c in zip(reports, yardsticks, strict=True)]
    return Bridged(
        case=case,
        n_calls=n_calls,
        relay=relay,
        us_per_packet=median(map(us_per_packet, reports)),
        ms_per_call_second=median(one.cpu_s * 1e3 / (n_calls * one.seconds) for one in reports),
        ratio=median(ratios),
        ratios=tuple(sorted(ratios)),
        p50_ms=median(one.p50_us for one in reports) / 1e3,
        p99_ms=median(one.p99_us for one in reports) / 1e3,
        max_ms=max(one.max_us for one in reports) / 1e3,
        lost=sum(one.sent - one.received for one in reports),
        sent=sum(one.sent for one in reports),
        load_cores=median(one.load_cpu_s / one.seconds for one in reports),
    )


def party(place: tuple[str, int, str], reports: Sequence[Report]) -> Party:
    """`place` is case, parties and what they do."""
    case, n_parties, what = place
    return Party(
        case=case,
        what=what,
        n_parties=n_parties,
        ms_per_party_second=statistics.median(one.cpu_s * 1e3 / (n_parties * one.seconds) for one in reports),
        packets=statistics.median(one.received / (n_parties * one.seconds) for one in reports),
    )
