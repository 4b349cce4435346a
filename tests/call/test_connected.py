"""Every telephone shows with whom it talks after a transfer, and when a group answers (SIP-27)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.call.connected import dialled, tell
from pbx.call.context import CallContext, TrunkRoute
from pbx.call.leg import Leg, LegState
from pbx.core.ids import LegId
from pbx.dialplan.routes import NoRoute, ToExtension, ToFlow, ToTrunk
from pbx.sip.effects import TellIdentity
from pbx.sip.events import DeviceOrigin, LegConfirmed
from pbx.sip.identity.presentation import ANONYMOUS
from tests.call.conftest import Board
from tests.call.parties import A, answer, internal, refer, talking
from tests.call.test_attended import attend, consulting


def trusted(context: CallContext) -> CallContext:
    """The carrier is told; extensions have names."""
    carrier = context.trunks["carrier"]
    trunks: dict[str, TrunkRoute] = {
        "carrier": replace(carrier, profile=replace(carrier.profile, trusted=True))
    }
    return replace(context, trunks=trunks, names={"1002": "Carl", "1003": "Bob"})


@pytest.mark.requirement("SIP-27")
def test_an_ordinary_call_tells_nobody(board: Board) -> None:
    talking(board)
    internal_board = Board()
    internal(internal_board)
    assert not board.all(TellIdentity) + internal_board.all(TellIdentity)


@pytest.mark.requirement("SIP-27")
def test_a_blind_transfer_tells_the_one_who_stays() -> None:
    board = Board(change=trusted)
    internal(board)
    carl = refer(board, LegId("a"), "1002")
    answer(board, carl)
    (told,) = board.all(TellIdentity)
    assert (told.uri, told.display) == ("sip:1002@acme.example", "Carl")
    assert told.leg not in (A, carl)


@pytest.mark.requirement("SIP-27")
@pytest.mark.rfc("3325", "9.1")
def test_an_attended_transfer_tells_both_and_the_carrier_no_extension() -> None:
    board = Board(change=trusted)
    bob, carl = consulting(board)
    attend(board, bob, LegId("b2"))
    assert board.all(TellIdentity) == [
        TellIdentity(leg=carl, uri="sip:+447700900123@acme.example"),
        TellIdentity(leg=A, uri="sip:+441632960100@acme.example"),
    ]


@pytest.mark.requirement("SIP-27")
def test_a_carrier_that_is_not_trusted_is_not_told(board: Board) -> None:
    bob, carl = consulting(board)
    attend(board, bob, LegId("b2"))
    assert [told.leg for told in board.all(TellIdentity)] == [carl]


@pytest.mark.requirement("SIP-27")
def test_who_calls_himself_through_a_flow_is_told_who_answered() -> None:
    board = Board(change=trusted)
    talking(board)
    board.offer("+441632960100", origin=DeviceOrigin(tenant="acme", extension="1001"))
    board.send(LegConfirmed(leg=A))
    assert not board.all(TellIdentity), "nobody has answered yet"


def leg(party: str, number: str, shows: str = "") -> Leg:
    at = Board().switchboard._wall.time(0.0)
    return Leg(
        id=LegId(party),
        role="callee",
        party=party,
        number=number,
        offered_at=at,
        state=LegState.ANSWERED,
        shows=shows,
    )


@pytest.mark.rfc("3323", "4.1.1.3")
def test_a_withheld_number_stays_withheld(board: Board) -> None:
    context = next(iter(board.switchboard.intake.tenants.values())).context
    phone, caller = leg("extension/1002", "1002", shows="1003"), leg("trunk/carrier", "")
    (told,) = tell(phone, caller, context)
    assert (told.uri, told.display) == (ANONYMOUS, "Anonymous")
    assert not tell(phone, caller, context), "it is told once"


def test_a_verified_caller_is_shown_as_such(board: Board) -> None:
    context = next(iter(board.switchboard.intake.tenants.values())).context
    phone = leg("extension/1002", "1002", shows="1003")
    (told,) = tell(phone, leg("trunk/carrier", "+447700900123"), context, "Verified caller (V2)")
    assert told.display == "Verified caller (V2)"


def test_what_a_caller_dialled_is_what_it_shows() -> None:
    assert dialled(ToExtension(extension="1003")) == "1003"
    assert dialled(ToTrunk(trunk="carrier", number="+441632960999")) == "+441632960999"
    assert dialled(ToFlow(flow="support")) == dialled(NoRoute(status=404, reason="")) == ""


@pytest.mark.requirement("VER-07")
@pytest.mark.parametrize(("party", "shown"), [("trunk/carrier", "Anonymous"), ("extension/1002", "V0")])
def test_what_we_found_out_about_somebody_is_nothing_for_a_carrier(party: str, shown: str) -> None:
    context = trusted(Board().tenant_plan.context)
    at = datetime(2026, 11, 24, tzinfo=UTC)
    leg = Leg(id=LegId("b"), role="callee", party=party, number="x", offered_at=at, state=LegState.ANSWERED)
    leg.shows = "+447700900123"
    withheld = Leg(id=A, role="caller", party="trunk/carrier", number="", offered_at=at)
    [told] = tell(leg, withheld, context, "V0")
    assert (told.uri, told.display) == (ANONYMOUS, shown)
