"""What the packets of a place that may be somebody else's are worth."""

import pytest

from pbx.media.claim import MAX_CREDIT, PER_PACKET, renewed

pytestmark = pytest.mark.requirement("S-35")


def test_each_packet_is_worth_a_few() -> None:
    assert renewed(0, 3) == 3 * PER_PACKET
    assert renewed(7, 0) == 7


def test_nobody_saves_up_for_later() -> None:
    assert renewed(0, 10**6) == MAX_CREDIT
    assert renewed(MAX_CREDIT - 1, 1) == MAX_CREDIT
    assert renewed(MAX_CREDIT + 5, 1) == MAX_CREDIT + 5
