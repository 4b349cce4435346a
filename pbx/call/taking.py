"""Taking a leg's place: a telephone answers in the stead of another, which rings or talks.

It has named the other's dialog (RFC 3891), or dialled the code of a pickup (RFC 5359 §2.16).
"""

from pbx.call.connect import Connect
from pbx.call.context import CallContext
from pbx.call.descriptions import connect_leg
from pbx.call.effects import Audit, CallEffect
from pbx.call.leg import Leg, LegState
from pbx.core.audit import AuditFact
from pbx.core.errors import PeerFault
from pbx.core.ids import LegId
from pbx.sip.effects import Answer, Reject
from pbx.sip.events import CallOffered, DeviceOrigin

GONE, UNAVAILABLE, NO_PORT = 481, 480, 503


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
        self._offers: dict[LegId, tuple[CallOffered, LegId | None]] = {}

    def begin(self, event: CallOffered, place: LegId | None, now: float) -> list[CallEffect]:
        """Ask for a port; everything else waits for it. `place` None = beside whoever is parked."""
        assert isinstance(event.origin, DeviceOrigin), "only telephones of ours take places"
        extension = event.origin.extension
        leg = Leg(
            id=event.leg,
            role="callee",
            party=f"extension/{extension}",
            number=extension,
            offered_at=self._connect.time(now),
            shows="" if event.replaces is not None else event.called,
            is_record_aware=event.is_record_aware,
            hop=event.source.host,
        )
        self._connect.legs[leg.id] = leg
        self._offers[leg.id] = (event, place)
        return [self._connect.open(leg)]

    def opened(self, leg: Leg, now: float) -> tuple[list[CallEffect], bool]:
        """The port is there: answer and take the place; False = this leg takes none."""
        taken = self._offers.pop(leg.id, None)
        if taken is None or leg.state is LegState.ENDED:  # it is none, or has given up
            return [], False
        event, place = taken
        try:
            answered = self._answer(leg, event, now)
            rest = self._take(leg, event, place, now)
        except PeerFault as fault:
            return self._refuse(leg, fault.status), False
        if rest is None:
            status = GONE if event.replaces is not None else UNAVAILABLE
            return self._refuse(leg, status), False  # it ended while our port was opened
        return [*answered, *rest], True

    def failed(self, leg: LegId) -> list[CallEffect]:
        """There is no port for it."""
        taken = self._offers.pop(leg, None)
        return [Reject(leg=leg, status=NO_PORT)] if taken is not None else []

    def stop(self) -> list[CallEffect]:
        """The call ends: whoever was about to take a place is told so."""
        offers, self._offers = self._offers, {}
        waits = [self._connect.legs[one] for one in offers]
        return [done for leg in waits if leg.state is not LegState.ENDED for done in self._refuse(leg, GONE)]

    def _take(self, leg: Leg, event: CallOffered, place: LegId | None, now: float) -> list[CallEffect] | None:
        if place is None:
            is_parked = self._connect.start.lots.slot(self._connect.belongs_to[0])
            return self._connect.meet(leg, now) if is_parked else None
        replaced = self._connect.legs[place]
        before = replaced.state
        if event.replaces is None and before is LegState.ANSWERED:
            return None  # a code takes what rings, not what talks
        taken = self._connect.take_place(leg, replaced, now)
        return None if taken is None else [*taken, self._fact(leg, replaced, before)]

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

    def _fact(self, leg: Leg, replaced: Leg, before: LegState) -> Audit:
        call, tenant = self._connect.belongs_to
        kind = "call.taken" if before is LegState.ANSWERED else "call.picked_up"
        details: dict[str, str | int | bool | None] = {"by": leg.party, "of": replaced.party}
        return Audit(fact=AuditFact(kind=kind, call=call, tenant=tenant, details=details))
