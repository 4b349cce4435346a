"""What conditions go by: who calls, from where, and what is known of him."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.circumstances import caller_number, of_caller, of_offer, of_rights
from pbx.conditions.circumstances import Circumstances
from pbx.sip.events import DeviceOrigin, TrunkOrigin
from pbx.sip.stir.verdict import UNSIGNED
from pbx.verify.claimed import Claimed
from tests.call.conftest import Board
from tests.call.support import SUPPORT

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ALICE = DeviceOrigin(extension="1001", tenant="acme")
CARRIER = TrunkOrigin(trunk="carrier", tenant="acme")
NUMBER = "+447700900123"


def test_a_call_that_is_offered(board: Board) -> None:
    board.offer(SUPPORT)
    start = next(iter(board.switchboard.calls.values())).parts.start
    event, context = start.offered, start.context
    assert of_offer(replace(event, extra=(("X-A", "b"),), verdict=UNSIGNED), context, NOW) == Circumstances(
        at=NOW,
        schedules=context.schedules,
        verdict=UNSIGNED,
        caller=NUMBER,
        headers=(("X-A", "b"),),
        host=event.source.host,
    )
    assert caller_number(replace(event, private=True), "GB") is None
    assert caller_number(replace(event, origin=ALICE), "GB") == "1001"
    flow = of_caller(Claimed(number=NUMBER), replace(context, headers=(("X-A", "b"),)), "V2")
    assert (flow.caller, flow.level, flow.headers, flow.at) == (NUMBER, "V2", (("X-A", "b"),), None)


@pytest.mark.parametrize(("origin", "caller"), [(ALICE, "1001"), (CARRIER, None)])
def test_a_call_that_goes_on_with_rights(board: Board, origin: DeviceOrigin, caller: str | None) -> None:
    board.offer(SUPPORT)
    context = next(iter(board.switchboard.calls.values())).parts.start.context
    assert of_rights(origin, context, NOW).caller == caller
    assert of_rights(origin, context, None).at is None
