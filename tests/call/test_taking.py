"""A telephone takes the place of another (RFC 3891): picks up what rings there, or what talks there."""

from dataclasses import replace

import pytest

from pbx.call.effects import CallEffect
from pbx.call.taking import may_take
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs
from pbx.sip.effects import Answer, HangUp, PlaceCall, Reject
from pbx.sip.events import CallOffered, DeviceOrigin, LegConfirmed, LegRinging, Origin, TrunkOrigin
from tests.call.conftest import OFFER, Board, contact
from tests.call.parties import CAROL, A, end_ours, hang_up, talking

D = LegId("d")


def take(board: Board, place: LegId, origin: Origin, sdp: bytes | None = None) -> list[CallEffect]:
    """An INVITE with Replaces."""
    offer = board.switchboard.calls and next(iter(board.switchboard.calls.values())).parts.start.offered
    assert offer
    event: CallOffered = replace(
        offer, leg=D, origin=origin, replaces=place, offer=offer.offer if sdp is None else sdp
    )
    return board.send(event)


def device(extension: str, tenant: str = "acme") -> DeviceOrigin:
    return DeviceOrigin(tenant=tenant, extension=extension)


@pytest.mark.rfc("3891", "3")
def test_another_telephone_of_the_extension_takes_a_call_that_talks(board: Board) -> None:
    bob = talking(board)
    take(board, bob, device("1003"))
    assert [one.leg for one in board.all(Answer)] == [A, D]
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    assert board.all(HangUp) == [HangUp(leg=bob, cause=200, text="Replaced")]
    board.send(LegConfirmed(leg=D))
    hang_up(board, D)
    assert HangUp(leg=A) in board.all(HangUp)
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.rfc("3891", "3")
def test_a_call_that_rings_is_picked_up(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL)
    rung = board.last(PlaceCall).leg
    board.send(LegRinging(leg=rung, status=180))
    take(board, rung, device("1003"))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=D)
    assert {one.leg for one in board.all(Answer)} == {A, D}
    assert board.all(HangUp) == [HangUp(leg=rung, cause=200, text="Call completed elsewhere")]
    end_ours(board)
    hang_up(board, A)
    end_ours(board)
    assert not board.switchboard.calls


@pytest.mark.rfc("3891", "8")
@pytest.mark.requirement("S-09")
@pytest.mark.parametrize(
    "origin", [TrunkOrigin(trunk="carrier", tenant="acme"), DeviceOrigin(tenant="acme", extension="1999")]
)
def test_knowing_the_dialog_is_not_enough(board: Board, origin: Origin) -> None:
    bob = talking(board)
    take(board, bob, origin)
    assert board.last(Reject) == Reject(leg=D, status=403)
    assert not board.all(HangUp)


@pytest.mark.requirement("S-09")
def test_the_place_of_a_carrier_is_nobodys(board: Board) -> None:
    talking(board)
    take(board, A, device("1003"))
    assert board.last(Reject).status == 403


def test_a_place_that_is_gone(board: Board) -> None:
    bob = talking(board)
    take(board, LegId("nobody"), device("1003"))
    assert board.last(Reject) == Reject(leg=D, status=481)
    assert bob in next(iter(board.switchboard.calls.values())).parts.connect.legs


def test_an_offer_that_does_not_fit_changes_nothing(board: Board) -> None:
    bob = talking(board)
    sdp = OFFER.replace(b"m=audio 4000 RTP/AVP 8 101", b"m=video 4000 RTP/AVP 99")
    take(board, bob, device("1003"), sdp)
    assert board.last(Reject).status == 488
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)
    assert not board.all(HangUp)


def test_another_tenants_device_may_not(board: Board) -> None:
    bob = talking(board)
    take(board, bob, device("1003", "umbrella"))
    assert board.last(Reject).status in (403, 404)
    assert not board.all(HangUp)


def test_colleagues_of_a_group_may(board: Board) -> None:
    bob = talking(board)
    call = next(iter(board.switchboard.calls.values()))
    context = replace(call.parts.context, groups={"sales": ("1003", "1002")})
    leg = call.parts.connect.legs[bob]
    assert may_take(device("1002"), leg, context)
    assert not may_take(device("1001"), leg, context)
