"""Admission of requests outside a dialog: a list of steps, each answers or lets pass (RFC 3261 §8.2)."""

from collections.abc import Iterator
from dataclasses import replace

from pbx.core.address import Remote
from pbx.core.errors import ParseError
from pbx.sip.defence.defence import Defence
from pbx.sip.defence.failures import AuthFailures
from pbx.sip.digest import Authorization, NonceKeeper, challenges, parse_authorization, verify
from pbx.sip.edge import is_address
from pbx.sip.events import DeviceOrigin, GuesserBanned, HelpHeard, TrunkOrigin
from pbx.sip.message import Request
from pbx.sip.request_checks import CHECKS, REGISTER_CHECKS, SILENCE, Admitted, Candidate, Reply, Step, Verdict
from pbx.sip.settings import EndpointSettings
from pbx.sip.trunk.identification import Identification
from pbx.sip.trunk.peer import TrunkPeer
from pbx.sip.uri import SipUri, parse_uri

MAX_AUTHORIZATIONS = 8  # one per realm and algorithm of the proxies on the way
ANYONE = TrunkOrigin(trunk="peer", tenant="")


class Admission:
    """Runs the steps in order; the last one always decides."""

    __slots__ = ("_defence", "_nonces", "_register_steps", "_settings", "_steps", "_trunks", "failures")

    def __init__(self, settings: EndpointSettings, nonce_key: bytes, defence: Defence) -> None:
        self._nonces = NonceKeeper(nonce_key)
        self.failures = AuthFailures(settings.defence.bans)
        self._defence = defence
        self.swap(settings)
        self._steps: tuple[Step, ...] = (*CHECKS, self._recognise_trunk, self._authenticate)
        self._register_steps: tuple[Step, ...] = (*REGISTER_CHECKS, self._authenticate)

    def swap(self, settings: EndpointSettings) -> None:
        """Know other neighbours from now on; nonces and their counts stay, bans end.

        ConfigError for no network.
        """
        trunks = Identification(settings.trunks)
        self._settings, self._trunks = settings, trunks
        self.failures.lift(settings.defence.bans)
        self._defence.swap(settings.defence, trunks, settings.edges)

    def decide(
        self, request: Request, source: Remote, now: float, certified: tuple[str, ...] = ()
    ) -> Reply | Admitted:
        """Return the verdict on a request outside any dialog; nothing is remembered but nonce counts.

        `source` is where it came from; a trusted edge there is looked through. `certified` are the domains
        that the certificate of the peer at `source` proved.
        """
        uris = _uris(request)
        if isinstance(uris, Reply):
            return SILENCE if self.ignores(request, source) else uris
        uri, from_uri, to_uri = uris
        try:
            origin = self._settings.edges.origin(request, source)
        except ParseError as error:
            return Reply(error.status)
        proved = certified if origin == source else ()  # an edge proves itself, not who stands behind it
        is_register = request.method == "REGISTER"  # carriers do not register with us
        peers = () if is_register else self._trunks.candidates(request, uri, origin, proved)
        if request.method != "INVITE":  # who is told by a user alone might be anybody until he calls
            peers = tuple(peer for peer in peers if peer.conditions)
        if not peers and self._ignores(request, origin.host):
            return SILENCE
        candidate = Candidate(request, origin, uri, from_uri, to_uri, now, peers)
        for step in self._register_steps if is_register else self._steps:
            verdict = step(candidate)
            if verdict is not None:
                return verdict
        return Reply(403)

    def ignores(self, request: Request, source: Remote) -> bool:
        """Whether a stranger's request names no domain of ours and deserves no answer."""
        try:
            host = self._settings.edges.origin(request, source).host
        except ParseError:
            host = source.host
        return self._ignores(request, host)

    def _ignores(self, request: Request, host: str) -> bool:
        return self._defence.ignores(host, self._named(request), self._settings.domains)

    def _named(self, request: Request) -> Iterator[str]:
        """Yield the domains that a request means; a telephone may register at our address instead."""
        is_register = request.method == "REGISTER"
        for text in (request.uri, (request.to if is_register else request.from_).uri):
            host = _host(text)
            yield next(iter(self._settings.domains), "") if is_register and is_address(host) else host

    def _recognise_trunk(self, candidate: Candidate) -> Verdict:
        if self._settings.accept_calls_from_anyone and candidate.request.method != "REGISTER":
            return Admitted(ANYONE)
        match candidate.peers:
            case (peer,) if not peer.user:
                return _of_trunk(peer)
        return None

    def _authenticate(self, candidate: Candidate) -> Verdict:
        request = candidate.request
        claimed = candidate.to_uri if request.method == "REGISTER" else candidate.from_uri
        domains = (self._domain_of(peer) for peer in candidate.peers if peer.conditions)
        realm = self._realm(*domains, claimed.host, candidate.uri.host)
        authorization = _authorization(request, realm)
        if authorization is None:
            return self._challenge(candidate.source, realm, candidate.now)
        state = self._nonces.check(authorization.nonce, candidate.source.host, int(candidate.now))
        if state != "good":
            return self._challenge(candidate.source, realm, candidate.now, stale=state == "stale")
        if authorization.uri != request.uri:
            return Reply(400)  # RFC 7616 §3.4.6
        host, now, user = candidate.source.host, candidate.now, (realm, authorization.username)
        if self.failures.is_barred(host, user, now):
            return self._hear_help(authorization, realm, candidate)
        if not self._is_proven(authorization, realm, candidate):
            notice = self._note_failure(candidate.source, user, authorization, now)
            return replace(self._challenge(candidate.source, realm, now), notice=notice)
        if not self._nonces.accept_count(authorization.nonce, authorization.nonce_count):
            return self._challenge(candidate.source, realm, now, stale=True)
        self.failures.proved(host, user, now)
        self._defence.prove(host)
        return self._proven(authorization.username, realm, candidate, claimed)

    def _hear_help(self, authorization: Authorization, realm: str, candidate: Candidate) -> Verdict:
        """Refuse who is barred, unless he calls for help with the right password (CF-42).

        To a guesser it all looks alike, but for the one right guess, which reaches the emergency services.
        """
        host, now, user = candidate.source.host, candidate.now, (realm, authorization.username)
        is_help = candidate.request.method == "INVITE" and self.is_help(realm, candidate.uri)
        if not is_help or not self.failures.hears_help(host, user, now):
            return Reply(403)
        if not self._is_proven(authorization, realm, candidate):
            self.failures.failed_help(host, user, now)
            return Reply(403)
        if not self._nonces.accept_count(authorization.nonce, authorization.nonce_count):
            return self._challenge(candidate.source, realm, now, stale=True)
        verdict = self._proven(authorization.username, realm, candidate, candidate.from_uri)
        if not isinstance(verdict, Admitted):
            return verdict
        return replace(verdict, notice=HelpHeard(source=host, realm=realm, user=authorization.username))

    def is_help(self, realm: str, uri: SipUri) -> bool:
        """Whether a telephone of this domain calls for help."""
        return self._settings.is_help(self.tenant_of(realm), uri.user)

    def _proven(self, username: str, realm: str, candidate: Candidate, claimed: SipUri) -> Verdict:
        """Who a proven user is: a carrier calls under any name, a telephone under its own only."""
        tenant = self.tenant_of(realm)
        is_register = candidate.request.method == "REGISTER"
        if any((peer.tenant, peer.user) == (tenant, username) for peer in self._settings.trunks):
            found = [peer for peer in candidate.peers if (peer.tenant, peer.user) == (tenant, username)]
            return _of_trunk(found[0]) if found else Reply(403)
        if username != claimed.user or (is_register and self._is_foreign(candidate)):
            return Reply(403)
        return Admitted(DeviceOrigin(tenant=tenant, extension=username))

    def _note_failure(
        self, source: Remote, user: tuple[str, str], authorization: Authorization, now: float
    ) -> GuesserBanned | None:
        """Count a wrong password; carriers and edges are never banned, many users stand behind one."""
        if self._defence.is_neighbour(source.host):
            return None
        return self.failures.failed(source.host, user, authorization.response.reveal(), now)

    def _is_proven(self, authorization: Authorization, realm: str, candidate: Candidate) -> bool:
        """Whether the response is right, with an algorithm of this realm, from where this user may be.

        A stolen password used from outside the user's networks gets the answer of a wrong one.
        """
        lookup, method = self._settings.lookup_ha1, candidate.request.method
        is_right = verify(authorization, method, lambda user, algorithm: lookup(realm, user, algorithm))
        policy = self._settings.lookup_policy((self.tenant_of(realm), authorization.username))
        is_welcome = policy.allows(candidate.source.host)
        return is_right and is_welcome and authorization.algorithm in self._settings.algorithms_of(realm)

    def _is_foreign(self, candidate: Candidate) -> bool:
        """Whether a REGISTER is for a domain that is not ours, or comes from a third party (§10.2).

        A telephone may know us by our address only.
        """
        to_uri, from_uri = candidate.to_uri, candidate.from_uri
        if (to_uri.user, to_uri.host.lower()) != (from_uri.user, from_uri.host.lower()):
            return True
        return to_uri.host.lower() not in self._settings.domains and not is_address(to_uri.host)

    def _challenge(self, source: Remote, realm: str, now: float, *, stale: bool = False) -> Reply:
        if not self._defence.may_challenge(source.host):
            return SILENCE
        nonce = self._nonces.issue(source.host, int(now))
        algorithms = self._settings.algorithms_of(realm)
        values = challenges(realm, nonce, stale=stale, algorithms=algorithms)
        return Reply(401, tuple(("WWW-Authenticate", value) for value in values))

    def _realm(self, *hosts: str) -> str:
        """Return the first host that is a domain of ours, else our first domain."""
        domains = self._settings.domains
        for host in hosts:
            if host.lower() in domains:
                return host.lower()
        return next(iter(domains), self._settings.listen.host)

    def _domain_of(self, peer: TrunkPeer) -> str:
        domains = self._settings.domains
        return next((domain for domain, tenant in domains.items() if tenant == peer.tenant), "")

    def tenant_of(self, realm: str) -> str:
        """Whose SIP domain it is, "" = nobody's."""
        return self._settings.domains.get(realm, "")


def _uris(request: Request) -> tuple[SipUri, SipUri, SipUri] | Reply:
    """Return Request-URI, From and To, or what is wrong with them."""
    try:
        uri = parse_uri(request.uri)
    except ParseError as error:
        return Reply(error.status)
    if uri.scheme not in ("sip", "tel"):
        return Reply(416)
    if uri.headers:
        return Reply(400)  # §19.1.1: no header component in a Request-URI
    try:
        return uri, parse_uri(request.from_.uri), parse_uri(request.to.uri)
    except ParseError as error:
        return Reply(400 if error.status == 416 else error.status)  # 416 speaks of the Request-URI alone


def _host(text: str) -> str:
    try:
        return parse_uri(text).host
    except ParseError:
        return ""


def _of_trunk(peer: TrunkPeer) -> Admitted:
    origin = TrunkOrigin(trunk=peer.name, tenant=peer.tenant)
    return Admitted(origin, peer.trusted, peer.profile, peer.account)


def _authorization(request: Request, realm: str) -> Authorization | None:
    """Return the credentials for our realm; malformed ones count as none."""
    for value in request.headers.get_all("Authorization")[:MAX_AUTHORIZATIONS]:
        try:
            found = parse_authorization(value)
        except ParseError:
            continue
        if found.realm == realm:
            return found
    return None
