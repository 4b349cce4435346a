"""Endpoint: the SIP side of the engine; packets and orders in, packets and facts out."""

from pbx.core.address import Remote
from pbx.core.errors import MisuseError, ParseError, PeerViolation
from pbx.core.ids import Ids, LegId, hex_id
from pbx.sip import in_dialog
from pbx.sip.admission import Admission, Admitted, Reply, unsupported
from pbx.sip.effects import SetLine
from pbx.sip.events import (
    DeviceOrigin,
    EndpointInput,
    EndpointOutput,
    PacketReceived,
    RegistrationChanged,
    TransportFailed,
)
from pbx.sip.invite_session import InviteSession
from pbx.sip.location import Aor, LocationService
from pbx.sip.message import Request, Response, parse_message, salvage
from pbx.sip.notify.desk import EventDesk
from pbx.sip.offered import call_offered
from pbx.sip.orders import Orders
from pbx.sip.registrar import MIN_EXPIRES_S, Registrar
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.uas import UasSession
from pbx.sip.uri import parse_uri

__all__ = ["Endpoint"]

MAX_LEGS = 20_000  # of one signalling process; beyond, new calls get 503 and old ones go on


class Endpoint:
    """Routes each input to its transaction, dialog, registrar or leg; keeps no state of its own."""

    __slots__ = ("_admission", "_events", "_location", "_orders", "_registrar", "_stack")

    def __init__(self, *, settings: EndpointSettings, ids: Ids, nonce_key: bytes) -> None:
        """`nonce_key` is at least 16 secret octets; restarts with the same key keep nonces valid."""
        self._stack = Stack(settings, ids, nonce_key)
        self._location = LocationService()
        self._registrar = Registrar(self._location)
        self._admission = Admission(settings, nonce_key)
        self._orders = Orders(self._stack, self._location)
        self._events = EventDesk(self._stack, self._location)

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        stack = self._stack
        dues = (stack.transactions.deadline, stack.deadlines.deadline, self._location.deadline)
        return min((due for due in dues if due is not None), default=None)

    @property
    def n_legs(self) -> int:
        """How many legs are alive."""
        return len(self._stack.legs)

    @property
    def n_transactions(self) -> int:
        """How many transactions are remembered."""
        return len(self._stack.transactions)

    @property
    def n_subscriptions(self) -> int:
        """How many subscriptions are alive."""
        return self._events.n_subscriptions

    def handle(self, event: EndpointInput, now: float) -> list[EndpointOutput]:
        """Take one packet, transport failure or order; MisuseError only for wrong orders of our own."""
        match event:
            case PacketReceived():
                self._receive(event.octets, event.remote, now)
            case TransportFailed():
                self._transport_failed(event.remote, now)
            case SetLine():
                self._events.perform(event, now)
            case _:
                self._orders.perform(event, now)
        return self._flush()

    def tick(self, now: float) -> list[EndpointOutput]:
        """Run every timer that is due."""
        self._stack.transactions.tick(now)
        for owner in self._stack.deadlines.pop_due(now):
            owner.tick(now)
        self._report_bindings(self._location.expire(now))
        return self._flush()

    def swap(self, settings: EndpointSettings) -> list[EndpointOutput]:
        """Serve other domains, trunks and users from now on; legs and transactions go on.

        A binding stays when its user has the same credentials in the same domain as before. ConfigError
        for a trunk's network, MisuseError for another address of our own; nothing has changed then.
        """
        before = self._stack.settings
        if (settings.listen, settings.timers) != (before.listen, before.timers):
            raise MisuseError("an endpoint keeps its address and timers")
        self._admission.swap(settings)
        aors = self._location.aors
        known, known_now = _credentials(before, aors), _credentials(settings, aors)
        gone = [aor for aor in aors if known.get(aor) != known_now.get(aor)]
        for aor in gone:
            self._location.forget(aor)
        self._report_bindings(gone)
        self._stack.settings = settings
        self._events.swap()
        return self._flush()

    def _flush(self) -> list[EndpointOutput]:
        out, self._stack.out = self._stack.out, []
        return out

    def _receive(self, octets: bytes, source: Remote, now: float) -> None:
        try:
            message = parse_message(octets)
        except ParseError as error:
            self._answer_malformed(octets, source, error.status)
            return
        try:
            check_views(message)
            if isinstance(message, Response):
                self._stack.transactions.receive(message, now)
                return
        except ParseError as error:
            self._answer_malformed(octets, source, error.status)
            return
        self._request(message, source, now)

    def _answer_malformed(self, octets: bytes, source: Remote, status: int) -> None:
        request = salvage(octets) if status else None
        if request is not None:
            self._stack.reply(request, source, status)

    def _request(self, request: Request, source: Remote, now: float) -> None:
        transactions = self._stack.transactions
        if transactions.absorb(request, now):
            return
        if request.method == "CANCEL":
            self._cancel(request, source, now)
        elif request.to.tag is not None:
            self._in_dialog(request, source, now)
        elif request.method == "ACK":
            return  # of a failure we answered without a transaction
        elif transactions.is_merged(request):
            self._stack.reply(request, source, 482)
        else:
            self._out_of_dialog(request, source, now)

    def _cancel(self, cancel: Request, source: Remote, now: float) -> None:
        """Answer 481 or 200 whatever comes of it, then let the INVITE's session decide (§9.2)."""
        invite = self._stack.transactions.invite_of(cancel)
        if invite is None:
            self._stack.reply(cancel, source, 481)
            return
        transaction = self._stack.transactions.accept(cancel, source)
        self._stack.respond(transaction, 200, now=now)
        if isinstance(invite.user, InviteSession) and not invite.is_final:
            invite.user.on_cancel(cancel, now)

    def _in_dialog(self, request: Request, source: Remote, now: float) -> None:
        key = (request.call_id, request.to.tag or "", request.from_.tag or "")
        session = self._stack.dialogs.get(key)
        if request.method == "ACK":
            if session is not None:
                session.on_ack(request, now)
            return
        if session is None and not self._events.has(request):
            self._stack.reply(request, source, 481)
            return
        refusal = unsupported(request)
        if refusal is not None:
            self._stack.reply(request, source, refusal.status, refusal.fields)
            return
        transaction = self._stack.transactions.accept(request, source)
        if session is None:
            self._events.serve(transaction, now)
            return
        try:
            dialog = next(one for one in session.dialogs if one.id == key)
            dialog.receive(request, source)
        except PeerViolation as violation:
            self._stack.respond(transaction, violation.status, now=now)
            return
        in_dialog.serve(session, request, transaction, now)

    def _out_of_dialog(self, request: Request, source: Remote, now: float) -> None:
        verdict = self._admission.decide(request, source, now)
        if isinstance(verdict, Reply):
            self._stack.reply(request, source, verdict.status, verdict.fields)
        elif request.method == "INVITE" and len(self._stack.legs) >= MAX_LEGS:
            self._stack.reply(request, source, 503, (("Retry-After", "10"),))
        else:
            transaction = self._stack.transactions.accept(request, source)
            self._admitted(verdict, transaction, now)

    def _admitted(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        try:
            if transaction.request.method == "REGISTER":
                self._register(verdict, transaction, now)
            elif transaction.request.method in self._events.methods:
                self._events.take(verdict.origin, transaction, now)
            else:
                self._offer(verdict, transaction, now)
        except PeerViolation as violation:
            fields = (("Min-Expires", str(MIN_EXPIRES_S)),) if violation.status == 423 else ()
            self._stack.respond(transaction, violation.status, now=now, fields=fields)

    def _register(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        request = transaction.request
        if not isinstance(verdict.origin, DeviceOrigin):
            raise PeerViolation("a trunk does not register", 403)
        aor = (verdict.origin.tenant, verdict.origin.extension)
        before = self._location.contacts(aor)
        fields = self._registrar.register(aor, request, transaction.remote, now)
        self._stack.respond(transaction, 200, now=now, fields=fields)
        if self._location.contacts(aor) != before:
            uri = parse_uri(request.to.uri)
            n_contacts = len(self._location.bindings(aor))
            self._stack.emit(RegistrationChanged(aor=f"sip:{uri.user}@{uri.host}", n_contacts=n_contacts))

    def _offer(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        stack = self._stack
        leg = LegId(hex_id(stack.ids, 8))
        session = UasSession(stack, leg, transaction)
        stack.legs[leg] = session
        for dialog in session.dialogs:
            stack.dialogs[dialog.id] = session
        stack.respond(transaction, 100, now=now)
        stack.emit(call_offered(leg, verdict, transaction.request, transaction.remote))

    def _transport_failed(self, remote: Remote, now: float) -> None:
        self._stack.transactions.transport_failed(remote, now)
        if remote.is_stream:
            for session in list(self._stack.dialogs.values()):
                session.on_connection_lost(remote)
            self._events.connection_lost(remote)
            self._report_bindings(self._location.drop_connection(remote))

    def _report_bindings(self, aors: list[Aor]) -> None:
        for tenant, user in aors:
            domain = next((name for name, of in self._stack.settings.domains.items() if of == tenant), tenant)
            n_contacts = len(self._location.bindings((tenant, user)))
            self._stack.emit(RegistrationChanged(aor=f"sip:{user}@{domain}", n_contacts=n_contacts))


def _credentials(settings: EndpointSettings, aors: tuple[Aor, ...]) -> dict[Aor, str | None]:
    """Return the HA1 of each user, None = unknown; it covers the domain, the name and the password."""
    domains = {tenant: domain for domain, tenant in settings.domains.items()}
    return {
        (tenant, user): settings.lookup_ha1(domains.get(tenant, ""), user, "SHA-256") for tenant, user in aors
    }


def check_views(message: Request | Response) -> None:
    """Touch the header views that sessions read; ParseError 400 here instead of in a state machine."""
    _ = message.contacts, message.record_routes, message.content_type
    if isinstance(message, Request) and message.method == "REGISTER":
        _ = message.expires
