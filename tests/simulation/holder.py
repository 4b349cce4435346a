"""Holds and comes back, changes its mind early (UPDATE), and takes or refuses what the other offers."""

from pbx.core.ids import LegId
from pbx.sip.effects import AcceptReinvite, RefuseReinvite, Reinvite
from pbx.sip.events import LegAnswered, LegConfirmed, LegRinging, ReinviteOffered, ReinviteRefused, SipEvent
from tests.simulation.phone import Phone
from tests.simulation.sdp import Way

HOLDS: tuple[Way, ...] = ("hold", "silence", "old_hold", "foreign", "talk")
REFUSALS = (488, 491)


class Holder:
    """The habit of every telephone with a hold key."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    def hold(self, leg: LegId) -> None:
        """Offer to hear nobody, now."""
        self._phone.order(Reinvite(leg=leg, offer=self._phone.sdp("hold")))

    def resume(self, leg: LegId) -> None:
        """Talk again: by an offer of ours, or by asking for theirs."""
        self._phone.order(Reinvite(leg=leg, offer=None if self._phone.chance(0.3) else self._phone.sdp()))

    def hear(self, event: SipEvent) -> None:
        """Hold sometimes; answer re-INVITE and UPDATE."""
        phone = self._phone
        match event:
            case LegAnswered() | LegConfirmed() if phone.chance(0.35):
                self._hold_later(event.leg)
            case LegRinging() if event.answer is not None and phone.chance(0.4):
                update = Reinvite(leg=event.leg, offer=phone.sdp(phone.random.choice(HOLDS)))
                phone.later(phone.random.uniform(0.0, 1.0), update)
            case ReinviteOffered():
                self._offered(event)
            case ReinviteRefused() if phone.is_talking(event.leg) and phone.chance(0.5):
                phone.later(phone.random.uniform(0.0, 2.0), lambda: self.resume(event.leg))
            case _:
                pass

    def _hold_later(self, leg: LegId) -> None:
        phone, random = self._phone, self._phone.random
        held_s = random.uniform(0.0, 6.0)
        phone.later(held_s, Reinvite(leg=leg, offer=phone.sdp(random.choice(HOLDS))))
        phone.later(held_s + random.uniform(0.0, 6.0), lambda: self.resume(leg))

    def _offered(self, event: ReinviteOffered) -> None:
        phone = self._phone
        if phone.chance(0.1):
            phone.order(RefuseReinvite(leg=event.leg, status=phone.random.choice(REFUSALS)))
        else:
            accept = AcceptReinvite(leg=event.leg, answer=phone.sdp())
            phone.later(phone.random.uniform(0.0, 0.5), accept)
