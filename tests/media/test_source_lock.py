"""Who is believed to be the party of a leg."""

import pytest

from pbx.core.origins import Origins
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


def strict(networks: tuple[str, ...] = (NAT[0],), *, is_known: bool = True) -> SourceLock:
    """Of a party that may be behind its NAT, and nowhere else."""
    lock = SourceLock()
    lock.advertise(PARTY, 0.0, Origins(networks=networks, is_known=is_known))
    return lock


def test_who_speaks_first_from_where_the_party_cannot_be_is_never_learnt() -> None:
    lock = strict()
    assert [lock.judge(FOREIGN, 1, seq, 0.0) for seq in range(100)] == [Verdict.DROP] * 100
    assert (lock.destination, lock.dropped, lock.stranger) == (PARTY, 100, FOREIGN[0])


def test_a_stranger_in_between_does_not_keep_the_party_from_being_learnt() -> None:
    lock = strict()
    for seq in range(LEARNING_PACKETS - 1):
        assert lock.judge(NAT, 1, seq, 0.0) is Verdict.DROP
        assert lock.judge(FOREIGN, 1, seq + 1, 0.0) is Verdict.DROP
    assert lock.judge(NAT, 1, LEARNING_PACKETS - 1, 0.0) is Verdict.LEARN


def test_another_port_of_the_advertised_host_is_learnt_under_any_rule() -> None:
    lock, other = strict(()), (PARTY[0], 61000)
    assert [lock.judge(other, 1, seq, 0.0) for seq in range(LEARNING_PACKETS)][-1] is Verdict.LEARN
    assert lock.stranger == ""


def test_a_random_sprayer_is_no_stranger_to_tell_of() -> None:
    lock = strict()
    for n in range(1000):
        lock.judge(FOREIGN, 1, n * 7919 % 65536, 0.0)
    assert lock.stranger == ""


def test_the_next_offer_may_say_that_the_party_is_elsewhere() -> None:
    lock = strict(())
    lock.judge(NAT, 1, 0, 0.0)
    lock.advertise(PARTY, 1.0, Origins(networks=(NAT[0],)))
    assert [lock.judge(NAT, 1, seq, 1.0) for seq in range(LEARNING_PACKETS)][-1] is Verdict.LEARN


@pytest.mark.requirement("S-35")
def test_packets_alone_make_nobody_sure_of_a_place_that_may_be_somebody_elses() -> None:
    lock = strict(is_known=False)
    assert lock.judge(PARTY, 1, 1, 0.0) is Verdict.LOCK
    assert not lock.is_sure
    lock.answered()
    assert lock.is_sure
    lock.advertise((PARTY[0], 5000), 9.0, Origins(networks=(), is_known=False))
    assert lock.is_sure, "another port of a host that has answered"
    lock.advertise(FOREIGN, 9.0, Origins(networks=(), is_known=False))
    assert not lock.is_sure
    lock.advertise(PARTY, 9.0, Origins(networks=(), is_known=False))
    assert not lock.is_sure, "and it has not answered since"


@pytest.mark.requirement("S-35")
def test_who_is_learnt_where_the_signalling_is_needs_no_more() -> None:
    lock = strict(is_known=False)
    for seq in range(LEARNING_PACKETS):
        lock.judge(NAT, 1, seq, 0.0)
    assert lock.is_sure
    assert strict().is_sure
