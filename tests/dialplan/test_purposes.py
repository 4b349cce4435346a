"""Why a call leaves: by a code, by whose calls are marketing; help needs no reason."""

from dataclasses import replace

import pytest

from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import NoRoute, ToExtension, ToFlow, ToTrunk
from pbx.dialplan.rules import CodeRule, MarketingRule
from pbx.sip.events import DeviceOrigin
from tests.dialplan.test_plan import ALICE, CARRIER, NOT_FOUND, RULES, emergency

pytestmark = pytest.mark.requirement("C-14")
CAROL = DeviceOrigin(tenant="acme", extension="1003")
CODES = (
    CodeRule(code="*41", purpose="marketing", place="dialplan.yaml:7"),
    CodeRule(code="*42", purpose="service", place="dialplan.yaml:7"),
)
SELLERS = MarketingRule(extensions=frozenset({"1001"}), place="marketing.yaml:4")
PLAN = DialPlan(replace(RULES, codes=CODES, marketing=SELLERS))
LONDON = "02079460000"
INCOMPLETE = NoRoute(status=484, reason="Address Incomplete")


@pytest.mark.parametrize(
    ("dialled", "origin", "purpose", "why"),
    [
        (LONDON, ALICE, "marketing", "marketing.yaml:4: a marketing call, as all of 1001"),
        (f"9{LONDON}", ALICE, "marketing", "marketing.yaml:4: a marketing call, as all of 1001"),
        (f"*42{LONDON}", ALICE, "service", "dialplan.yaml:7: the code *42, a service call"),
        (f"*429{LONDON}", ALICE, "service", "dialplan.yaml:7: the code *42, a service call"),
        (f"*41{LONDON}", ALICE, "marketing", "dialplan.yaml:7: the code *41, a marketing call"),
        (f"*41{LONDON}", CAROL, "marketing", "dialplan.yaml:7: the code *41, a marketing call"),
    ],
)
def test_the_purpose_and_the_line_that_says_so(
    dialled: str, origin: DeviceOrigin, purpose: str, why: str
) -> None:
    routing = PLAN.match(dialled, origin)
    assert isinstance(routing.route, ToTrunk)
    assert (routing.route.purpose, routing.route.number) == (purpose, "+442079460000")
    assert routing.route.account == origin.extension
    assert why in routing.trace


def test_who_sells_nothing_and_says_nothing_has_no_purpose() -> None:
    route = PLAN.match(LONDON, CAROL).route
    assert isinstance(route, ToTrunk)
    assert route.purpose == ""


@pytest.mark.parametrize("dialled", ["*41999", "*42999", "*419999", "*41112", "999", "9999"])
def test_help_is_called_behind_any_code_and_has_no_purpose(dialled: str) -> None:
    route = PLAN.match(dialled, ALICE).route
    assert route in (emergency("999"), emergency("112"))
    assert PLAN.is_emergency(dialled, ALICE)
    assert not PLAN.is_emergency(dialled, CARRIER)


@pytest.mark.parametrize(
    ("dialled", "route"),
    [
        ("*4", INCOMPLETE),
        ("*41", INCOMPLETE),
        ("*41020794", INCOMPLETE),
        ("*411003", INCOMPLETE),  # codes are for the network: of an extension it would be the beginning
        ("*411009", NOT_FOUND),
        ("*41*42" + LONDON, NOT_FOUND),
        ("*4101632960100", ToFlow(flow="support")),  # a number of ours stays inside
        ("*4101632960101", ToExtension(extension="1003")),
    ],
)
def test_what_is_no_number_of_the_network(dialled: str, route: object) -> None:
    assert PLAN.match(dialled, ALICE).route == route


def test_nobody_outside_has_a_purpose() -> None:
    assert PLAN.match(f"*41{LONDON}", CARRIER).route == NOT_FOUND
