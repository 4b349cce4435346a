"""Taking a leg's place (RFC 3891): a telephone answers in the stead of another, ringing or talking."""

from pbx.call.connect import Connect
from pbx.call.context import CallContext
from pbx.call.descriptions import connect_leg
from pbx.call.effects import CallEffect
from pbx.call.leg import Leg, LegState
from pbx.core.errors import PeerFault
from pbx.core.ids import LegId
from pbx.sip.effects import Answer, Reject
from pbx.sip.events import CallOffered, DeviceOrigin

GONE = 481


def may_take(origin: DeviceOrigin, leg: Leg, context: CallContext) -> bool:
    """Whether a device may take the place of `leg`: of the same extension, or of one in a group with it."""
    kind, _, extension = leg.party.partition("/")
    if kind != "extension" or origin.tenant != context.tenant:
        return False
    together = any({extension, origin.extension} <= set(group) for group in context.groups.values())
    return extension == origin.extension or together


class Taking:
    """Devices that are about to take a place: their ports are being opened."""

    __slots__ = ("_connect", "_offers")

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._offers: dict[LegId, tuple[CallOffered, LegId]] = {}

    def begin(self, event: CallOffered, extension: str, now: float) -> list[CallEffect]:
        """Ask for a port; everything else waits for it."""
        assert event.replaces is not None, "there is a place to take"
        leg = Leg(
            id=event.leg,
            role="callee",
            party=f"extension/{extension}",
            number=extension,
            offered_at=self._connect.time(now),
        )
        self._connect.legs[leg.id] = leg
        self._offers[leg.id] = (event, event.replaces)
        return [self._connect.open(leg)]

    def opened(self, leg: Leg, now: float) -> tuple[list[CallEffect], bool]:
        """The port is there: answer and take the place; False = this leg takes none."""
        taken = self._offers.pop(leg.id, None)
        if taken is None:
            return [], False
        event, place = taken
        replaced = self._connect.legs[place]
        try:
            answered = self._answer(leg, event, now)
            rest = self._connect.take_place(leg, replaced, now)
        except PeerFault as fault:
            return self._refuse(leg, fault.status), False
        if rest is None:
            return self._refuse(leg, GONE), False  # it ended while our port was opened
        return [*answered, *rest], True

    def _answer(self, leg: Leg, event: CallOffered, now: float) -> list[CallEffect]:
        assert leg.negotiation is not None, "the port is open"
        effects: list[CallEffect] = []
        if event.offer is None:
            sdp = leg.negotiation.offer()
        else:
            sdp, leg.audio = leg.negotiation.answer(event.offer)
            effects.append(connect_leg(leg.id, leg.audio))
        leg.answered_at = self._connect.time(now)
        return [*effects, Answer(leg=leg.id, answer=sdp)]

    def _refuse(self, leg: Leg, status: int) -> list[CallEffect]:
        leg.state, leg.cause = LegState.ENDED, str(status)
        return [Reject(leg=leg.id, status=status), *leg.close_port()]
