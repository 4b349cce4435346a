"""Alignment over an hour, measured from outside: pseudo-noise is looked for in the master (R-01 to R-03)."""

import struct
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pbx.recording.g711 import VALUES
from pbx.recording.journal import Packet
from pbx.recording.timeline import Timeline, align

RATE = 8000
PIECE = 2000  # samples that are looked for: 250 ms, in which 100 ppm shift 0.2 samples
REACH = 400  # samples to either side
HOUR = 3600 * RATE
ORIGIN = 5_000_000_000
LINEAR = np.array(VALUES["PCMU"], dtype=np.float64)
WHERE = (0, HOUR // 4, HOUR // 2, 3 * HOUR // 4, HOUR - PIECE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A party that says noise. Sample n is said at `start_ns` + n x 125 us x (1 + ppm)."""

    stream: int
    seed: int = 1
    start_ns: int = 0
    ppm: float = 0.0
    n_samples: int = HOUR
    frame: int = 160

    @property
    def noise(self) -> bytes:
        return np.random.default_rng(self.seed).integers(0, 256, self.n_samples, dtype=np.uint8).tobytes()

    def said_at(self, sample: int) -> float:
        """In samples since the origin."""
        return self.start_ns / 125_000 + sample * (1 + self.ppm / 1e6)

    def packets(self) -> list[Packet]:
        noise, ssrc = self.noise, 77 + self.stream
        out = []
        for n, at in enumerate(range(0, self.n_samples, self.frame)):
            header = struct.pack("!BBHII", 0x80, 0, (65_000 + n) & 0xFFFF, (2**32 - 9_000 + at) % 2**32, ssrc)
            arrival = ORIGIN + round(self.said_at(at) * 125_000)
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


def found_at(channel: bytearray, piece: bytes, expected: int) -> int:
    """The sample at which the piece lies best, by cross-correlation around the expected one."""
    first = max(0, expected - REACH)
    field = linear(channel[first : expected + PIECE + REACH])
    likeness = np.correlate(field, linear(piece), "valid")
    return first + int(np.argmax(likeness))


def errors(sender: Sender, timeline: Timeline) -> list[float]:
    """How many samples each piece lies beside where it was said."""
    noise, channel = sender.noise, timeline.channels[sender.stream]
    out = []
    for at in (min(at, sender.n_samples - PIECE) for at in WHERE):
        said = sender.said_at(at)
        out.append(found_at(channel, noise[at : at + PIECE], round(said)) - said)
    return out


@pytest.mark.requirement("R-01")
@pytest.mark.requirement("R-03")
def test_an_hour_on_one_clock_is_right_to_the_sample_and_a_bad_network_changes_no_octet() -> None:
    # Both begin well within a sample of the master: at its edge the last microsecond of jitter decides.
    party, peer = Sender(stream=0, start_ns=30_010_000), Sender(stream=1, seed=2, start_ns=70_040_000)
    clean = align(in_order(party.packets() + peer.packets()), ORIGIN)
    bad = align(in_order(impaired(party.packets(), 1) + impaired(peer.packets(), 2)), ORIGIN)
    assert bad.channels == clean.channels
    assert bad.gaps == clean.gaps
    for sender in (party, peer):
        assert max(map(abs, errors(sender, bad))) <= 1
    assert [clock.corrected_ppm for clock in bad.clocks] == [0.0, 0.0]


@pytest.mark.requirement("R-02")
@pytest.mark.parametrize("ppm", [100.0, -100.0])
def test_an_hour_on_two_clocks_is_right_to_5_ms(ppm: float) -> None:
    party = Sender(stream=0, start_ns=30_010_000, ppm=ppm, frame=480)
    peer = Sender(stream=1, seed=2, start_ns=70_040_000, ppm=-ppm, frame=480)
    timeline = align(in_order(impaired(party.packets(), 3) + impaired(peer.packets(), 4)), ORIGIN)
    for sender in (party, peer):
        assert max(map(abs, errors(sender, timeline))) <= 5 * 8
    assert {gap.cause for gap in timeline.gaps} <= {"silence"}
    assert [round(clock.corrected_ppm) for clock in timeline.clocks] == [ppm, -ppm]


@pytest.mark.requirement("R-02")
def test_senders_on_one_clock_that_is_not_ours_stay_together() -> None:
    both = [Sender(stream=stream, ppm=40.0, frame=480, n_samples=HOUR // 4) for stream in (0, 1)]
    timeline = align(in_order(both[0].packets() + impaired(both[1].packets(), 5)), ORIGIN)
    apart = [a - b for a, b in zip(*(errors(one, timeline) for one in both), strict=True)]
    assert max(map(abs, apart)) <= 1


@pytest.mark.requirement("R-02")
@pytest.mark.parametrize("ppm", [100.0, -100.0])
def test_a_correction_is_one_sample_where_packets_meet(ppm: float) -> None:
    sender = Sender(stream=0, ppm=ppm, n_samples=120 * RATE)
    channel, noise = bytes(align(sender.packets(), ORIGIN).channels[0]), sender.noise
    at, corrections = 0, 0
    for n in range(0, len(noise), 160):
        heart = noise[n + 1 : n + 159]  # but for the samples that a correction may touch
        step = channel.index(heart, max(0, at - 1)) - 1 - at
        assert abs(step) <= 1
        corrections += step
        at += 160 + step
    assert corrections == pytest.approx(ppm / 1e6 * len(noise), abs=1)


@pytest.mark.requirement("R-03")
def test_jitter_moves_a_short_call_by_a_sample_at_most() -> None:
    """A minute has 3,000 chances of a packet without delay: it may lie a sample late, seldom more."""
    moved = []
    for seed in range(20):
        sender = Sender(stream=0, start_ns=10_000_000, n_samples=60 * RATE)
        moved.append(errors(sender, align(impaired(sender.packets(), seed), ORIGIN))[0])
    assert {abs(error) for error in moved} <= {0.0, 1.0, 2.0}
    assert sum(error > 1 for error in moved) <= 4
