"""Is called: rings, is heard early, answers, refuses, sends elsewhere, lets it ring or vanishes."""

from pbx.core.ids import LegId
from pbx.sip.effects import Answer, HangUp, Progress, Reject, Ring
from pbx.sip.events import CallOffered, LegConfirmed, SipEvent
from tests.simulation.phone import Phone
from tests.simulation.world import DOMAIN

REFUSALS = (486, 603, 480, 404, 500, 503)
RINGS_S = 200.0  # longer than the PBX lets anybody ring
ELSEWHERE = (
    f"sip:1001@{DOMAIN}",
    f"sip:1003@{DOMAIN}",
    "sip:nobody@192.0.2.77",
    f"sip:901632960999@{DOMAIN}",
)


class Callee:
    """The habit of every telephone that can be called."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    def hear(self, event: SipEvent) -> None:
        """Consider a call; talk once the ACK is there."""
        if isinstance(event, CallOffered):
            self._consider(event)
        if isinstance(event, LegConfirmed) and not self._phone.outcomes[event.leg].placed:
            self._phone.hang_up_later(event.leg)

    def _consider(self, event: CallOffered) -> None:
        phone, random, leg = self._phone, self._phone.random, event.leg
        if phone.chance(0.03):
            phone.later(random.uniform(0.0, 60.0), lambda: phone.world.network.silence(event.sip_call_id))
        if phone.chance(0.9):
            phone.later(random.uniform(0.0, 0.5), Ring(leg=leg))
        if phone.chance(0.25):
            phone.later(random.uniform(0.0, 2.0), Progress(leg=leg, answer=phone.sdp()))
        choice = random.random()
        if choice < 0.65:
            phone.later(random.uniform(0.1, 4.0), Answer(leg=leg, answer=phone.sdp()))
        elif choice < 0.85:
            phone.later(random.uniform(0.0, 3.0), lambda: self._refuse(leg))
        elif choice < 0.9:
            phone.later(random.uniform(0.0, 3.0), HangUp(leg=leg))
        phone.later(RINGS_S, lambda: self._stop_ringing(leg))

    def _stop_ringing(self, leg: LegId) -> None:
        """The CANCEL may be lost for good: no telephone rings for ever."""
        if not self._phone.outcomes[leg].answered:
            self._phone.order(HangUp(leg=leg))

    def _refuse(self, leg: LegId) -> None:
        """Refuse, unless the caller has given up already."""
        phone = self._phone
        if phone.outcomes[leg].is_over:
            return
        phone.outcomes[leg].refused = True
        if phone.chance(0.3):
            contacts = (phone.random.choice(ELSEWHERE),)
            phone.order(Reject(leg=leg, status=302, contacts=contacts))
        else:
            phone.order(Reject(leg=leg, status=phone.random.choice(REFUSALS)))
