"""Which call stands in which slot."""

import pytest

from pbx.core.ids import CallId
from pbx.services.parking import Lots

pytestmark = pytest.mark.requirement("CF-16")
ONE, TWO, THREE = CallId("one"), CallId("two"), CallId("three")
SLOTS = ("701", "702")


def test_the_first_free_slot_is_taken_until_the_lot_is_full() -> None:
    lots = Lots()
    assert lots.claim(ONE, "acme", SLOTS) == "701"
    assert lots.claim(TWO, "acme", SLOTS) == "702"
    assert lots.claim(THREE, "acme", SLOTS) is None
    assert (lots.at("acme", "701"), lots.at("acme", "702")) == (ONE, TWO)
    assert (lots.slot(ONE), lots.slot(THREE)) == ("701", "")


def test_a_slot_that_was_left_is_free() -> None:
    lots = Lots()
    lots.claim(ONE, "acme", ("701",))
    assert lots.claim(TWO, "acme", ("701",)) is None
    lots.free(ONE)
    lots.free(ONE)
    assert lots.at("acme", "701") is None
    assert lots.claim(TWO, "acme", ("701",)) == "701"


def test_tenants_have_slots_of_their_own() -> None:
    lots = Lots()
    assert lots.claim(ONE, "acme", ("701",)) == "701"
    assert lots.claim(TWO, "umbrella", ("701",)) == "701"
    assert lots.at("umbrella", "701") == TWO


def test_a_call_stands_in_one_slot() -> None:
    lots = Lots()
    lots.claim(ONE, "acme", ("701",))
    assert lots.claim(ONE, "acme", ("702",)) is None
    assert lots.at("acme", "702") is None
