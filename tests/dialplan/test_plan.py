"""From a dialled string to a route: what calls may and may not reach, and the explanation."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.conditions.circumstances import Circumstances
from pbx.conditions.condition import Condition, ScheduleIs
from pbx.core.errors import MisuseError
from pbx.dialplan.plan import DialPlan, describe
from pbx.dialplan.routes import NoRoute, Route, ToExtension, ToFlow, ToPickup, ToSlot, ToTrunk, ToWatch
from pbx.dialplan.rules import (
    CodeRule,
    DidRule,
    EmergencyRule,
    ExtensionRule,
    OutboundRule,
    ParkingRule,
    PlanRules,
    RoomRule,
    SwitchRule,
)
from pbx.schedules.opening import Opening
from pbx.schedules.schedule import Schedule
from pbx.schedules.switches import Schedules
from pbx.sip.events import DeviceOrigin, TrunkOrigin
from pbx.sip.stir.condition import VerdictCondition
from pbx.sip.stir.verdict import UNSIGNED, Status, StirVerdict, failed

CARRIER = TrunkOrigin(trunk="carrier", tenant="acme")
ALICE = DeviceOrigin(tenant="acme", extension="1001")
MAIN = "+441632960100"
NOT_FOUND = NoRoute(status=404, reason="Not Found")

RULES = PlanRules(
    tenant="acme",
    country="GB",
    dids=(
        DidRule(number=MAIN, target=ToFlow(flow="support"), place="dialplan.yaml:2"),
        DidRule(number="+441632960101", target=ToExtension(extension="1003"), place="dialplan.yaml:3"),
    ),
    extensions=(
        ExtensionRule(number="1001", place="extensions.yaml:2"),
        ExtensionRule(number="1003", place="extensions.yaml:4"),
    ),
    outbound=OutboundRule(trunk="carrier", prefix="9", caller_id=MAIN, place="dialplan.yaml:5"),
    emergency=EmergencyRule(trunk="rescue", caller_id="+441632960199", place="dialplan.yaml:6"),
)
PLAN = DialPlan(RULES)
SCREENED_DIDS = (
    DidRule(
        number=MAIN,
        target=ToFlow(flow="blocked"),
        place="dialplan.yaml:3",
        when=Condition(verdict=VerdictCondition(verdicts=("failed",))),
    ),
    DidRule(
        number=MAIN,
        target=ToExtension(extension="1003"),
        place="dialplan.yaml:4",
        when=Condition(verdict=VerdictCondition(attestations=("A", "B"))),
    ),
    DidRule(number=MAIN, target=ToFlow(flow="support"), place="dialplan.yaml:5"),
)
SCREENED = DialPlan(replace(RULES, dids=SCREENED_DIDS))


def outbound(number: str) -> ToTrunk:
    return ToTrunk(trunk="carrier", number=number, account="1001", caller_id=MAIN)


def emergency(number: str) -> ToTrunk:
    return ToTrunk(trunk="rescue", number=number, emergency=True, caller_id="+441632960199")


@pytest.mark.parametrize(
    ("called", "route"),
    [
        ("+441632960100", ToFlow(flow="support")),
        ("441632960100", ToFlow(flow="support")),  # carriers that leave out the plus
        ("01632960100", ToFlow(flow="support")),
        ("00441632960100", ToFlow(flow="support")),
        ("+44-1632-960.100", ToFlow(flow="support")),
        ("+441632960100;npdi", ToFlow(flow="support")),
        ("01632960101", ToExtension(extension="1003")),
        ("01632960109", NOT_FOUND),
        ("1001", NOT_FOUND),
        ("*97", NOT_FOUND),
    ],
)
def test_a_trunk_reaches_our_numbers_only(called: str, route: Route) -> None:
    assert PLAN.match(called, CARRIER).route == route


@pytest.mark.parametrize("called", ["07700900123", "+447700900123", "907700900123", "999", "9999", "112"])
def test_a_call_from_the_network_never_goes_back_to_it(called: str) -> None:
    assert PLAN.match(called, CARRIER).route == NOT_FOUND


@given(called=st.text(alphabet="0123456789+*#", max_size=40))
def test_no_string_brings_a_trunk_to_a_trunk(called: str) -> None:
    assert not isinstance(PLAN.match(called, CARRIER).route, ToTrunk)


@given(called=st.text(max_size=70))
def test_every_string_gets_a_route_and_a_reason(called: str) -> None:
    for origin in (CARRIER, ALICE):
        assert PLAN.match(called, origin).trace


@pytest.mark.parametrize(
    ("called", "route"),
    [
        ("1003", ToExtension(extension="1003")),
        ("01632960100", ToFlow(flow="support")),  # our own number never leaves the house
        ("901632960100", ToFlow(flow="support")),
        ("07700900123", outbound("+447700900123")),
        ("907700900123", outbound("+447700900123")),
        ("+4930123456", outbound("+4930123456")),
        ("9004930123456", outbound("+4930123456")),
        ("*97", NOT_FOUND),
        ("1009", NOT_FOUND),
        ("960100", NOT_FOUND),  # a local number without its area
        ("9", NOT_FOUND),
        ("", NOT_FOUND),
        ("alice", NOT_FOUND),
        ("0800FLOWERS", NOT_FOUND),
        ("\u0661\u0660\u0660\u0661", NOT_FOUND),  # only ASCII digits are digits
        ("+" + "1" * 32, NOT_FOUND),
    ],
)
def test_a_device_reaches(called: str, route: Route) -> None:
    assert PLAN.match(called, ALICE).route == route


@pytest.mark.parametrize(
    ("called", "number"), [("999", "999"), ("112", "112"), ("9999", "999"), ("9112", "112")]
)
def test_emergency_comes_before_every_rule(called: str, number: str) -> None:
    shadows = (*RULES.extensions, ExtensionRule(number=called, place="extensions.yaml:9"))
    rules = PlanRules(
        tenant="acme",
        country="GB",
        extensions=shadows,
        outbound=RULES.outbound,
        emergency=RULES.emergency,
    )
    assert DialPlan(rules).match(called, ALICE).route == emergency(number)


def test_emergency_leaves_by_the_outbound_trunk_when_there_is_no_rule() -> None:
    rules = PlanRules(tenant="acme", country="US", outbound=RULES.outbound)
    route = DialPlan(rules).match("911", ALICE).route
    assert route == ToTrunk(trunk="carrier", number="911", emergency=True, caller_id=MAIN)


def test_without_any_trunk_the_device_is_told_so() -> None:
    plan = DialPlan(PlanRules(tenant="acme", country="GB"))
    assert plan.match("999", ALICE).route == NoRoute(status=503, reason="No Trunk")
    assert plan.match("07700900123", ALICE).route == NOT_FOUND


def test_the_trace_names_origin_and_rule() -> None:
    assert PLAN.match(MAIN, CARRIER).trace == (
        "from trunk carrier",
        "dialplan.yaml:2: did +441632960100 -> flow support",
    )
    assert PLAN.match("999", ALICE).trace == (
        "from extension 1001",
        "999 is an emergency number in GB",
        "dialplan.yaml:6: emergency by trunk rescue",
    )
    assert PLAN.match("1003", ALICE).trace == ("from extension 1001", "extensions.yaml:4: extension 1003")


def test_a_call_of_another_tenant_is_our_own_bug() -> None:
    with pytest.raises(MisuseError):
        PLAN.match("1001", DeviceOrigin(tenant="other", extension="1001"))


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (ToFlow(flow="support"), "flow support"),
        (ToExtension(extension="1003"), "extension 1003"),
        (outbound("+447700900123"), "trunk carrier"),
        (emergency("999"), "emergency by trunk rescue"),
        (NOT_FOUND, "404 Not Found"),
    ],
)
def test_describe(route: Route, words: str) -> None:
    assert describe(route) == words


@pytest.mark.requirement("SIP-33")
@pytest.mark.rfc("3261", "21.4.22")
@pytest.mark.parametrize(
    ("called", "origin", "status"),
    [
        ("10", ALICE, 484),
        ("100", ALICE, 484),
        ("1002", ALICE, 404),
        ("90163", ALICE, 484),
        ("+44163", ALICE, 484),
        ("555", ALICE, 404),
        ("+4416329601", CARRIER, 484),
        ("4416329601", CARRIER, 484),
        ("+441632960109", CARRIER, 404),
        ("1001", CARRIER, 404),
    ],
)
def test_digits_that_are_only_a_beginning(
    called: str, origin: DeviceOrigin | TrunkOrigin, status: int
) -> None:
    route = PLAN.match(called, origin).route
    assert isinstance(route, NoRoute)
    assert route.status == status


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("verdict", "route"),
    [
        (failed(438, "x"), ToFlow(flow="blocked")),
        (StirVerdict(status=Status.PASSED, attestation="A"), ToExtension(extension="1003")),
        (StirVerdict(status=Status.PASSED, attestation="B"), ToExtension(extension="1003")),
        (StirVerdict(status=Status.PASSED, attestation="C"), ToFlow(flow="support")),
        (UNSIGNED, ToFlow(flow="support")),
        (None, ToFlow(flow="support")),
    ],
)
def test_a_verdict_chooses_among_the_rules_of_a_number(verdict: StirVerdict | None, route: Route) -> None:
    assert SCREENED.match(MAIN, CARRIER, Circumstances(verdict=verdict)).route == route


@pytest.mark.requirement("SIP-28")
def test_the_trace_names_verdict_and_rules() -> None:
    passed = StirVerdict(status=Status.PASSED, attestation="B")
    assert SCREENED.match(MAIN, CARRIER, Circumstances(verdict=passed)).trace == (
        "from trunk carrier",
        "the calling number has the verdict passed, attestation B",
        "dialplan.yaml:3: not this one, it is for verdict failed",
        "dialplan.yaml:4: did +441632960100 -> extension 1003, when attestation A or B",
    )


def test_a_plan_without_conditions_says_nothing_of_verdicts() -> None:
    assert PLAN.match(MAIN, CARRIER, Circumstances(verdict=UNSIGNED)) == PLAN.match(MAIN, CARRIER)


def test_our_own_telephones_get_what_no_condition_keeps_back() -> None:
    assert SCREENED.match(MAIN, ALICE).route == ToFlow(flow="support")


def test_no_rule_for_such_a_call() -> None:
    plan = DialPlan(replace(RULES, dids=SCREENED_DIDS[:1]))
    assert plan.match(MAIN, CARRIER, Circumstances(verdict=UNSIGNED)).route == NOT_FOUND


ROOMS = DialPlan(replace(RULES, rooms=(RoomRule(number="3000", flow="conference/team", place="c.yaml:2"),)))


@pytest.mark.requirement("CNF-01")
def test_a_number_leads_telephones_of_ours_into_a_conference() -> None:
    routing = ROOMS.match("3000", ALICE)
    assert routing.route == ToFlow(flow="conference/team")
    assert routing.trace == ("from extension 1001", "c.yaml:2: internal 3000 -> flow conference/team")
    assert ROOMS.match("300", ALICE).route == NoRoute(status=484, reason="Address Incomplete")
    assert ROOMS.match("3000", CARRIER).route == NOT_FOUND


@pytest.mark.requirement("ACD-13")
@pytest.mark.parametrize(
    ("dialled", "route"),
    [
        ("*901001", ToWatch(extension="1001")),
        ("*90100", NoRoute(status=484, reason="Address Incomplete")),
        ("*90", NoRoute(status=484, reason="Address Incomplete")),
        ("*9", NoRoute(status=484, reason="Address Incomplete")),
        ("*901009", NOT_FOUND),
        ("*90999", NOT_FOUND),
        ("*91", NOT_FOUND),
    ],
)
def test_a_code_and_an_extension_behind_it(dialled: str, route: Route) -> None:
    plan = DialPlan(replace(RULES, codes=(CodeRule(code="*90", purpose="watch", place="dialplan.yaml:7"),)))
    assert plan.match(dialled, ALICE).route == route
    assert PLAN.match(dialled, ALICE).route == NOT_FOUND
    assert plan.match(dialled, CARRIER).route == NOT_FOUND


@pytest.mark.requirement("CF-15")
@pytest.mark.parametrize(
    ("dialled", "route"),
    [
        ("*8", ToPickup()),
        ("*81", NOT_FOUND),
        ("**1003", ToPickup(extension="1003")),
        ("**100", NoRoute(status=484, reason="Address Incomplete")),
        ("**", NoRoute(status=484, reason="Address Incomplete")),
        ("*", NoRoute(status=484, reason="Address Incomplete")),
        ("**1009", NOT_FOUND),
        ("*7", NOT_FOUND),
    ],
)
def test_the_codes_of_a_pickup(dialled: str, route: Route) -> None:
    codes = (
        CodeRule(code="**", purpose="pickup", place="dialplan.yaml:7"),
        CodeRule(code="*8", purpose="pickup_group", place="dialplan.yaml:7"),
    )
    plan = DialPlan(replace(RULES, codes=codes))
    assert plan.match(dialled, ALICE).route == route
    assert PLAN.match(dialled, ALICE).route == NOT_FOUND
    assert plan.match(dialled, CARRIER).route == NOT_FOUND


@pytest.mark.requirement("CF-16")
@pytest.mark.parametrize(
    ("dialled", "route"),
    [
        ("700", ToSlot()),
        ("701", ToSlot(slot="701")),
        ("702", ToSlot(slot="702")),
        ("703", NOT_FOUND),
        ("70", NoRoute(status=484, reason="Address Incomplete")),
    ],
)
def test_the_numbers_of_a_parking_lot(dialled: str, route: Route) -> None:
    lot = ParkingRule(number="700", slots=("701", "702"), place="dialplan.yaml:8")
    plan = DialPlan(replace(RULES, parking=lot))
    assert plan.match(dialled, ALICE).route == route
    assert plan.match(dialled, CARRIER).route == NOT_FOUND
    assert PLAN.match("701", ALICE).route == NOT_FOUND


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (ToSlot(), "any parking slot"),
        (ToSlot(slot="701"), "parking slot 701"),
        (ToPickup(), "pick up what rings at a group"),
        (ToPickup(extension="1003"), "pick up what rings at extension 1003"),
    ],
)
def test_what_a_route_is_called(route: Route, said: str) -> None:
    assert describe(route) == said


NIGHT = DialPlan(
    replace(
        RULES,
        dids=(
            DidRule(
                number=MAIN,
                target=ToFlow(flow="night"),
                place="dialplan.yaml:3",
                when=Condition(schedules=(ScheduleIs(schedule="office", kinds=("closed",)),)),
            ),
            *SCREENED_DIDS,
        ),
    )
)


@pytest.mark.parametrize(("hour", "flow"), [(16, "support"), (17, "night")])
def test_a_schedule_chooses_from_inside_and_from_outside(hour: int, flow: str) -> None:
    office = Schedule(name="office", opening=Opening(spans={"mon": ((time(9), time(17)),)}))
    schedules = Schedules(tenant="acme", schedules={"office": office})
    known = Circumstances(at=datetime(2026, 11, 30, hour, tzinfo=UTC), schedules=schedules)
    for origin in (CARRIER, ALICE):
        routing = NIGHT.match(MAIN, origin, known)
        assert routing.route == ToFlow(flow=flow)
        state = "closed" if flow == "night" else "open"
        assert f"office is {state}" in routing.trace
    assert NIGHT.match(MAIN, ALICE).route == ToFlow(flow="night")  # nobody tells the time


def test_verdicts_are_not_asked_of_our_own_telephones() -> None:
    assert SCREENED.match(MAIN, ALICE).trace == (
        "from extension 1001",
        "dialplan.yaml:5: did +441632960100 -> flow support, dialled from inside",
    )


SWITCHED = DialPlan(
    replace(
        RULES,
        switches=(
            SwitchRule(code="*28", flow="schedule/office", place="schedules.yaml:3"),
            SwitchRule(code="*29", flow="schedule/shop", place="schedules.yaml:9", by=frozenset({"1003"})),
        ),
    )
)


@pytest.mark.parametrize(
    ("called", "route"),
    [
        ("*28", ToFlow(flow="schedule/office")),
        ("*29", NoRoute(status=403, reason="Forbidden")),
        ("*2", NoRoute(status=484, reason="Address Incomplete")),
        ("*281", NOT_FOUND),
    ],
)
def test_a_code_switches_a_schedule(called: str, route: Route) -> None:
    assert SWITCHED.match(called, ALICE).route == route
    assert SWITCHED.match(called, CARRIER).route == NOT_FOUND


def test_who_may_switch_does() -> None:
    routing = SWITCHED.match("*29", DeviceOrigin(tenant="acme", extension="1003"))
    assert routing.route == ToFlow(flow="schedule/shop")
    assert routing.trace[-1] == "schedules.yaml:9: the code *29: schedule/shop"
