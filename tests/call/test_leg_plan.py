"""Who rings for the places of a ring, each once, and who cannot (CF-12)."""

from dataclasses import replace

import pytest

from pbx.call.leg_plan import LegPlan, sent_on
from pbx.call.start import CallStart
from pbx.dialplan.routes import ToTrunk
from pbx.ivr.effects import RingTarget
from pbx.ivr.timing import Timing
from pbx.services.rota import Place
from pbx.sip.identity.diversion import MAX_DIVERSIONS, Diversion
from tests.call.conftest import Board

pytestmark = pytest.mark.requirement("CF-12")
MOBILE = "number/07700 900999"
OUT = ToTrunk(
    trunk="carrier", number="+447700900999", account="1001", is_forwarded=True, caller_id="+441632960100"
)
TIMINGS = {MOBILE: Timing(after_s=5.0, ring_s=9.0, account="1001")}


@pytest.fixture
def start(board: Board) -> CallStart:
    board.offer("01632960100")
    return next(iter(board.switchboard.calls.values())).parts.start


def plan(start: CallStart, *targets: str, **timings: Timing) -> LegPlan:
    known = {**TIMINGS, **{name.replace("_", "/"): one for name, one in timings.items()}}
    return LegPlan(RingTarget(target=targets[0], others=targets[1:], ring_s=20.0, timings=known), start)


def test_a_group_and_a_number(start: CallStart) -> None:
    assert plan(start, "group/support", "extension/1001", MOBILE).places == (
        Place(extension="1001"),
        Place(extension="1002"),
        Place(
            route=OUT,
            after_s=5.0,
            ring_s=9.0,
        ),
    )


def test_who_is_in_several_places_rings_with_the_first_of_them(start: CallStart) -> None:
    late = plan(start, "extension/1001", "group/support", extension_1001=Timing(after_s=9.0))
    assert [(one.extension, one.after_s) for one in late.places] == [("1001", 0.0), ("1002", 0.0)]


def test_a_number_of_ours_is_the_extension_that_has_it(start: CallStart) -> None:
    own = {"number/01632 960101": Timing(account="1001")}
    order = RingTarget(target="extension/1003", others=tuple(own), ring_s=9.0, timings=own)
    assert LegPlan(order, start).places == (Place(extension="1003"),)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("01632 960100", "+441*******00 leads to flow support: skipped"),
        ("999", "999 leads to emergency by trunk carrier: skipped"),
        ("07700 900123", "+447*******23 is the caller's own number: skipped"),
        ("12", "12 leads to"),
    ],
)
def test_what_no_flow_calls(start: CallStart, number: str, why: str) -> None:
    order = RingTarget(target=f"number/{number}", ring_s=9.0, timings={})
    found = LegPlan(replace(order, timings={order.target: Timing(account="1001")}), start)
    assert found.places == ()
    (said,) = found.skipped
    assert said.startswith(why)


def test_a_call_that_goes_round_in_a_circle_goes_out_no_more(start: CallStart) -> None:
    once = sent_on(start, "1001")
    assert [one.uri for one in once.diversions] == ["sip:01632960100@acme.example"]
    assert sent_on(once, "1001").diversions[0].uri == "sip:1001@acme.example"
    often = replace(start, diversions=(Diversion(uri="sip:1@a.example", counter=MAX_DIVERSIONS),))
    assert plan(often, MOBILE).places == ()
    almost = replace(start, diversions=(Diversion(uri="sip:1@a.example", counter=MAX_DIVERSIONS - 1),))
    assert len(plan(almost, MOBILE).places) == 1
