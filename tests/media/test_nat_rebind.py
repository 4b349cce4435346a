"""Who is believed to be a party that fell silent and goes on from elsewhere."""

import random

import pytest

from pbx.media.nat_rebind import (
    AFTER_S,
    EARLY_S,
    MAX_AHEAD,
    MAX_REBINDS,
    WINDOW_S,
    NatRebind,
    RebindRule,
    Track,
    is_allowed,
)
from pbx.media.source_lock import LEARNING_PACKETS, PROVING_S, SourceLock, Verdict

pytestmark = [pytest.mark.requirement("S-26"), pytest.mark.rfc("4787", "4.3")]

OLD, NEW, FOREIGN = ("192.0.2.1", 4000), ("192.0.2.1", 61000), ("203.0.113.66", 9)
HEARD = 100.0
NOW = HEARD + AFTER_S
TRACK = Track(ssrc=7, seq=65530, rtp_time=2**32 - 800, clock_rate=8000, at=HEARD)


def later(packets: int, ssrc: int = 7) -> tuple[int, int, int]:
    """Return what a packet of the stream has in its header, so many after the last one; it wraps."""
    return ssrc, (TRACK.seq + packets) % 2**16, (TRACK.rtp_time + 160 * packets) % 2**32


def opened() -> NatRebind:
    rebind = NatRebind()
    assert rebind.may_open(HEARD, NOW)
    rebind.open(TRACK, NOW)
    return rebind


def test_five_in_a_row_that_go_on_are_the_party() -> None:
    rebind = opened()
    assert [rebind.judge(NEW, later(100 + n), NOW) for n in range(LEARNING_PACKETS)] == [
        *[False] * (LEARNING_PACKETS - 1),
        True,
    ]
    assert (rebind.rebinds, rebind.is_open) == (1, False)
    assert not rebind.judge(NEW, later(120), NOW)


def test_who_goes_on_in_time_and_number() -> None:
    assert TRACK.goes_on(later(1), NOW)
    assert TRACK.goes_on(later(100), NOW)
    paused = 7, (TRACK.seq + 1) % 2**16, (TRACK.rtp_time + 160) % 2**32
    assert TRACK.goes_on(paused, NOW + 20)  # a clock that stood still
    most = int((AFTER_S + EARLY_S) * 8000)
    for rtp_time, is_right in ((1, True), (most, True), (most + 1, False), (0, False), (-160, False)):
        header = 7, (TRACK.seq + 9) % 2**16, (TRACK.rtp_time + rtp_time) % 2**32
        assert TRACK.goes_on(header, NOW) is is_right
    for seq, is_right in ((0, False), (-1, False), (MAX_AHEAD, True), (MAX_AHEAD + 1, False)):
        header = 7, (TRACK.seq + seq) % 2**16, (TRACK.rtp_time + 8000) % 2**32
        assert TRACK.goes_on(header, NOW) is is_right
    assert not TRACK.goes_on(later(100, ssrc=8), NOW)


def test_a_gap_or_another_place_begins_anew_and_strangers_do_not_interfere() -> None:
    rebind = opened()
    for place, n in ((NEW, 100), (NEW, 101), (NEW, 102), (NEW, 103), (NEW, 105), (FOREIGN, 106), (NEW, 107)):
        assert not rebind.judge(place, later(n), NOW)
    for n in range(108, 111):
        assert not rebind.judge(NEW, later(n), NOW)
        assert not rebind.judge(FOREIGN, later(n, ssrc=8), NOW)
    assert rebind.judge(NEW, later(111), NOW)


def test_a_sprayer_at_random_is_nobody() -> None:
    rebind, random_ = opened(), random.Random(4787)
    for _ in range(100_000):
        header = random_.getrandbits(32), random_.getrandbits(16), random_.getrandbits(32)
        assert not rebind.judge(FOREIGN, header, NOW)


def test_a_sprayer_in_sequence_who_does_not_know_the_ssrc_is_nobody() -> None:
    rebind = opened()
    for ssrc in range(8, 20_008):
        assert not any(rebind.judge(FOREIGN, later(n, ssrc), NOW) for n in range(1, 1 + LEARNING_PACKETS))


def test_each_silence_opens_it_once_and_for_a_while() -> None:
    rebind = NatRebind()
    assert not rebind.may_open(HEARD, NOW - 0.1)
    rebind.open(TRACK, NOW)
    assert not rebind.may_open(HEARD, NOW + 1)
    end = NOW + WINDOW_S
    assert not rebind.is_over(end - 0.1)
    assert not rebind.judge(NEW, later(1), end - 0.1)
    assert rebind.is_over(end)
    assert not any(rebind.judge(NEW, later(1 + n), end) for n in range(20))
    rebind.shut()
    assert not rebind.is_over(end)
    assert not rebind.may_open(HEARD, end + 100)
    assert rebind.may_open(HEARD + 50, HEARD + 50 + AFTER_S)  # it was heard again meanwhile


def test_a_leg_has_so_many() -> None:
    rebind = NatRebind()
    for n in range(MAX_REBINDS):
        track = Track(ssrc=7, seq=0, rtp_time=0, clock_rate=8000, at=HEARD + 10 * n)
        assert rebind.may_open(track.at, track.at + AFTER_S)
        rebind.open(track, track.at + AFTER_S)
        for seq in range(1, 1 + LEARNING_PACKETS):
            rebind.judge(NEW, (7, seq, 160 * seq), track.at + AFTER_S)
    assert rebind.rebinds == MAX_REBINDS
    assert not rebind.may_open(HEARD + 1000, HEARD + 1000 + AFTER_S)


def test_which_places_the_rule_allows() -> None:
    rules: tuple[RebindRule, ...] = ("port", "any", "off")
    assert [is_allowed(rule, OLD, NEW) for rule in rules] == [True, True, False]
    assert [is_allowed(rule, OLD, FOREIGN) for rule in rules] == [False, True, False]


def test_the_old_place_may_take_the_leg_back_for_a_while() -> None:
    def moved() -> SourceLock:
        lock = SourceLock()
        lock.advertise(("10.0.0.1", 4000), 0.0)
        lock.moved(OLD)
        assert lock.judge(OLD, 7, 1, 0.0) is Verdict.LOCK
        lock.rebind(NEW, NOW)
        assert (lock.destination, lock.certain) == (NEW, False)
        return lock

    lock = moved()
    assert lock.judge(NEW, 7, 9, NOW + PROVING_S - 0.1) is Verdict.ACCEPT
    assert lock.judge(OLD, 7, 9, NOW + PROVING_S - 0.1) is Verdict.LOCK
    assert lock.judge(NEW, 7, 10, NOW + PROVING_S) is Verdict.DROP
    lock = moved()
    assert lock.judge(NEW, 7, 9, NOW + PROVING_S) is Verdict.LOCK
    assert lock.judge(OLD, 7, 9, NOW + PROVING_S) is Verdict.DROP
    lock.advertise(("10.0.0.1", 4000), NOW + 60)  # a refresh keeps where it is
    assert lock.destination == NEW
