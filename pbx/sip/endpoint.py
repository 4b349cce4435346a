"""Endpoint: the SIP side of the engine; packets and orders in, packets and facts out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pbx.core.address import Remote
from pbx.core.errors import MisuseError, ParseError, PeerViolation
from pbx.core.ids import Ids, LegId, hex_id
from pbx.sip import in_dialog, invite_checks
from pbx.sip.admission import Admission
from pbx.sip.bindings.desk import RegistrarDesk
from pbx.sip.bindings.gruu import Gruus
from pbx.sip.defence.buckets import Rate
from pbx.sip.effects import SetLine, SetMessages
from pbx.sip.events import (
    BindingsKept,
    DeviceOrigin,
    EndpointInput,
    EndpointOutput,
    PacketReceived,
    TransportFailed,
)
from pbx.sip.in_dialog_source import is_of_peer, may_cancel
from pbx.sip.invite_session import InviteSession
from pbx.sip.locate.events import DnsAnswered
from pbx.sip.location import LocationService
from pbx.sip.message import Request, Response, parse_message, salvage
from pbx.sip.notify.desk import EventDesk
from pbx.sip.offered import call_offered, dialled_user
from pbx.sip.orders import Orders
from pbx.sip.request_checks import Admitted, Reply, unsupported
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.transfer import peer_identity
from pbx.sip.transfer.replacing import replaced_leg
from pbx.sip.trunk.clients import TrunkClients
from pbx.sip.trunk.effects import ServeTrunks
from pbx.sip.uas import UasSession
from pbx.sip.uri import parse_uri

__all__ = ["Endpoint"]

MAX_LEGS = 20_000  # of one signalling process; beyond, new calls get 503 and old ones go on
HELP_LEGS = 500  # beyond those, for calls to emergency numbers alone


class Endpoint:
    """Routes each input to its transaction, dialog, registrar or leg; keeps no state of its own."""

    __slots__ = ("_desk", "_events", "_location", "_orders", "_stack", "_trunks", "admission")

    def __init__(
        self, *, settings: EndpointSettings, ids: Ids, nonce_key: bytes, gruu_key: bytes = b""
    ) -> None:
        """Keys are at least 16 secret octets: `nonce_key` of this run, `gruu_key` of every run."""
        self._stack = Stack(settings, ids, nonce_key)
        location = self._location = LocationService()
        self._desk = RegistrarDesk(self._stack, location, Gruus(gruu_key or nonce_key, ids))
        self.admission = Admission(settings, nonce_key, self._stack.defence)
        self._trunks = TrunkClients(self._stack)
        self._orders = Orders(self._stack, location, self._trunks)
        self._events = EventDesk(self._stack, location)

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, monotonic seconds."""
        stack = self._stack
        desks = (self._desk.deadline, self._events.deadline)
        own = (stack.transactions.deadline, stack.deadlines.deadline, stack.locator.deadline)
        dues = (*own, *desks)
        return min((due for due in dues if due is not None), default=None)

    @property
    def n_legs(self) -> int:
        """How many legs are alive."""
        return len(self._stack.legs)

    @property
    def n_dialogs(self) -> int:
        """How many INVITE dialogs are remembered, of ended legs too until their BYE is answered."""
        return len(self._stack.dialogs)

    @property
    def n_referrals(self) -> int:
        """How many REFERs wait for their outcome."""
        return len(self._stack.referrals)

    @property
    def stopped(self) -> Mapping[str, int]:
        """How many packets and answers the defence stopped, by reason."""
        return self._stack.defence.counts

    def is_neighbour(self, host: str) -> bool:
        """Whether an address is this machine's, a carrier's or an edge's."""
        return self._stack.defence.is_neighbour(host)

    def pace_of(self, host: str) -> Rate:
        """How many messages are taken from a stream of `host`."""
        return self._stack.defence.pace_of(host)

    @property
    def n_transactions(self) -> int:
        """How many transactions are remembered."""
        return len(self._stack.transactions)

    @property
    def n_leaving(self) -> int:
        """How many of our bindings at carriers are being removed."""
        return self._trunks.n_leaving

    @property
    def n_bindings(self) -> Mapping[str, int]:
        """How many telephones are registered, each binding for itself, by tenant."""
        return self._location.n_bindings

    @property
    def n_subscriptions(self) -> int:
        """How many subscriptions are alive."""
        return self._events.n_subscriptions

    def handle(self, event: EndpointInput, now: float) -> list[EndpointOutput]:
        """Take one packet, transport failure or order; MisuseError only for wrong orders of our own."""
        match event:
            case PacketReceived():
                self._receive(event, now)
            case TransportFailed():
                self._transport_failed(event.remote, now)
            case DnsAnswered():
                self._stack.locator.answered(event, now)
            case ServeTrunks():
                self._trunks.serve(event, now)
            case SetLine() | SetMessages():
                self._events.perform(event, now)
            case _:
                self._orders.perform(event, now)
        self._events.settle(now)
        return self._flush()

    def tick(self, now: float) -> list[EndpointOutput]:
        """Run every timer that is due."""
        self._stack.transactions.tick(now)
        for owner in self._stack.deadlines.pop_due(now):
            owner.tick(now)
        self._stack.locator.tick(now)
        self._desk.tick(now)
        self._events.settle(now)
        return self._flush()

    def restore(self, kept: Iterable[BindingsKept], now: float) -> list[EndpointOutput]:
        """Take the bindings that an earlier run has kept."""
        kept = tuple(kept)
        hosts = (one.remote.host for of_user in kept for one in of_user.bindings)
        self._stack.defence.revive(hosts, now)
        self._desk.restore(kept, now)
        return self._flush()

    def swap(self, settings: EndpointSettings, now: float = 0.0) -> list[EndpointOutput]:
        """Serve other domains, trunks and users from now on; legs and transactions go on.

        A binding stays when its user has the same credentials in the same domain as before. ConfigError
        for a trunk's network, MisuseError for another address of our own; nothing has changed then.
        """
        before = self._stack.settings
        if _fixed(settings) != _fixed(before):
            raise MisuseError("an endpoint keeps its addresses and timers")
        self.admission.swap(settings)
        self._desk.swap(settings, now)
        self._stack.settings = settings
        self._desk.follow(now)
        self._events.swap()
        return self._flush()

    def _flush(self) -> list[EndpointOutput]:
        out, self._stack.out = self._stack.out, []
        return out

    def _receive(self, packet: PacketReceived, now: float) -> None:
        octets, source = packet.octets, packet.remote
        if not self._stack.defence.lets_in(octets, source, now):
            return
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
        self._request(message, packet, now)

    def _answer_malformed(self, octets: bytes, source: Remote, status: int) -> None:
        request = salvage(octets) if status else None
        if request is not None:
            self._refuse(request, source, status)

    def _refuse(self, request: Request, source: Remote, status: int) -> None:
        """Answer what is out of place, unless a stranger means none of ours."""
        if not self.admission.ignores(request, source):
            self._stack.reply(request, source, status)

    def _request(self, request: Request, packet: PacketReceived, now: float) -> None:
        source = packet.remote
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
            self._out_of_dialog(request, packet, now)

    def _cancel(self, cancel: Request, source: Remote, now: float) -> None:
        """Answer 481 or 200 whatever comes of it, then let the INVITE's session decide (§9.2)."""
        invite = self._stack.transactions.invite_of(cancel)
        if invite is None or not may_cancel(self._stack, invite.remote, source):
            self._refuse(cancel, source, 481)
            return
        transaction = self._stack.transactions.accept(cancel, source)
        session = invite.user if isinstance(invite.user, InviteSession) else None
        tag = session.dialogs[0].local_tag if session and session.dialogs else ""
        self._stack.respond(transaction, 200, now=now, to_tag=tag)
        if session is not None and not invite.is_final:
            session.on_cancel(cancel, now)

    def _in_dialog(self, request: Request, source: Remote, now: float) -> None:
        key = (request.call_id, request.to.tag or "", request.from_.tag or "")
        session = self._stack.dialogs.get(key)
        dialog = next((one for one in session.dialogs if one.id == key), None) if session else None
        if dialog is not None and not is_of_peer(self._stack, self._location, dialog, source):
            self._stack.defence.counts["foreign"] += 1
            if request.method != "ACK":
                self._refuse(request, source, 403)
            return
        if request.method == "ACK":
            if session is not None:
                session.on_ack(request, now)
            return
        if session is None and not self._events.has(request):
            self._refuse(request, source, 481)
            return
        refusal = unsupported(request)
        if refusal is not None:
            self._stack.reply(request, source, refusal.status, refusal.fields)
            return
        transaction = self._stack.transactions.accept(request, source)
        if session is None or dialog is None:
            self._events.serve(transaction, now)
            return
        try:
            dialog.receive(request, source)
            identified = peer_identity.take(session.leg, dialog, request)
        except PeerViolation as violation:
            self._stack.respond(transaction, violation.status, now=now)
            return
        in_dialog.serve(session, request, transaction, now)
        if identified is not None and not session.ended:
            self._stack.emit(identified)

    def _out_of_dialog(self, request: Request, packet: PacketReceived, now: float) -> None:
        source = packet.remote
        verdict = self.admission.decide(request, source, now, packet.certified)
        if isinstance(verdict, Reply):
            if verdict.status:
                self._stack.reply(request, source, verdict.status, verdict.fields)
            if verdict.notice is not None:
                self._stack.emit(verdict.notice)
        elif request.method == "INVITE" and self._is_full(verdict, request):
            self._stack.reply(request, source, 503, (("Retry-After", "10"),))
        elif request.method == "INVITE" and (refusal := invite_checks.refusal(request, self._stack.settings)):
            self._stack.reply(request, source, *refusal)
        else:
            if verdict.notice is not None:
                self._stack.emit(verdict.notice)
            transaction = self._stack.transactions.accept(request, source)
            self._admitted(verdict, transaction, now)

    def _is_full(self, verdict: Admitted, request: Request) -> bool:
        """Whether there is no room for another call; calls for help have some that no other gets."""
        n_legs, origin = len(self._stack.legs), verdict.origin
        if n_legs < MAX_LEGS or not isinstance(origin, DeviceOrigin):
            return n_legs >= MAX_LEGS
        is_help = self._stack.settings.is_help(origin.tenant, parse_uri(request.uri).user)
        return not is_help or n_legs >= MAX_LEGS + HELP_LEGS

    def _admitted(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        if transaction.request.method == "REGISTER":
            self._desk.serve(verdict, transaction, now)
            return
        try:
            if transaction.request.method in self._events.methods:
                self._events.take(verdict.origin, transaction, now)
            else:
                self._offer(verdict, transaction, now)
        except PeerViolation as violation:
            self._stack.respond(transaction, violation.status, now=now)

    def _offer(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        stack = self._stack
        replaces = replaced_leg(stack, transaction.request)
        user, instance = self._desk.callee(parse_uri(transaction.request.uri), verdict.origin.tenant)
        hops = stack.loops.pass_on(transaction.request, verdict.origin.tenant, user)
        if hops is None:
            raise PeerViolation("a loop through ourselves", 482)
        leg = LegId(hex_id(stack.ids, 8))
        session = UasSession(stack, leg, transaction)
        stack.legs[leg] = session
        offered = call_offered(leg, verdict, transaction.request, transaction.remote)
        for dialog in session.dialogs:
            stack.dialogs[dialog.id] = session
            offered = replace(offered, dialog=dialog.id)
        stack.respond(transaction, 100, now=now)
        called = dialled_user(user, verdict, transaction.request)
        stack.emit(replace(offered, called=called, called_instance=instance, hops=hops, replaces=replaces))

    def _transport_failed(self, remote: Remote, now: float) -> None:
        self._stack.transactions.transport_failed(remote, now)
        if remote.is_stream:
            for session in list(self._stack.dialogs.values()):
                session.on_connection_lost(remote)
            self._events.connection_lost(remote)
            self._desk.connection_lost(remote, now)


def _fixed(settings: EndpointSettings) -> tuple[object, ...]:
    """Return what stands in messages that are on their way."""
    return (settings.listen, settings.listeners, settings.timers)


def check_views(message: Request | Response) -> None:
    """Touch the header views that sessions read; ParseError 400 here instead of in a state machine."""
    _ = message.contacts, message.record_routes, message.content_type
    if isinstance(message, Request) and message.method == "REGISTER":
        _ = message.expires
