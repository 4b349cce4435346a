"""The order in which contacts are tried."""

import pytest

from pbx.core.address import Remote
from pbx.services.forking import Forking
from pbx.sip.events import Contact


def contact(name: str, q: int = 1000, device: str = "") -> Contact:
    return Contact(uri=f"sip:{name}@h", remote=Remote("udp", "10.0.0.2", 5060), q=q, device=device)


DESK, MOBILE, OLD, ATTIC = contact("desk"), contact("mobile"), contact("old", 500), contact("attic", 100)
FLOW_1, FLOW_2 = contact("f1", device="urn:x"), contact("f2", device="urn:x")


@pytest.mark.rfc("3261", "16.6")
@pytest.mark.requirement("REG-03")
def test_equal_q_rings_together_and_lower_q_joins_in_equal_steps() -> None:
    one = Forking((DESK, MOBILE, OLD, ATTIC), 100.0, 130.0)
    assert one.begin(100.0) == [DESK, MOBILE]
    assert one.tick(109.9) == []
    assert one.deadline == 110.0
    assert one.tick(110.0) == [OLD]
    assert one.tick(120.0) == [ATTIC]
    assert one.deadline is None
    assert one.tick(130.0) == []


def test_lower_q_follows_at_once_when_all_have_refused() -> None:
    one = Forking((DESK, MOBILE, OLD), 100.0, 130.0)
    one.begin(100.0)
    assert one.refused(DESK, 486, 101.0) == []
    assert one.refused(MOBILE, 503, 102.0) == [OLD]
    assert one.refused(OLD, 480, 103.0) == []
    assert one.deadline is None


@pytest.mark.rfc("3261", "21.6")
def test_a_global_failure_ends_the_search() -> None:
    one = Forking((DESK, OLD), 100.0, 130.0)
    one.begin(100.0)
    assert one.refused(DESK, 603, 101.0) == []
    assert one.deadline is None


@pytest.mark.rfc("5626", "5.3")
@pytest.mark.parametrize(("status", "follows"), [(430, True), (408, True), (503, True), (486, False)])
def test_a_dead_flow_gives_way_to_another_of_the_device(status: int, follows: bool) -> None:
    one = Forking((FLOW_1, FLOW_2, DESK), 100.0, 130.0)
    assert one.begin(100.0) == [FLOW_1, DESK]
    assert one.refused(FLOW_1, status, 101.0) == ([FLOW_2] if follows else [])
    if follows:
        assert one.refused(FLOW_2, status, 102.0) == []


def test_nobody_is_registered() -> None:
    one = Forking((), 100.0, 130.0)
    assert one.begin(100.0) == []
    assert one.deadline is None
