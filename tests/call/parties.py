"""Alice (leg `a`) calls from the network, Bob (1003) answers; 1002 and the network can be transferred to."""

from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs
from pbx.sip.effects import HangUp, PlaceCall, ReportTransfer
from pbx.sip.events import (
    CallOffered,
    DeviceOrigin,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRinging,
    TransferRequested,
)
from tests.call.conftest import ANSWER, OFFER, Board, contact

A = LegId("a")
CAROL = "+441632960101"  # the number of extension 1003


def talking(board: Board) -> LegId:
    """Alice and Bob talk; Bob's leg."""
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    board.offer(CAROL)
    bob = board.last(PlaceCall).leg
    board.send(LegRinging(leg=bob, status=180))
    board.send(LegAnswered(leg=bob, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=bob)
    return bob


def internal(board: Board) -> LegId:
    """Extension 1001 (leg `a`) has called 1003, and they talk; the leg of 1003."""
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    board.offer("1003", origin=DeviceOrigin(tenant="acme", extension="1001"))
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    return callee


def refer(board: Board, leg: LegId, target: str = "1002") -> LegId:
    """A party asks for a transfer to an extension; the target's leg."""
    board.send(TransferRequested(leg=leg, target=target))
    placed = board.last(PlaceCall)
    assert placed.leg != leg
    return placed.leg


def answer(board: Board, leg: LegId) -> None:
    """A telephone that we call is picked up."""
    board.send(LegAnswered(leg=leg, answer=ANSWER))


def hang_up(board: Board, leg: LegId, how: str = "bye") -> None:
    """A party ends its leg."""
    board.send(LegEnded(leg=leg, by_peer=True, how=how))


def end_ours(board: Board) -> None:
    """Every leg that we have hung up is over now."""
    for order in board.all(HangUp):
        board.send(LegEnded(leg=order.leg, by_peer=False, how="bye"))


def reports(board: Board) -> list[int]:
    """What the transferor was told, in order."""
    return [order.status for order in board.all(ReportTransfer)]


def offered(board: Board, leg: str, called: str, extension: str) -> None:
    """Another INVITE, of an extension, on a leg of this name."""
    board.send(invite(leg, called, extension))


def invite(leg: str, called: str, extension: str) -> CallOffered:
    """The INVITE of an extension."""
    return CallOffered(
        leg=LegId(leg),
        origin=DeviceOrigin(tenant="acme", extension=extension),
        called=called,
        called_domain="acme.example",
        from_user=extension,
        from_display="",
        asserted_user="",
        private=False,
        offer=OFFER,
        source=Remote("udp", "127.0.0.2", 5070),
        max_forwards=70,
        sip_call_id=f"call of {leg}",
    )
