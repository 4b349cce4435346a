"""Who is believed to be the party of a leg."""

import pytest

from pbx.media.source_lock import LEARNING_PACKETS, LEARNING_S, PROVING_S, SourceLock, Verdict

pytestmark = pytest.mark.requirement("S-26")

PARTY, NAT, FOREIGN = ("192.0.2.1", 4000), ("198.51.100.9", 61000), ("203.0.113.66", 9)


def advertised(now: float = 0.0) -> SourceLock:
    lock = SourceLock()
    lock.advertise(PARTY, now)
    return lock


def test_nothing_is_believed_before_an_address_is_advertised() -> None:
    lock = SourceLock()
    assert [lock.judge(NAT, 1, seq, 0.0) for seq in range(8)] == [Verdict.DROP] * 8
    assert lock.destination is None


def test_the_advertised_address_locks_at_once() -> None:
    lock = advertised()
    assert lock.judge(PARTY, 1, 7, 0.0) is Verdict.LOCK
    assert lock.judge(PARTY, 2, 700, 0.0) is Verdict.ACCEPT
    assert [lock.judge(NAT, 1, seq, 0.0) for seq in range(8)] == [Verdict.DROP] * 8
    assert (lock.destination, lock.dropped) == (PARTY, 8)


def test_another_source_is_learnt_after_five_in_sequence() -> None:
    lock = advertised()
    verdicts = [lock.judge(NAT, 1, seq % 2**16, 0.0) for seq in range(65533, 65533 + LEARNING_PACKETS)]
    assert verdicts == [Verdict.DROP] * (LEARNING_PACKETS - 1) + [Verdict.LEARN]
    assert lock.destination == NAT
    assert lock.judge(NAT, 1, 1, PROVING_S - 0.1) is Verdict.ACCEPT
    assert lock.judge(FOREIGN, 1, 1, PROVING_S - 0.1) is Verdict.DROP
    assert lock.judge(NAT, 1, 2, PROVING_S) is Verdict.LOCK
    assert lock.judge(PARTY, 1, 1, PROVING_S) is Verdict.DROP  # learnt once, for good


def test_the_advertised_address_takes_the_leg_back_from_who_was_learnt_before_it_spoke() -> None:
    lock = advertised()
    for seq in range(LEARNING_PACKETS):
        lock.judge(FOREIGN, 1, seq, 0.0)
    assert lock.destination == FOREIGN
    assert lock.judge(PARTY, 2, 700, PROVING_S - 0.1) is Verdict.LOCK
    assert lock.destination == PARTY
    assert [lock.judge(FOREIGN, 1, seq, PROVING_S - 0.1) for seq in range(5, 15)] == [Verdict.DROP] * 10


def test_gaps_ssrc_changes_and_other_senders_begin_anew() -> None:
    lock = advertised()
    for source, ssrc, seq in (
        *((NAT, 1, seq) for seq in (1, 2, 3, 4, 6, 7, 8)),
        *((NAT, 2, seq) for seq in (9, 10, 11, 12)),
        (FOREIGN, 2, 13),
        *((NAT, 2, seq) for seq in (14, 15, 16, 17)),
    ):
        assert lock.judge(source, ssrc, seq, 0.0) is Verdict.DROP
    assert not lock.locked


def test_nothing_is_learnt_after_the_window() -> None:
    lock = advertised(now=10.0)
    late = 10.0 + LEARNING_S
    assert Verdict.LOCK not in [lock.judge(NAT, 1, seq, late) for seq in range(20)]
    assert lock.judge(PARTY, 1, 1, late) is Verdict.LOCK


def test_a_new_offer_allows_learning_again() -> None:
    lock = advertised()
    lock.judge(PARTY, 1, 1, 0.0)
    lock.advertise(("192.0.2.1", 5000), 100.0)
    assert lock.destination == ("192.0.2.1", 5000)
    assert lock.judge(PARTY, 1, 2, 100.0) is Verdict.DROP
    assert lock.judge(("192.0.2.1", 5000), 1, 3, 100.0) is Verdict.LOCK


def test_the_same_address_again_keeps_what_was_learnt() -> None:
    lock = advertised()
    for seq in range(LEARNING_PACKETS):
        lock.judge(NAT, 1, seq, 0.0)
    lock.advertise(PARTY, 50.0)
    assert lock.destination == NAT
    assert lock.judge(NAT, 1, 99, 50.0) is Verdict.LOCK


@pytest.mark.requirement("MED-08")
def test_a_place_that_the_party_has_proved_locks_at_once() -> None:
    lock = advertised()
    lock.moved(NAT)
    assert lock.destination == NAT
    assert lock.judge(FOREIGN, 1, 1, 0.0) is Verdict.DROP
    assert lock.judge(NAT, 1, 1, 0.0) is Verdict.LOCK
    lock.advertise(PARTY, 9.0)  # hold, or a refresh
    assert lock.destination == NAT
    lock.advertise(FOREIGN, 9.0)
    assert lock.destination == FOREIGN
