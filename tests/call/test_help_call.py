"""Calls for help as carriers get them: number, priority, place, and every trunk that may take them."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext, TrunkRoute
from pbx.call.help_call import for_help
from pbx.core.address import Remote
from pbx.dialplan.locations import Location
from pbx.dialplan.routes import ToTrunk
from pbx.sip.effects import PlaceCall, RefuseTransfer
from pbx.sip.events import DeviceOrigin, LegAnswered, LegRejected, TransferRequested
from pbx.sip.identity.help import HelpProfile
from pbx.sip.identity.profile import TrunkProfile
from tests.call.conftest import ANSWER, WALL, Board

pytestmark = pytest.mark.requirement("CF-42", "SIP-40")
PHONE = DeviceOrigin(tenant="acme", extension="1001")
PLACE = Location(
    name="house",
    country="GB",
    words="12 High Street",
    civic=(("A3", "Leeds"), ("RD", "High Street")),
    call_back="+441632960100",
)
ROUTE = ToTrunk(trunk="carrier", number="999", emergency=True, caller_id="+441632960100", location=PLACE)
TOLD = HelpProfile(carries=True, location=True, resource_priority="esnet.0")


def board_with(told: HelpProfile, called: str = "999") -> Board:
    """`carrier` is what the rule names; `spare` carries such calls, `other` does not."""

    def change(context: CallContext) -> CallContext:
        def trunk(name: str, host: str, one: HelpProfile) -> TrunkRoute:
            profile = replace(TrunkProfile(), help=one)
            return TrunkRoute(name=name, remote=Remote("udp", host, 5060), caller_id="", profile=profile)

        carrier = trunk("carrier", "192.0.2.1", told)
        spare = trunk("spare", "192.0.2.2", TOLD)
        other = trunk("other", "192.0.2.3", HelpProfile())
        return replace(context, trunks={one.name: one for one in (other, spare, carrier)})

    board = Board(change=change)
    board.offer(called, origin=PHONE)
    return board


def test_the_place_goes_along_where_the_carrier_wants_it() -> None:
    board = board_with(HelpProfile())
    call = next(iter(board.switchboard.calls.values()))
    placed, start = board.last(PlaceCall), call.parts.start
    assert ("Priority", "emergency") in placed.fields and placed.enclosed is None
    at = WALL.time(board.now)
    trunk = replace(start.context.trunks["carrier"], profile=replace(TrunkProfile(), help=TOLD))
    order = for_help(placed, trunk, ROUTE, start, at)
    told = dict(order.fields)
    assert told["Resource-Priority"] == "esnet.0" and told["Geolocation-Routing"] == "yes"
    assert order.enclosed is not None
    assert told["Geolocation"] == f"<cid:{order.enclosed.content_id}>"
    assert b"<ca:RD>High Street</ca:RD>" in order.enclosed.body
    assert b'entity="pres:+441632960100@acme.example"' in order.enclosed.body
    plain = replace(ROUTE, emergency=False)
    assert for_help(placed, trunk, plain, start, at) is placed
    bare = for_help(placed, trunk, replace(ROUTE, location=None), start, at)
    assert bare.enclosed is None and "Geolocation" not in dict(bare.fields)


def test_every_trunk_that_carries_help_is_tried_whatever_the_answer() -> None:
    board = board_with(HelpProfile())
    for status in (603, 486):
        board.send(LegRejected(leg=board.last(PlaceCall).leg, status=status, reason=""))
    assert [one.remote.host for one in board.all(PlaceCall)] == ["192.0.2.1", "192.0.2.2"]


def test_other_calls_leave_by_the_trunk_of_their_rule_alone() -> None:
    board = board_with(HelpProfile(), called="901632960150")
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=503, reason=""))
    placed = board.all(PlaceCall)
    assert [one.remote.host for one in placed] == ["192.0.2.1"]
    assert "Priority" not in dict(placed[0].fields)


def test_a_call_for_help_is_not_transferred() -> None:
    board = board_with(HelpProfile())
    placed = board.last(PlaceCall)
    board.send(LegAnswered(leg=placed.leg, answer=ANSWER))
    call = next(iter(board.switchboard.calls.values()))
    for leg in (call.caller.id, placed.leg):
        board.send(TransferRequested(leg=leg, target="1002"))
        refused = board.last(RefuseTransfer)
        assert (refused.leg, refused.status) == (leg, 403)
