"""How often a 2xx is repeated to somebody who never acknowledges (S-16)."""

import pytest

from pbx.core.address import Remote
from pbx.sip.repeat_credit import FIRST, MAX_SOURCES, MOST, PER_ACK, RepeatCredit

CARRIER = Remote("udp", "192.0.2.9", 5060)


def spend(credit: RepeatCredit, remote: Remote = CARRIER) -> int:
    """Return how many repetitions are allowed."""
    number = 0
    while credit.take(remote) and number < 1000:
        number += 1
    return number


@pytest.mark.requirement("S-16")
def test_who_never_acknowledges_gets_twenty_in_all() -> None:
    credit = RepeatCredit()
    assert not credit.is_spent(CARRIER)
    assert spend(credit) == FIRST
    assert credit.is_spent(CARRIER)
    assert spend(credit, Remote("udp", CARRIER.host, 5999)) == 0


@pytest.mark.rfc("3261", "13.3.1.4")
def test_each_ack_earns_some_more() -> None:
    credit = RepeatCredit()
    spend(credit)
    credit.acknowledged(CARRIER)
    assert spend(credit) == PER_ACK
    for _ in range(100):
        credit.acknowledged(CARRIER)
    assert spend(credit) == MOST


def test_a_stream_cannot_be_forged_and_is_not_limited() -> None:
    credit = RepeatCredit()
    stream = Remote("tcp", CARRIER.host, 5060)
    assert spend(credit, stream) == 1000
    assert not credit.is_spent(stream)
    credit.acknowledged(stream)
    assert len(credit) == 0


def test_the_table_is_bounded() -> None:
    credit = RepeatCredit()
    for number in range(MAX_SOURCES + 1):
        credit.take(Remote("udp", f"host{number}", 5060))
    assert len(credit) == MAX_SOURCES
