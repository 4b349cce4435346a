"""What the packets of a place that may be somebody else's are worth."""

import pytest

from pbx.media.claim import MAX_CREDIT, PER_PACKET, claimed, renewed

pytestmark = pytest.mark.requirement("S-35")


@pytest.mark.parametrize(("ptime_ms", "n_packets"), [(10, 120), (20, 60), (60, 20)])
def test_the_first_packet_is_worth_what_is_sent_until_somebody_looks(ptime_ms: int, n_packets: int) -> None:
    assert claimed(ptime_ms) == n_packets


def test_each_packet_is_worth_a_few() -> None:
    assert renewed(0, 3) == 3 * PER_PACKET
    assert renewed(7, 0) == 7


def test_nobody_saves_up_for_later() -> None:
    assert renewed(0, 10**6) == MAX_CREDIT
    assert renewed(MAX_CREDIT - 1, 1) == MAX_CREDIT
    assert renewed(MAX_CREDIT + 5, 1) == MAX_CREDIT + 5
