"""Placing: a call to a server whose addresses are still being looked up."""

from collections.abc import Callable
from dataclasses import replace

from pbx.core.address import Remote
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import LegEnded, LegRejected
from pbx.sip.stack import Stack

Place = Callable[[PlaceCall, float], None]


class Placing:
    """Waits for the targets; the caller may hang up at any time."""

    __slots__ = ("_order", "_place", "_stack", "is_over")

    def __init__(self, stack: Stack, order: PlaceCall, place: Place) -> None:
        """`place` sends the INVITE once there is a target."""
        self._stack, self._order, self._place = stack, order, place
        self.is_over = False

    def begin(self, now: float) -> None:
        """Look the server up."""
        assert self._order.server is not None, "an order with an address needs no look-up"
        self._stack.locator.find(self._order.server, self, now)

    def located(self, targets: tuple[Remote, ...], now: float) -> None:
        """Call the first target; without any, the call fails as a dead transport does (§8.1.3.1)."""
        self.is_over = True
        if targets:
            found = replace(self._order, server=None, remote=targets[0], alternatives=targets[1:])
            self._place(found, now)
        else:
            self._stack.emit(LegRejected(leg=self._order.leg, status=503, reason="No Address"))

    def hang_up(self, order: HangUp) -> None:
        """Nobody was called yet."""
        self.is_over = True
        self._stack.locator.cancel(self)
        self._stack.emit(LegEnded(leg=order.leg, by_peer=False, how="cancel", cause=order.cause))
