"""Segments: which packets share a clock."""

import struct

import pytest

from pbx.recording.journal import Packet
from pbx.recording.segments import MAX_CLOCK_JUMP_NS, MAX_SEQUENCE_JUMP, StreamSegments


def packet(sequence: int, timestamp: int, arrival_ns: int, ssrc: int = 1, second: int = 0) -> Packet:
    header = struct.pack("!BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return Packet(0, arrival_ns, header + b"x" * 160)


def n_segments(*packets: Packet) -> int:
    stream = StreamSegments()
    for each in packets:
        stream.add(each)
    return len(stream.segments)


@pytest.mark.parametrize(("step", "expected"), [(MAX_SEQUENCE_JUMP, 1), (MAX_SEQUENCE_JUMP + 1, 2)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_jump_of_the_sequence_has_a_limit(step: int, expected: int, sign: int) -> None:
    assert n_segments(packet(10, 0, 0), packet(10 + sign * step, 160, 20_000_000)) == expected


@pytest.mark.parametrize(("more_ns", "expected"), [(0, 1), (1, 2)])
def test_a_jump_of_the_clock_has_a_limit(more_ns: int, expected: int) -> None:
    assert n_segments(packet(1, 0, 0), packet(2, 0, MAX_CLOCK_JUMP_NS + more_ns)) == expected


def test_a_source_that_comes_back_goes_on_where_it_was() -> None:
    assert n_segments(packet(1, 0, 0), packet(1, 99, 10, ssrc=2), packet(2, 160, 20_000_000)) == 2


def test_a_clock_that_runs_away_is_cut() -> None:
    packets = [packet(i, i * 8000 * 2, i * 1_000_000_000) for i in range(100)]
    assert n_segments(*packets) > 1


@pytest.mark.parametrize(
    "octets", [b"", b"\x80" * 11, b"\x40" + bytes(20), b"\x8f" + bytes(20), b"\x90" + bytes(11)]
)
def test_what_is_not_rtp_is_left_out(octets: bytes) -> None:
    assert n_segments(Packet(0, 0, octets)) == 0


@pytest.mark.rfc("3551", "4.1")
@pytest.mark.parametrize(("between", "expected"), [(13, 1), (101, 2), (0, 2)])
def test_our_marker_behind_comfort_noise_is_a_talk_spurt_and_no_step(between: int, expected: int) -> None:
    stream = StreamSegments(is_ours=True)
    stream.add(packet(1, 0, 0))
    stream.add(packet(2, 160, 20_000_000, second=between))
    stream.add(packet(3, 1600, 200_000_000, second=0x80))
    assert len(stream.segments) == expected
