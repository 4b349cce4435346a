"""Each fault is told when it has lasted, once, and not for what looks like it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from pbx.media.watch import (
    FOREIGN_PACKETS,
    HIGH_JITTER_MS,
    HIGH_LOSS,
    MAX_TOLD,
    ONE_WAY_S,
    REARM_S,
    REPORT_S,
    STRAY_PACKETS,
    UNHEARD_REPORTS,
    Fault,
    Snapshot,
    Watch,
)

pytestmark = pytest.mark.requirement("MED-10")

START = Snapshot(ssrc=1, rtp_time=2**32 - 8000)


def talk(**changes: int) -> dict[str, int]:
    """What one good second adds, and what differs from it."""
    usual = {"sent": 50, "received": 50, "expected": 50, "seq": 50, "rtp_time": 8000}
    return usual | changes


def after(before: Snapshot, step: dict[str, int]) -> Snapshot:
    total = {name: (getattr(before, name) + n) for name, n in step.items()}
    total["rtp_time"] %= 2**32
    return replace(before, **total)


def watched(steps: Iterable[dict[str, int]], start: Snapshot = START) -> list[tuple[int, Fault]]:
    """Return each fault with the second in which it was told."""
    watch, snapshot = Watch(), start
    found = [(0, fault) for fault in watch.handle(snapshot, 0.0)]
    for second, step in enumerate(steps, 1):
        snapshot = after(snapshot, step)
        found += [(second, fault) for fault in watch.handle(snapshot, float(second))]
    return found


DEAF = talk(received=0, expected=0, seq=0, rtp_time=0)


def test_a_good_call_has_no_fault() -> None:
    assert watched([talk()] * 60) == []


def test_hearing_nothing_is_told_after_five_seconds_and_once() -> None:
    [(second, fault)] = watched([talk(), *[DEAF] * 30])
    assert (second, fault.kind) == (1 + ONE_WAY_S, "one_way_audio")
    assert watched([talk(), *[DEAF] * int(ONE_WAY_S - 1), *[talk()] * 9]) == []


def test_who_rests_after_comfort_noise_may_be_silent_until_it_spoke_again() -> None:
    assert watched([talk(), *[DEAF] * 60], replace(START, rests=True)) == []
    watch, seconds = Watch(), iter(range(100))
    for rests in (True, False):
        snapshot = replace(START, rests=rests, received=START.received + (not rests))
        found = []
        for _ in range(30):
            snapshot = replace(snapshot, sent=snapshot.sent + 50)
            found += watch.handle(snapshot, float(next(seconds)))
        assert [fault.kind for fault in found] == ([] if rests else ["one_way_audio"])


def test_a_fault_that_was_gone_for_long_enough_is_told_again() -> None:
    once = [DEAF] * 6
    assert len(watched([*once, *[talk()] * int(REARM_S + 1), *once])) == 2
    assert len(watched([*once, *[talk()] * 2, *once])) == 1


@pytest.mark.parametrize("start", [replace(START, hears=False), replace(START, speaks=False)])
def test_a_party_on_hold_may_be_silent(start: Snapshot) -> None:
    assert watched([DEAF] * 30, start) == []


def test_silence_on_both_sides_is_no_one_way_audio() -> None:
    assert watched([DEAF | {"sent": 0}] * 30) == []


def test_a_party_that_reports_to_hear_nothing() -> None:
    start = replace(START, unheard=UNHEARD_REPORTS)
    [(second, fault)] = watched([talk()] * 30, start)
    assert (second, fault.kind) == (1 + REPORT_S, "one_way_audio")
    assert "reports" in fault.detail
    assert watched([talk()] * 30, replace(START, unheard=UNHEARD_REPORTS - 1)) == []


def test_packets_of_another_codec() -> None:
    start = replace(START, foreign_type=18)
    [(second, fault)] = watched([talk(received=0, foreign=FOREIGN_PACKETS)] * 3, start)
    assert (second, fault) == (3, Fault("codec_mismatch", "payload type 18 was not agreed"))
    assert watched([talk(foreign=FOREIGN_PACKETS - 1)] * 30, start) == []


def test_another_packet_time_across_the_wrap_of_rtp_time() -> None:
    slow = talk(sent=33, received=33, expected=33, seq=33, rtp_time=33 * 240)
    [(second, fault)] = watched([slow] * 9)
    assert (second, fault) == (3, Fault("ptime_mismatch", "packets of 30 ms, agreed were 20"))
    assert watched([slow] * 9, replace(START, ptime_ms=30)) == []


def test_pauses_and_digits_are_no_packet_time() -> None:
    assert watched([talk(seq=37, received=37, expected=37)] * 9) == []  # 27 ms on the mean
    assert watched([talk(seq=20, received=20, expected=20, rtp_time=64000)] * 9) == []  # 400 ms


def test_another_source_is_no_other_packet_time() -> None:
    watch = Watch()
    moved = [replace(START, ssrc=n, seq=n * 100, rtp_time=n * 24000) for n in range(9)]
    assert [fault for n, one in enumerate(moved) for fault in watch.handle(one, float(n))] == []


def test_digits_as_tones_are_told_at_once() -> None:
    [(second, fault)] = watched([talk(), talk(tones=1), talk(tones=1)])
    assert (second, fault.kind) == (2, "dtmf_mismatch")
    assert [second for second, _ in watched([talk()], replace(START, tones=1))] == [0]


def test_another_kind_of_digits_is_told_once_in_a_call() -> None:
    quiet = [talk()] * 9  # long enough to be a new occurrence
    assert len(watched([*quiet, talk(tones=1), *quiet, talk(tones=1)])) == 1


def test_events_of_another_payload_type_at_the_limit_and_under_it() -> None:
    start = replace(START, foreign_type=101)
    [(second, fault)] = watched([talk(strays=STRAY_PACKETS)], start)
    assert (second, fault.kind) == (1, "dtmf_mismatch")
    assert fault.detail == "telephone-events of payload type 101, which was not agreed"
    assert watched([talk(strays=STRAY_PACKETS - 1)], start) == []


def test_loss_at_the_limit_and_under_it() -> None:
    lost = round(100 * HIGH_LOSS)
    at_limit = talk(expected=100, received=100 - lost)
    [(second, fault)] = watched([at_limit] * 9)
    assert (second, fault.kind) == (5, "high_loss")
    assert "5%" in fault.detail
    assert watched([talk(expected=100, received=100 - lost + 1)] * 9) == []


def test_loss_of_few_packets_tells_nothing() -> None:
    assert watched([talk(expected=9, received=1)] * 9) == []


def test_jitter_at_the_limit_and_under_it() -> None:
    [(second, fault)] = watched([talk()] * 9, replace(START, jitter_ms=HIGH_JITTER_MS))
    assert (second, fault.kind) == (3, "high_jitter")
    assert watched([talk()] * 9, replace(START, jitter_ms=HIGH_JITTER_MS - 0.1)) == []


@pytest.mark.parametrize("n_times", [MAX_TOLD, MAX_TOLD + 1])
def test_a_fault_that_comes_and_goes_is_told_so_often(n_times: int) -> None:
    once = [*[DEAF] * 6, *[talk()] * int(REARM_S + 1)]
    assert len(watched(once * n_times)) == MAX_TOLD
