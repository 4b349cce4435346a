"""One continuous outgoing stream, and the counters of the incoming one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbx.media.lateness import Lateness
from pbx.media.stream import IncomingStats, OutgoingStream


@pytest.mark.rfc("3550", "5.1")
def test_own_frames_follow_one_another_and_wrap() -> None:
    out = OutgoingStream(1, 65535, 2**32 - 160, now=100.0)
    assert out.own(160, 100.0) == (65535, 2**32 - 160, False)
    assert out.own(160, 100.02) == (0, 0, False)
    assert out.own(160, 100.04) == (1, 160, False)


def test_a_pause_moves_the_time_but_not_the_sequence() -> None:
    out = OutgoingStream(1, 10, 0, now=0.0)
    out.own(160, 0.0)
    assert out.own(160, 1.0) == (11, 8000, True)
    assert out.own(160, 1.06) == (12, 8160, False)  # three frames late are caught up in place


@pytest.mark.rfc("3389", "4")
def test_silence_that_is_not_sent_takes_time_and_no_number() -> None:
    out = OutgoingStream(1, 10, 0, now=0.0)
    out.own(160, 0.0)
    for number in range(1, 50):
        out.rest(160)
        assert out.sender_info(0.02 * number, packet_count=1, octet_count=160).rtp_time == 160 + 160 * number
    assert out.own(160, 1.0) == (11, 8000, False)
    assert not out.is_relaying
    out.relay((7, 1, 0), 160, 1.02)
    assert out.is_relaying


def test_play_and_relay_are_one_stream() -> None:
    out = OutgoingStream(1, 10, 0, now=0.0)
    out.own(160, 0.0)
    assert out.relay((77, 500, 90_000), 160, 0.5) == (11, 4000, True)
    assert out.relay((77, 501, 90_160), 160, 0.52) == (12, 4160, False)
    assert out.own(160, 0.6) == (13, 4800, True)
    assert out.own(160, 0.62) == (14, 4960, False)
    assert out.relay((77, 506, 90_960), 160, 0.64) == (15, 5120, True)


def test_relay_shows_gaps_and_reordering_of_its_source() -> None:
    out = OutgoingStream(1, 100, 0, now=0.0)
    seqs = [65534, 65535, 1, 0, 2]
    times = [2**32 - 160, 0, 320, 160, 480]
    relayed = [out.relay((7, s, t), 160, 0.0) for s, t in zip(seqs, times, strict=True)]
    assert [r[0] for r in relayed] == [100, 101, 103, 102, 104]
    assert [r[1] for r in relayed] == [0, 160, 480, 320, 640]


def test_a_new_source_goes_on_in_the_same_stream() -> None:
    out = OutgoingStream(1, 100, 0, now=0.0)
    out.relay((7, 1, 0), 160, 0.0)
    assert out.relay((8, 9000, 55), 160, 0.02) == (101, 160, True)
    assert out.relay((8, 20000, 55), 160, 0.04) == (102, 320, True)


def test_withheld_packets_are_no_loss() -> None:
    out = OutgoingStream(1, 100, 0, now=0.0)
    out.relay((7, 1, 0), 160, 0.0)
    out.withhold(7, 2)
    out.withhold(7, 3)
    assert out.relay((7, 4, 480), 160, 0.06)[:2] == (101, 480)


@pytest.mark.rfc("3550", "5.1")
def test_what_a_pause_kept_back_is_no_loss() -> None:
    out = OutgoingStream(1, 100, 0, now=0.0)
    out.relay((7, 1, 0), 160, 0.0)
    out.pause()
    assert out.relay((7, 50, 49 * 160), 160, 0.98) == (101, 49 * 160, True)
    out.pause()
    assert out.own(160, 1.0) == (102, 8000, True)
    out.pause()  # nothing is relayed any more, so there is nothing to break off
    assert out.own(160, 1.02) == (103, 8160, False)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.floats(0, 0.5)), max_size=60))
def test_time_never_runs_back_and_sequence_never_repeats(steps: list[tuple[bool, int, float]]) -> None:
    out, now, seq, seen = OutgoingStream(1, 65500, 2**32 - 5000, now=0.0), 0.0, 65530, []
    for own, gap, wait in steps:
        now += wait
        seq += 1 + gap
        source = (7, seq & 0xFFFF, (seq * 160) & 0xFFFFFFFF)
        seen.append(out.own(160, now) if own else out.relay(source, 160, now))
    for before, after in zip(seen, seen[1:], strict=False):
        assert 0 < (after[0] - before[0]) % 2**16 <= 4
        assert 160 <= (after[1] - before[1]) % 2**32 < 2**31


@pytest.mark.rfc("3550", "A.3")
def test_lost_counts_gaps_across_a_wrap_not_reordering() -> None:
    stats = IncomingStats()
    for seq in (65533, 65534, 1, 0, 4):  # 65535, 2 and 3 are missing
        stats.event(7, seq)
    assert (stats.received, stats.lost) == (5, 3)


@pytest.mark.rfc("3550", "A.1")
def test_a_restart_is_not_loss() -> None:
    stats = IncomingStats()
    for seq in (10, 11, 40_000, 40_001, 40_002):
        stats.event(7, seq)
    assert stats.lost == 0
    stats.event(8, 5)
    stats.event(8, 7)
    assert (stats.received, stats.lost) == (7, 1)


@pytest.mark.rfc("3550", "A.8")
def test_jitter() -> None:
    stats = IncomingStats()
    for n, late_ms in enumerate((0, 16, 0)):
        stats.audio(7, n, 2**32 - 160 + n * 160 & 0xFFFFFFFF, n * 0.02 + late_ms / 1000)
    # D = 128 units twice: 8, then 8 + (128 - 8) / 16
    assert stats.jitter_ms == pytest.approx(15.5 / 8)


def test_steady_arrival_has_no_jitter() -> None:
    stats = IncomingStats()
    for n in range(10):
        stats.audio(7, n, n * 160, 1000 + n * 0.02)
    assert stats.jitter_ms < 0.1


steps = st.sampled_from([1, 1, 1, 2, 0, -1, -99, -100, -101, 2999, 3000, 3001, 30_000])


@pytest.mark.rfc("3550", "A.1")
@given(st.lists(st.tuples(st.integers(7, 8), steps), max_size=60))
def test_audio_and_events_are_counted_the_same(packets: list[tuple[int, int]]) -> None:
    as_audio, as_events, seq = IncomingStats(), IncomingStats(), 65530
    for n, (ssrc, step) in enumerate(packets):
        seq = (seq + step) & 0xFFFF
        as_audio.audio(ssrc, seq, n * 160, n * 0.02)
        as_events.event(ssrc, seq)
        assert (as_audio.received, as_audio.lost) == (as_events.received, as_events.lost)


def _lateness(lateness: Lateness) -> tuple[object, ...]:
    return lateness.counted, lateness.discarded, lateness.buffer_ms


def _counted(stats: IncomingStats) -> tuple[object, ...]:
    return stats.received, stats.lost, stats.doubled, stats.jitter_ms, stats.reception, stats.rtp_time_of(9.0)


@pytest.mark.rfc("3550", "A.8")
@given(st.lists(st.tuples(st.integers(7, 8), steps, st.floats(0, 0.5)), max_size=150))
def test_it_makes_no_difference_how_often_somebody_looks(packets: list[tuple[int, int, float]]) -> None:
    watched, left_alone, seq = IncomingStats(), IncomingStats(), 65530
    for n, (ssrc, step, late_s) in enumerate(packets):
        seq = (seq + step) & 0xFFFF
        for stats in (watched, left_alone):
            stats.audio(ssrc, seq, n * 160, n * 0.02 + late_s)
        _counted(watched)
    assert _counted(watched) == _counted(left_alone)
    watched.turn()
    left_alone.turn()
    assert _lateness(watched.lateness) == _lateness(left_alone.lateness)


def test_what_waits_to_be_counted_is_bounded() -> None:
    stats = IncomingStats()
    for seq in range(1000):
        stats.audio(7, seq, seq * 160, seq * 0.02)
        assert len(stats._pending) < 64
    assert stats.received == 1000


@pytest.mark.rfc("3550", "A.1")
@pytest.mark.parametrize(
    ("step", "fresh"), [(2999, False), (3000, True), (32_768, True), (-100, True), (-99, False)]
)
def test_a_jump_of_the_source_is_a_new_beginning(step: int, fresh: bool) -> None:
    out = OutgoingStream(1, 65500, 0, now=0.0)
    out.relay((7, 10, 0), 160, 0.0)
    seq, _, marked = out.relay((7, (10 + step) & 0xFFFF, 160), 160, 0.02)
    assert marked is fresh
    assert seq == (65501 if fresh else 65500 + step & 0xFFFF)


@pytest.mark.rfc("3550", "6.4.1")
def test_what_a_report_says_of_the_present_source() -> None:
    stats = IncomingStats()
    assert stats.reception is None
    for seq in (65534, 65535, 2, 3):  # 0 and 1 are missing
        stats.audio(7, seq, seq * 160 & 0xFFFFFFFF, 0.0)
    assert stats.reception is not None
    assert stats.reception[:4] == (7, 65536 + 3, 6, 4)
    assert (stats.runs.runs, stats.runs.lost) == (1, 2)
    stats.audio(8, 100, 0, 1.0)
    assert stats.reception[:4] == (8, 100, 1, 1)
    assert stats.lost == 2


def test_good_packets_between_losses_are_counted_without_those_before() -> None:
    stats = IncomingStats()
    for seq in (*range(100), 101, *range(102, 117), 118):  # 16 good ones between two lost ones
        stats.audio(7, seq, seq * 160, seq * 0.02)
    assert stats.runs.metrics(119).burst_packets == 0
    for seq in (*range(119, 133), 134):  # 15 good ones
        stats.audio(7, seq, seq * 160, seq * 0.02)
    assert stats.runs.metrics(135).burst_packets == 17


@pytest.mark.rfc("3550", "A.8")
def test_jitter_stays_in_milliseconds_when_the_clock_changes() -> None:
    stats = IncomingStats()
    stats.set_clock(48_000)
    for n, late_ms in enumerate((0, 16, 0)):
        stats.audio(7, n, n * 960, n * 0.02 + late_ms / 1000)
    assert stats.jitter_ms == pytest.approx(15.5 / 8, abs=0.01)
    stats.set_clock(8000)
    stats.audio(7, 3, 480, 0.06)  # the first of another clock is compared with nothing
    assert stats.jitter_ms == pytest.approx(15.5 / 8, abs=0.01)


@pytest.mark.rfc("3550", "6.4.1")
def test_the_time_of_a_sender_report() -> None:
    out = OutgoingStream(1, 10, 2**32 - 160, now=0.0)
    out.own(160, 0.0)
    assert out.sender_info(0.02, packet_count=1, octet_count=160) == (0, 1, 160)
    assert out.sender_info(1.0, packet_count=1, octet_count=160).rtp_time == 7840
    out.relay((7, 1, 55), 160, 1.0)
    assert out.sender_info(1.02, packet_count=2, octet_count=320).rtp_time == 8000


class Unhurried(OutgoingStream):
    """Never takes the short way of a packet that follows the one before."""

    __slots__ = ()

    def relay(self, source: tuple[int, int, int], n_units: int, now: float) -> tuple[int, int, bool]:
        self.pause_short_way()
        return super().relay(source, n_units, now)

    def pause_short_way(self) -> None:
        self._next_time = -1


Step = tuple[str, int, int, int]
_STEPS = st.tuples(
    st.sampled_from(["on"] * 8 + ["relay", "own", "rest", "pause", "withhold", "clock"]),
    st.sampled_from([1, 2]),  # SSRC
    st.sampled_from([1, 1, 1, 2, 0, 65535, 65530, 4000]),  # step of the number
    st.sampled_from([160, 160, 160, 80, 0, 480, 2**32 - 160, 2**31 - 1]),  # and of the time
)


@example([("relay", 1, 1, 160), ("withhold", 1, 1, 160), ("relay", 1, 0, 0)], 0, 0)
@given(st.lists(_STEPS, max_size=60), st.sampled_from([0, 65530]), st.sampled_from([0, 2**32 - 400]))
def test_the_short_way_of_a_packet_that_follows_is_no_other_way(
    script: list[Step], seq: int, rtp_time: int
) -> None:
    streams = OutgoingStream(9, 65533, 2**32 - 500, now=0.0), Unhurried(9, 65533, 2**32 - 500, now=0.0)
    now, ssrc = 0.0, 1
    for kind, other, step, units in script:
        now += 0.02
        if kind == "on":
            seq, rtp_time = (seq + 1) & 0xFFFF, (rtp_time + 160) & 0xFFFFFFFF
        elif kind in ("relay", "withhold"):
            ssrc, seq, rtp_time = other, (seq + step) & 0xFFFF, (rtp_time + units) & 0xFFFFFFFF
        short, long = (_told(one, kind, (ssrc, seq, rtp_time), now) for one in streams)
        assert short == long


def _told(out: OutgoingStream, kind: str, source: tuple[int, int, int], now: float) -> object:
    ssrc, seq, _ = source
    match kind:
        case "own":
            return out.own(160, now)
        case "rest":
            out.rest(160)
        case "pause":
            out.pause()
        case "withhold":
            out.withhold(ssrc, seq)
        case "clock":
            out.set_clock(16000 if seq % 2 else 8000, now)
        case _:
            return out.relay(source, 160, now)
    return out.sender_info(now, packet_count=1, octet_count=1)
