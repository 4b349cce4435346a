"""Key orders: codes by which an extension that talks pauses the recording of its call, and goes on."""

from pbx.call.effects import CallEffect
from pbx.call.key_sequence import KeySequence
from pbx.call.leg import Leg, LegState
from pbx.call.ordering import Ordering
from pbx.dialplan.rules import KeyCodes


class KeyOrders:
    """Only of two who talk: whoever is alone presses keys for a flow, and may be typing a secret."""

    __slots__ = ("_begun", "_on", "_orders")

    def __init__(self, codes: KeyCodes, orders: Ordering) -> None:
        self._on = {code: on for code, on in ((codes.pause, False), (codes.resume, True)) if code is not None}
        self._begun = KeySequence(self._on)
        self._orders = orders

    def pressed(self, leg: Leg, other: Leg | None, key: str, now: float) -> list[CallEffect]:
        """A key that counts, once; `other` = whom its party talks with."""
        if not leg.party.startswith("extension/") or other is None:
            return []
        if any(one.state is not LegState.ANSWERED for one in (leg, other)):
            return []
        code = self._begun.pressed(leg.id, key, now)
        return self._orders.code(leg.party, now, on=self._on[code]) if code else []
