"""The intake of calls: what of an INVITE is known when its call begins, and when there is no room for it."""

from dataclasses import replace

import pytest

from pbx.call.conferences import Conferences
from pbx.call.intake import Intake, policies
from pbx.call.quotas import CallLimit, CallLimits
from pbx.call.refusals import Refusals
from pbx.call.start import TenantPlan
from pbx.call.tolls import Tolls
from pbx.call.trunks import TrunkBoard
from pbx.core.ids import CallId
from pbx.services.parking import Lots
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, DeviceOrigin
from tests.call.conftest import Board
from tests.call.support import SUPPORT

ONE, TWO = CallId("one"), CallId("two")


def offered(board: Board) -> tuple[CallOffered, TenantPlan]:
    """The INVITE of a caller from the network, and the configuration of whom he calls."""
    board.offer(SUPPORT)
    start = next(iter(board.switchboard.calls.values())).parts.start
    return start.offered, TenantPlan(plan=start.plan, context=start.context, limit=CallLimit(calls=1))


def intake(plan: TenantPlan) -> Intake:
    return Intake({"acme": plan}, CallLimits(), (Tolls(), TrunkBoard(), Conferences(), Lots(), Refusals()))


def test_a_call_over_the_limit_is_told_when_to_try_again(board: Board) -> None:
    event, plan = offered(board)
    one = intake(plan)
    assert one.refused(ONE, event, 0.0) == []
    (reject,) = one.refused(TWO, event, 0.0)
    assert isinstance(reject, Reject)
    assert reject.status == 503 and reject.retry_after_s
    one.release(ONE)
    assert one.refused(TWO, event, 0.0) == []


def test_a_call_for_help_is_counted_and_never_refused(board: Board) -> None:
    event, plan = offered(board)
    one = intake(plan)
    assert one.refused(ONE, event, 0.0) == []
    device = DeviceOrigin(extension="1001", tenant="acme")
    assert one.refused(TWO, replace(event, called="999", origin=device), 0.0) == []


@pytest.mark.requirement("F-18")
def test_a_closed_intake_takes_calls_for_help_alone(board: Board) -> None:
    event, plan = offered(board)
    one = intake(plan)
    one.is_closed = True
    (reject,) = one.refused(ONE, event, 0.0)
    assert isinstance(reject, Reject)
    assert reject.status == 503 and reject.retry_after_s
    assert not one.has_room(ONE, "acme", 0.0)
    device = DeviceOrigin(extension="1001", tenant="acme")
    assert one.refused(TWO, replace(event, called="999", origin=device), 0.0) == []
    one.is_closed = False
    assert one.has_room(ONE, "acme", 0.0) or one.refused(ONE, event, 0.0)


def test_who_calls_and_which_way(board: Board) -> None:
    event, plan = offered(board)
    one = intake(plan)
    start = one.start(event, plan.plan.match(event.called, event.origin), ONE, None)
    assert (start.party, start.direction) == ("trunk/carrier", "inbound")
    assert start.number == "+447700900123"
    hidden = one.start(replace(event, private=True), start.routing, ONE, None)
    assert hidden.number is None
    inside = replace(event, called="1002", origin=DeviceOrigin(extension="1001", tenant="acme"))
    within = one.start(inside, plan.plan.match("1002", inside.origin), ONE, TWO)
    assert (within.party, within.direction, within.number) == ("extension/1001", "internal", "1001")
    assert (within.beside, within.tokens) == (TWO, start.tokens)


def test_another_configuration_is_for_new_calls(board: Board) -> None:
    event, plan = offered(board)
    one = intake(plan)
    assert one.tenant_of(plan.context.domain) == "acme"
    assert one.tenant_of("other.example") == ""
    one.refused(ONE, event, 0.0)
    one.swap({"acme": replace(plan, limit=CallLimit(calls=2))}, None)
    assert one.refused(TWO, event, 0.0) == []
    assert policies({"acme": plan}) == {}
