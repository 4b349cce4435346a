"""RegistrarDesk: REGISTER from admission to its answer, and what becomes of bindings afterwards."""

from collections.abc import Iterable

from pbx.core.address import Remote
from pbx.core.errors import ParseError, PeerFault, PeerViolation
from pbx.sip.bindings.answer import Gruus as GruuPair
from pbx.sip.bindings.answer import answer_fields
from pbx.sip.bindings.contact import IntervalTooBrief
from pbx.sip.bindings.gruu import Gruus
from pbx.sip.bindings.kept import keep, revive
from pbx.sip.bindings.outbound import supports
from pbx.sip.bindings.prober import Prober
from pbx.sip.events import BindingsKept, DeviceOrigin, RegistrationChanged
from pbx.sip.location import Aor, Binding, LocationService
from pbx.sip.message import Headers, Request
from pbx.sip.registrar import Registrar
from pbx.sip.request_checks import Admitted
from pbx.sip.settings import EndpointSettings
from pbx.sip.stack import Stack
from pbx.sip.transaction import Transaction
from pbx.sip.uri import SipUri, equivalent, parse_uri

# Stands for a REGISTER that has its answer, which is all that a retransmission asks for: requests kept until
# timer J would each take memory that no cache knows.
ANSWERED = Request("REGISTER", "", Headers())


class RegistrarDesk:
    """Serves REGISTER, and tells the call layer whose bindings changed."""

    __slots__ = ("_gruus", "_location", "_prober", "_registrar", "_stack")

    def __init__(self, stack: Stack, location: LocationService, gruus: Gruus) -> None:
        self._stack, self._location, self._gruus = stack, location, gruus
        self._registrar = Registrar(location)
        self._prober = Prober(stack, location, self._judged)

    @property
    def deadline(self) -> float | None:
        """When the next binding expires."""
        return self._location.deadline

    def serve(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        """Answer an admitted REGISTER."""
        try:
            self._register(verdict, transaction, now)
        except IntervalTooBrief as error:
            fields = (("Min-Expires", str(error.min_expires_s)),)
            self._stack.respond(transaction, error.status, now=now, fields=fields)
        except PeerFault as fault:
            self._stack.respond(transaction, fault.status, now=now)
        transaction.request = ANSWERED

    def tick(self, now: float) -> None:
        """Remove what has expired."""
        self._lost(self._location.expire(now), now)

    def connection_lost(self, remote: Remote, now: float) -> None:
        """Remove the bindings behind a closed connection."""
        self._lost(self._location.drop_connection(remote), now)

    def restore(self, kept: Iterable[BindingsKept], now: float) -> None:
        """Take the bindings of an earlier run: of users we still know, as far as they can be reached."""
        settings = self._stack.settings
        for one in kept:
            aor = (one.tenant, one.user)
            is_known = _credentials(settings, (aor,))[aor] is not None
            alive = [revive(binding, settings.wall, now) for binding in one.bindings] if is_known else []
            for binding in alive:
                if binding is not None:
                    self._location.bind(aor, binding)
            self._prober.follow(aor, now)
            if len(self._location.bindings(aor)) < len(one.bindings):
                self._keep(aor)

    def follow(self, now: float) -> None:
        """Ask the telephones as the settings say now."""
        for aor in self._location.aors:
            self._prober.follow(aor, now)

    def swap(self, settings: EndpointSettings, now: float) -> None:
        """Forget whose user, domain or password is another one in the new settings."""
        aors = self._location.aors
        known, known_now = _credentials(self._stack.settings, aors), _credentials(settings, aors)
        gone = [aor for aor in aors if known.get(aor) != known_now.get(aor)]
        for aor in gone:
            self._location.forget(aor)
        self._lost(gone, now)

    def callee(self, uri: SipUri, tenant: str) -> tuple[str, str]:
        """Return user and instance that a Request-URI means, the instance "" for no GRUU (RFC 5627 §5.3).

        PeerViolation 404 for a GRUU of another tenant, or a temporary one that is over.
        """
        if uri.param("gr") is None:
            return uri.user, ""
        domain = uri.host.lower()
        target = self._gruus.resolve(uri, domain)
        if target is None or self._stack.settings.domains.get(domain) != tenant:
            raise PeerViolation("a GRUU of nobody", 404)
        if not target.device:
            return target.user, target.instance
        for one in self._location.bindings((tenant, target.user)):
            if one.instance and self._gruus.device(one.instance, one.call_id) == target.device:
                return target.user, one.instance
        raise PeerViolation("a GRUU that is over", 404)

    def _register(self, verdict: Admitted, transaction: Transaction, now: float) -> None:
        request, settings = transaction.request, self._stack.settings
        if not isinstance(verdict.origin, DeviceOrigin):
            raise PeerViolation("a trunk does not register", 403)
        aor = (verdict.origin.tenant, verdict.origin.extension)
        _check_contacts(request, settings)
        before = self._location.bindings(aor)
        registered = self._registrar.register(
            aor,
            request,
            transaction.remote,
            now,
            policy=settings.lookup_policy(aor),
            edges=settings.edges,
        )
        pairs = self._pairs(aor, registered.bindings) if supports(request, "gruu") else []
        fields = answer_fields(registered, now, settings.wall.time(now), pairs)
        self._stack.respond(transaction, 200, now=now, fields=fields)
        after = registered.bindings
        if _targets(after) != _targets(before):
            self._report([aor])
            self._prober.follow(aor, now)
            self._keep(aor)
        elif request.contacts:
            self._keep(aor, is_refresh=True)

    def _lost(self, aors: list[Aor], now: float) -> None:
        self._report(aors)
        for aor in aors:
            self._prober.follow(aor, now)
            self._keep(aor)

    def _judged(self, aor: Aor) -> None:
        self._keep(aor, is_refresh=True)

    def _keep(self, aor: Aor, *, is_refresh: bool = False) -> None:
        settings = self._stack.settings
        if settings.keeps_bindings:
            bindings = tuple(keep(one, settings.wall) for one in self._location.bindings(aor))
            kept = BindingsKept(tenant=aor[0], user=aor[1], bindings=bindings, is_refresh=is_refresh)
            self._stack.out.append(kept)

    def _pairs(self, aor: Aor, bindings: tuple[Binding, ...]) -> list[GruuPair | None]:
        """Return the GRUUs of each binding that names its device (RFC 5627 §5.2)."""
        return [self._pair(aor, binding) if binding.instance else None for binding in bindings]

    def _pair(self, aor: Aor, binding: Binding) -> GruuPair:
        user, domain = aor[1], self._domain(aor)
        device = self._gruus.device(binding.instance, binding.call_id)
        public = self._gruus.public(user, domain, binding.instance)
        return public, self._gruus.temporary(user, domain, device)

    def _domain(self, aor: Aor) -> str:
        domains = self._stack.settings.domains
        return next((name for name, of in domains.items() if of == aor[0]), aor[0])

    def _report(self, aors: list[Aor]) -> None:
        for aor in aors:
            n_contacts = len(self._location.bindings(aor))
            changed = RegistrationChanged(aor=f"sip:{aor[1]}@{self._domain(aor)}", n_contacts=n_contacts)
            self._stack.emit(changed)


def _targets(bindings: Iterable[Binding]) -> list[tuple[object, ...]]:
    """Return what makes contacts differ: where a call would go, and in which order."""
    return [(one.uri, one.remote, one.q, one.path) for one in bindings]


def _check_contacts(request: Request, settings: EndpointSettings) -> None:
    """Refuse contacts that lead back to us: PeerViolation 403 (RFC 5627 §5.1), 400 for no URI."""
    to_uri = parse_uri(request.to.uri)
    for contact in request.contacts:
        try:
            uri = parse_uri(contact.uri)
        except ParseError:
            raise PeerViolation("a contact that is no SIP URI", 400) from None
        is_aor = equivalent(uri, to_uri)
        is_ours = (uri.host, uri.port or 5060) == (settings.listen.host, settings.listen.port)
        if is_aor or is_ours or uri.param("gr") is not None:
            raise PeerViolation("a contact that leads back to the registrar", 403)


def _credentials(settings: EndpointSettings, aors: tuple[Aor, ...]) -> dict[Aor, str | None]:
    """Return the HA1 of each user, None = unknown; it covers the domain, the name and the password."""
    domains = {tenant: domain for domain, tenant in settings.domains.items()}
    return {
        (tenant, user): settings.lookup_ha1(domains.get(tenant, ""), user, "SHA-256") for tenant, user in aors
    }
