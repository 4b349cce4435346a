"""Senders who say pseudo-noise on clocks of their own, and where the noise is found again."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pbx.recording.g711 import VALUES
from pbx.recording.journal import Packet

RATE = 8000
PIECE = 2000  # samples that are looked for: 250 ms, in which 100 ppm shift 0.2 samples
REACH = 400  # samples to either side
HOUR = 3600 * RATE
ORIGIN = 5_000_000_000
NS_PER_SAMPLE = 125_000
LINEAR = np.array(VALUES["PCMU"], dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Sender:
    """A party that says noise. Sample n is said at `start_ns` + n x 125 us x (1 + ppm)."""

    stream: int
    seed: int = 1
    start_ns: int = 0
    ppm: float = 0.0
    n_samples: int = HOUR
    frame: int = 160
    ssrc: int = 77
    sequence: int = 65_000
    timestamp: int = 2**32 - 9_000

    @cached_property
    def noise(self) -> bytes:
        return np.random.default_rng(self.seed).integers(0, 256, self.n_samples, dtype=np.uint8).tobytes()

    def said_at(self, sample: int) -> float:
        """In samples since the origin."""
        return self.start_ns / NS_PER_SAMPLE + sample * (1 + self.ppm / 1e6)

    def packets(self) -> list[Packet]:
        noise, out = self.noise, []
        for n, at in enumerate(range(0, self.n_samples, self.frame)):
            sequence, timestamp = (self.sequence + n) & 0xFFFF, (self.timestamp + at) % 2**32
            header = struct.pack("!BBHII", 0x80, 0, sequence, timestamp, self.ssrc + self.stream)
            arrival = ORIGIN + round(self.said_at(at) * NS_PER_SAMPLE)
            out.append(Packet(self.stream, arrival, header + noise[at : at + self.frame]))
        return out


def impaired(packets: list[Packet], seed: int) -> list[Packet]:
    """R-03: every packet 0 to 200 ms late, a tenth of them pushed back 40 ms more, a twentieth twice."""
    dice = np.random.default_rng(seed)
    late = dice.integers(0, 200_000_000, len(packets)) + 40_000_000 * (dice.random(len(packets)) < 0.1)
    twice = dice.random(len(packets)) < 0.05
    out = []
    for packet, more_ns, again in zip(packets, late.tolist(), twice.tolist(), strict=True):
        out.append(Packet(packet.stream, packet.arrival_ns + more_ns, packet.rtp))
        if again:
            out.append(Packet(packet.stream, packet.arrival_ns + more_ns + 3_000_000, packet.rtp))
    return in_order(out)


def in_order(packets: list[Packet]) -> list[Packet]:
    return sorted(packets, key=lambda packet: packet.arrival_ns)


def linear(octets: bytes | bytearray) -> NDArray[np.float64]:
    return LINEAR[np.frombuffer(octets, np.uint8)]


def found_at(channel: bytes | bytearray, piece: bytes, expected: int) -> int:
    """The sample at which the piece lies best, by cross-correlation around the expected one."""
    first = max(0, expected - REACH)
    field = linear(channel[first : expected + len(piece) + REACH])
    likeness = np.correlate(field, linear(piece), "valid")
    return first + int(np.argmax(likeness))


def places(sender: Sender, n: int = 5) -> list[int]:
    """So many samples of a sender where pieces begin: at the start, the end, and evenly between."""
    return [round(at) for at in np.linspace(0, sender.n_samples - PIECE, n).tolist()]


def errors(sender: Sender, channel: bytes | bytearray, at: Iterable[int] | None = None) -> list[float]:
    """How many samples each piece lies beside where it was said."""
    out = []
    for sample in places(sender) if at is None else at:
        said = sender.said_at(sample)
        piece = sender.noise[sample : sample + PIECE]
        out.append(found_at(channel, piece, round(said)) - said)
    return out


def worst(found: Iterable[float]) -> float:
    return max(map(abs, found))
