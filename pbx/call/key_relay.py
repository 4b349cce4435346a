"""KeyRelay: keys of a party for whom it talks with, where signalling has to carry them one way or the other.

Telephone-events and tones pass between media workers without us. SIP INFO comes here: a key that was pressed
so goes to the worker, which presses it for the peer in the kind that this takes; and a peer that takes INFO
only gets its keys from here, in whatever kind they came.
"""

from pbx.call.effects import CallEffect
from pbx.call.key_orders import KeyOrders
from pbx.call.keys import Keys
from pbx.call.leg import Leg, LegState
from pbx.call.parties import Parties
from pbx.core.ids import LegId
from pbx.media.digit_merger import accepted_kinds
from pbx.media.effects import TakeDigit
from pbx.media.events import DigitReceived
from pbx.sip.effects import SendInfo
from pbx.sip.events import InfoDigit


class KeyRelay:
    """One merger for each party that has pressed a key; `orders` hears what is news."""

    __slots__ = ("_keys", "_orders", "_parties")

    def __init__(self, parties: Parties, orders: KeyOrders) -> None:
        self._parties, self._orders = parties, orders
        self._keys: dict[LegId, Keys] = {}

    def counts(self, event: DigitReceived | InfoDigit) -> bool:
        """Whether keys of this kind are taken from the party."""
        return counts(event, self._parties.legs.get(event.leg))

    def take(self, event: DigitReceived | InfoDigit, now: float) -> list[CallEffect]:
        """A key that counts, of any party."""
        leg = self._parties.legs.get(event.leg)
        if leg is None:
            return []
        done: list[CallEffect] = []
        if isinstance(event, InfoDigit) and leg.port_open and not leg.is_port_closing:
            done.append(TakeDigit(leg=leg.id, digit=event.digit, duration_ms=event.duration_ms))
        news = self._keys.setdefault(leg.id, Keys()).pressed(event, now)
        other = self._parties.other(leg)
        if news and other is not None and _takes_info(other):
            done.append(SendInfo(leg=other.id, digit=event.digit, duration_ms=event.duration_ms))
        for one in news:
            done += self._orders.pressed(leg, other, one.digit.reveal(), now)
        return done


def counts(event: DigitReceived | InfoDigit, leg: Leg | None) -> bool:
    """Whether keys of this kind are taken from a leg: of a stranger all are."""
    if leg is None or leg.audio is None:
        return True
    kind = event.kind if isinstance(event, DigitReceived) else "info"
    return kind in accepted_kinds(leg.audio.digits, leg.audio.format)


def _takes_info(leg: Leg) -> bool:
    return leg.state is LegState.ANSWERED and leg.audio is not None and leg.audio.digits == "info"
