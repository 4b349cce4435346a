"""Orders of the call layer, one row each."""

from pbx.core.errors import MisuseError, ParseError
from pbx.core.ids import LegId
from pbx.sip import digit_info, prack, record_key, reinvite
from pbx.sip.effects import (
    AcceptReinvite,
    AcceptTransfer,
    Answer,
    AnswerOffer,
    AnswerRecord,
    Forward,
    HangUp,
    LookUpAor,
    PlaceCall,
    Progress,
    Refer,
    RefuseReinvite,
    RefuseTransfer,
    Register,
    Reinvite,
    Reject,
    ReportTransfer,
    Ring,
    SendInfo,
    SipEffect,
    TellIdentity,
)
from pbx.sip.events import AorFound
from pbx.sip.invite_session import InviteSession
from pbx.sip.location import LocationService
from pbx.sip.registration import Registration
from pbx.sip.stack import Stack
from pbx.sip.transfer import refer
from pbx.sip.trunk.clients import TrunkClients
from pbx.sip.trunk.placing import Placing
from pbx.sip.uac import UacSession
from pbx.sip.uas import UasSession


class Orders:
    """Performs `SipEffect`s; an order for a leg that has just ended does nothing."""

    __slots__ = ("_location", "_placing", "_registrations", "_stack", "_trunks")

    def __init__(self, stack: Stack, location: LocationService, trunks: TrunkClients) -> None:
        self._stack = stack
        self._location, self._trunks = location, trunks
        self._registrations: dict[str, Registration] = {}
        self._placing: dict[LegId, Placing] = {}

    def perform(self, order: SipEffect, now: float) -> None:
        """Perform one order; MisuseError when a leg id is used twice or UAS orders go to a UAC leg."""
        match order:
            case LookUpAor():
                self._look_up(order)
            case PlaceCall():
                self._place(order, now)
            case Register():
                self._register(order, now)
            case Ring() | Forward() | Progress() | Answer() | Reject():
                self._respond(order, now)
            case Reinvite() | AcceptReinvite() | RefuseReinvite():
                self._reinvite(order, now)
            case AnswerOffer():
                session = self._session(order.leg)
                if session is not None:
                    prack.answer_offer(session, order, now)
            case AcceptTransfer() | RefuseTransfer() | ReportTransfer() | Refer() | TellIdentity():
                refer.perform(self._stack, order, now)
            case AnswerRecord():
                record_key.answer(self._stack, order, now)
            case SendInfo():
                digit_info.send(self._stack, order, now)
            case HangUp():
                self._hang_up(order, now)

    def _session(self, leg: LegId) -> InviteSession | None:
        return self._stack.legs.get(leg)

    def _look_up(self, order: LookUpAor) -> None:
        """A domain that is not ours has no users: no tenant's phones stand in for another's."""
        tenant = self._stack.settings.domains.get(order.domain.lower())
        contacts = () if tenant is None else self._location.contacts((tenant, order.user), order.instance)
        self._stack.emit(AorFound(token=order.token, contacts=contacts))

    def _place(self, order: PlaceCall, now: float) -> None:
        if order.leg in self._stack.legs or order.leg in self._placing:
            raise MisuseError("a leg id was used twice")
        order = self._trunks.routed(order)
        if order.server is None:
            self._call(order, now)
            return
        placing = Placing(self._stack, order, self._call)
        self._placing[order.leg] = placing
        placing.begin(now)
        self._placing = {leg: one for leg, one in self._placing.items() if not one.is_over}

    def _call(self, order: PlaceCall, now: float) -> None:
        self._placing.pop(order.leg, None)
        self._stack.legs[order.leg] = UacSession(self._stack, order, now)

    def _hang_up(self, order: HangUp, now: float) -> None:
        session, placing = self._session(order.leg), self._placing.pop(order.leg, None)
        if placing is not None:
            placing.hang_up(order)
        if session is not None:
            session.hang_up(order, now)

    def _register(self, order: Register, now: float) -> None:
        registration = self._registrations.get(order.aor)
        if registration is None:
            try:
                registration = self._registrations[order.aor] = Registration(self._stack, order)
            except ParseError as error:
                raise MisuseError(f"an AoR that is no SIP URI: {error}") from None
        registration.renew(order, now)
        if order.expires_s == 0:
            del self._registrations[order.aor]

    def _respond(self, order: Ring | Forward | Progress | Answer | Reject, now: float) -> None:
        session = self._session(order.leg)
        if session is None:
            return
        if not isinstance(session, UasSession):
            raise MisuseError(f"{type(order).__name__} on a leg that we called")
        match order:
            case Ring():
                session.ring(order, now)
            case Forward():
                session.forward(order, now)
            case Progress():
                session.progress(order, now)
            case Answer():
                session.answer(order, now)
            case Reject():
                session.reject(order, now)

    def _reinvite(self, order: Reinvite | AcceptReinvite | RefuseReinvite, now: float) -> None:
        session = self._session(order.leg)
        if session is None:
            return  # LegEnded has told the call layer
        match order:
            case Reinvite():
                reinvite.offer(session, order, now)
            case AcceptReinvite():
                reinvite.accept(session, order, now)
            case RefuseReinvite():
                reinvite.refuse(session, order, now)
