"""Calls somebody, with an offer or without; gives up sometimes, just when the other answers perhaps."""

from pbx.core.ids import LegId
from pbx.sip.effects import AnswerOffer, DigestCredentials, HangUp, PlaceCall
from pbx.sip.events import LegAnswered, LegRinging, ReinviteAnswered, SipEvent
from pbx.sip.reliability import Reliable
from tests.simulation.phone import SERVER, TALK_S, Outcome, Phone
from tests.simulation.world import DOMAIN, PASSWORD

RELIABLE: tuple[Reliable, ...] = ("never", "supported", "required")


class Caller:
    """The habit of every telephone that calls."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._serial = 0

    def call(self, number: str) -> LegId:
        """Place a call."""
        self._serial += 1
        phone, leg = self._phone, LegId(f"{self._phone.at.host}-{self._serial}")
        phone.outcomes[leg] = Outcome(placed=True)
        credentials = DigestCredentials(username=phone.user, password=PASSWORD, realm=DOMAIN)
        phone.order(
            PlaceCall(
                leg=leg,
                target=f"sip:{number}@{DOMAIN}",
                to=f"sip:{number}@{DOMAIN}",
                from_uri=f"sip:{phone.user}@{DOMAIN}",
                from_display="",
                remote=SERVER,
                offer=b"" if phone.chance(0.15) else phone.sdp(),
                credentials=credentials if phone.is_extension else None,
                reliable=phone.random.choice(RELIABLE) if phone.chance(0.5) else None,
            )
        )
        gives_up_s = phone.random.uniform(0.01, 5.0) if phone.chance(0.3) else TALK_S
        phone.later(gives_up_s, lambda: self._give_up(leg))
        return leg

    def hear(self, event: SipEvent) -> None:
        """Answer every offer that comes in a response, and talk."""
        match event:
            case LegRinging() | LegAnswered() | ReinviteAnswered() if event.offer is not None:
                self._phone.order(AnswerOffer(leg=event.leg, answer=self._phone.sdp()))
            case _:
                pass
        if isinstance(event, LegAnswered):
            self._phone.hang_up_later(event.leg)

    def _give_up(self, leg: LegId) -> None:
        """He may hear the answer in the same moment: then he hangs up all the same, or talks."""
        outcome = self._phone.outcomes[leg]
        if not outcome.answered or self._phone.chance(0.3):
            self._phone.order(HangUp(leg=leg))
