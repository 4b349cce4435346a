"""A network between a talker and a jitter buffer: loss, jitter, duplicates, another clock; seeded."""

import random
from dataclasses import dataclass
from pathlib import Path

from pbx.media.jitter_buffer import JitterBuffer, Lost, Packet

UNITS = 160
FRAME_S = 0.02
BEGIN_S = 5.0
HELD_BACK_S = 0.035
LOST = "-"  # in a trace


@dataclass(frozen=True, kw_only=True)
class Network:
    """`jitter_s` = uniform lateness, `skew` = how much slower the talker's clock is.

    One of so many packets is `held_back` by 35 ms, so that one or two overtake it; 0 = none is. With a
    `trace` each packet takes as long as it says, None = it is lost, and there is no chance in anything.
    """

    loss: float = 0.0
    held_back: int = 0
    jitter_s: float = 0.0
    duplicates: float = 0.0
    skew: float = 0.0
    first_time: int = 2**32 - 4000  # both counters wrap early
    first_seq: int = 65_500
    trace: tuple[float | None, ...] = ()


def recorded(name: str) -> Network:
    """Return what bench/trace.py wrote."""
    lines = (Path(__file__).parent / "traces" / f"{name}.txt").read_text().splitlines()
    words = (word for line in lines if not line.startswith("#") for word in line.split())
    return Network(trace=tuple(None if word == LOST else int(word) / 10_000 for word in words))


@dataclass
class Played:
    """What came out in order: the number of a packet, -1 for a loss, None for nothing."""

    slots: list[int | None]
    delays_s: list[float]

    @property
    def numbers(self) -> list[int]:
        return [slot for slot in self.slots if slot is not None and slot >= 0]


def arrivals(network: Network, n_packets: int, seed: int) -> list[tuple[float, int]]:
    """When each packet that is not lost arrives, in order of arrival."""
    if network.trace:
        took = enumerate(network.trace[:n_packets])
        return sorted((BEGIN_S + n * FRAME_S + took_s, n) for n, took_s in took if took_s is not None)
    rng = random.Random(seed)
    found = []
    for n in range(n_packets):
        said = BEGIN_S + n * FRAME_S * (1 + network.skew)
        if rng.random() >= network.loss:
            held_s = HELD_BACK_S if network.held_back and n % network.held_back == 1 else 0.0
            found.append((said + held_s + rng.uniform(0, network.jitter_s), n))
        if rng.random() < network.duplicates:
            found.append((said + rng.uniform(0, network.jitter_s), n))
    return sorted(found)


def play(
    buffer: JitterBuffer,
    network: Network,
    n_packets: int,
    *,
    seed: int = 1,
    quiet: bool = True,
    phase_s: float = 0.0,
) -> Played:
    """Put and take on two clocks, `phase_s` apart, until the talker has ended."""
    waiting, played = arrivals(network, n_packets, seed), Played([], [])
    at = 0
    for tick in range(n_packets):
        now = BEGIN_S + phase_s + tick * FRAME_S
        while at < len(waiting) and waiting[at][0] <= now:
            arrived, n = waiting[at]
            time = (network.first_time + n * UNITS) % 2**32
            packet = Packet(n.to_bytes(4), 0, time, UNITS)
            buffer.put(packet, 1, (network.first_seq + n) % 2**16, arrived)
            at += 1
        slot = buffer.take(now, quiet=quiet)
        if isinstance(slot, Packet):
            n = int.from_bytes(slot.payload)
            played.slots.append(n)
            played.delays_s.append(now - BEGIN_S - n * FRAME_S * (1 + network.skew))
        else:
            played.slots.append(-1 if isinstance(slot, Lost) else None)
    return played
