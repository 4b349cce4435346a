"""A call for help: before every rule, from where the telephone is, out by the trunk of that place (CF-42)."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.conditions.circumstances import Circumstances
from pbx.dialplan.locations import Location, Locations
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import NoRoute, ToFlow, ToTrunk
from pbx.dialplan.rules import (
    CodeRule,
    DidRule,
    EmergencyRule,
    ExtensionRule,
    OutboundRule,
    ParkingRule,
    PlanRules,
    RoomRule,
    TestRule,
)
from pbx.sip.events import DeviceOrigin, TrunkOrigin

pytestmark = pytest.mark.requirement("CF-42", "N-12")
ALICE, BORIS = (DeviceOrigin(tenant="acme", extension=number) for number in ("1001", "1002"))
HOUSE = Location(
    name="house", country="GB", words="12 High Street", call_back="+441632960100", place="emergency.yaml:3"
)
BERLIN = Location(
    name="berlin",
    country="DE",
    words="Ringstraße 1",
    trunk="de",
    call_back="+49301234567",
    place="emergency.yaml:9",
)
SITES = Locations(
    by_name={"house": HOUSE, "berlin": BERLIN},
    networks=((ip_network("10.49.0.0/16"), "berlin"),),
    extensions={"1002": "berlin"},
    default="house",
)
RULES = PlanRules(
    tenant="acme",
    country="GB",
    extensions=(ExtensionRule(number="1001", place="e:2"), ExtensionRule(number="1002", place="e:3")),
    outbound=OutboundRule(trunk="carrier", prefix="9", caller_id="+441632960199", place="dialplan.yaml:5"),
    emergency=EmergencyRule(trunk="rescue", caller_id="+441632960198", place="dialplan.yaml:6"),
    locations=SITES,
)
PLAN = DialPlan(RULES)


def test_help_is_shown_the_number_of_the_place_and_told_where_it_is() -> None:
    routing = PLAN.match("999", ALICE)
    assert routing.route == ToTrunk(
        trunk="rescue", number="999", emergency=True, caller_id="+441632960100", location=HOUSE
    )
    assert routing.trace == (
        "from extension 1001",
        "999 is an emergency number in GB",
        "emergency.yaml:3: the telephone is at house (12 High Street)",
        "dialplan.yaml:6: emergency by trunk rescue",
    )


def test_a_place_abroad_has_its_own_trunk_and_numbers() -> None:
    routing = PLAN.match("110", BORIS)
    assert routing.route == ToTrunk(
        trunk="de", number="110", emergency=True, caller_id="+49301234567", location=BERLIN
    )
    assert routing.trace[-3:] == (
        "110 is an emergency number in DE",
        "emergency.yaml:9: the telephone is at berlin (Ringstraße 1)",
        "emergency.yaml:9: emergency by trunk de",
    )


def test_the_desk_counts_and_not_who_sits_at_it() -> None:
    route = PLAN.match("112", ALICE, Circumstances(host="10.49.1.1")).route
    assert isinstance(route, ToTrunk) and route.location == BERLIN and route.trunk == "de"


def test_who_dials_the_number_of_another_country_of_ours_calls_help_all_the_same() -> None:
    routing = PLAN.match("110", ALICE)
    assert isinstance(routing.route, ToTrunk) and routing.route.trunk == "rescue"
    assert "110 is an emergency number in DE" in routing.trace


def test_a_place_without_a_number_shows_that_of_the_rule() -> None:
    bare = replace(SITES, by_name={"house": replace(HOUSE, call_back="")}, extensions={})
    route = DialPlan(replace(RULES, locations=bare)).match("999", ALICE).route
    assert isinstance(route, ToTrunk) and route.caller_id == "+441632960198"


def test_without_any_way_out_the_answer_says_so() -> None:
    routing = DialPlan(replace(RULES, emergency=None, outbound=None)).match("999", ALICE)
    assert routing.route == NoRoute(status=503, reason="No Trunk")
    assert routing.trace[-1] == "no trunk carries emergency calls"


TESTED = replace(RULES, test=TestRule(number="933", place="emergency.yaml:12"))


def test_the_number_of_tests_calls_nobody() -> None:
    routing = DialPlan(TESTED).match("933", BORIS)
    assert routing.route == ToFlow(flow="emergency/berlin")
    assert routing.trace[1:] == (
        "emergency.yaml:12: 933 tests emergency calls, and calls nobody",
        "emergency.yaml:9: flow emergency/berlin",
    )
    assert DialPlan(TESTED).match("933", ALICE).route == ToFlow(flow="emergency/house")
    assert not DialPlan(TESTED).is_emergency("933", ALICE)


def test_whoever_is_nowhere_hears_no_test() -> None:
    routing = DialPlan(replace(TESTED, locations=Locations())).match("933", ALICE)
    assert routing.route == NoRoute(status=404, reason="Not Found")
    assert routing.trace[-1] == "the telephone has no location"


def test_the_network_cannot_try_it() -> None:
    assert isinstance(
        DialPlan(TESTED).match("933", TrunkOrigin(tenant="acme", trunk="carrier")).route, NoRoute
    )


@given(
    number=st.sampled_from(["999", "112", "9999", "9112", "110", "9110", "*41999", "*42112"]),
    origin=st.sampled_from([ALICE, BORIS]),
    host=st.sampled_from(["", "10.49.1.1", "192.0.2.7"]),
    greedy=st.sampled_from(["extension", "room", "lot", "did", "code"]),
    prefix=st.sampled_from(["", "1", "9"]),
)
def test_no_rule_swallows_a_call_for_help(
    number: str, origin: DeviceOrigin, host: str, greedy: str, prefix: str
) -> None:
    """pocket-dial#240: a rule for everything behind 9 took 911."""
    if prefix != "9" and number in ("9999", "9112", "9110"):
        return
    did = DidRule(number=number, target=ToFlow(flow="x"), place="d:2")
    extension, room = (
        ExtensionRule(number=number, place="e:9"),
        RoomRule(number=number, flow="x", place="c:1"),
    )
    swallowing = {
        "extension": replace(RULES, extensions=(*RULES.extensions, extension)),
        "room": replace(RULES, rooms=(room,)),
        "lot": replace(RULES, parking=ParkingRule(number=number, slots=(number,), place="d:9")),
        "did": replace(RULES, dids=(did,)),
        "code": replace(RULES, codes=(CodeRule(code="*9", purpose="watch", place="d:7"),)),
    }[greedy]
    codes = (
        CodeRule(code="*41", purpose="marketing", place="d:7"),
        CodeRule(code="*42", purpose="service", place="d:7"),
        *swallowing.codes,
    )
    outbound = OutboundRule(trunk="carrier", prefix=prefix, caller_id="", place="d:5")
    plan = DialPlan(replace(swallowing, outbound=outbound, codes=codes))
    route = plan.match(number, origin, Circumstances(host=host)).route
    assert isinstance(route, ToTrunk) and route.emergency and route.location is not None
    assert plan.is_emergency(number, origin)
