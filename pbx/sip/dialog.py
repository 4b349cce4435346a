"""Dialog: the peer-to-peer relation of RFC 3261 §12, and the requests inside it."""

from dataclasses import replace

from pbx.core.address import Remote
from pbx.core.errors import ParseError, PeerViolation
from pbx.sip.capabilities import option_tags
from pbx.sip.exchange import Exchange
from pbx.sip.headers import parse_name_addr
from pbx.sip.message import Headers, Request, Response
from pbx.sip.uri import parse_uri

SIP_PORT = 5060
CREDENTIALS = ("Authorization", "Proxy-Authorization")
DialogId = tuple[str, str, str]  # Call-ID, local tag, remote tag


class Dialog:
    """Route set, targets and sequence numbers of one dialog; `peer` is where it was last heard from."""

    __slots__ = (
        "_local",
        "_proof",
        "_remote",
        "call_id",
        "confirmed",
        "exchange",
        "local_cseq",
        "local_tag",
        "peer",
        "peer_methods",
        "remote_cseq",
        "remote_rseq",
        "remote_tag",
        "remote_target",
        "takes_from_change",
        "route_set",
    )

    def __init__(self, call_id: str, local: tuple[str, str], remote: tuple[str, str], peer: Remote) -> None:
        """`local` and `remote` are (header value with tag, tag)."""
        self.call_id = call_id
        self._local, self.local_tag = local
        self._remote, self.remote_tag = remote
        self.peer = peer
        self.confirmed = False
        self.local_cseq = 0
        self.remote_cseq: int | None = None
        self.remote_rseq: int | None = None  # of its last reliable provisional response (RFC 3262 §4)
        self.remote_target = ""
        self.route_set: tuple[str, ...] = ()
        self.exchange = Exchange()
        self._proof: tuple[int, tuple[tuple[str, str], ...]] = (0, ())  # CSeq and credentials of our INVITE
        self.takes_from_change = False  # whether the peer's last Supported has `from-change` (RFC 4916 §4.3)
        self.peer_methods: frozenset[str] = frozenset()  # of its last Allow (§20.5); empty = it did not say

    @classmethod
    def of_uas(cls, invite: Request, local_tag: str, source: Remote) -> "Dialog":
        """The UAS side (§12.1.1); PeerViolation 400 when the INVITE has no Contact.

        A peer of RFC 2543 tags no From and may send none: its From is the target then (RFC 4475 §3.4.1).
        """
        if not invite.contacts and invite.from_.tag:
            raise PeerViolation("an INVITE without Contact", 400)
        to = invite.headers.get("To") or ""
        local = (f"{to};tag={local_tag}", local_tag)
        remote = (invite.headers.get("From") or "", invite.from_.tag or "")
        dialog = cls(invite.call_id, local, remote, source)
        dialog.remote_cseq = invite.cseq.number
        dialog.remote_target = invite.contacts[0].uri if invite.contacts else invite.from_.uri
        dialog.route_set = tuple(str(route) for route in invite.record_routes)
        dialog.learn_methods(invite)
        return dialog

    @classmethod
    def of_uac(cls, invite: Request, response: Response, peer: Remote) -> "Dialog":
        """The UAC side (§12.1.2), from a response with a To tag."""
        local = (invite.headers.get("From") or "", invite.from_.tag or "")
        remote = (response.headers.get("To") or "", response.to.tag or "")
        dialog = cls(invite.call_id, local, remote, peer)
        dialog.local_cseq = invite.cseq.number
        dialog.remote_target = invite.uri
        dialog.prove(invite)
        dialog.learn(response)
        return dialog

    @property
    def remote_uri(self) -> str:
        """The peer's URI; "" when it made none of it."""
        try:
            return parse_name_addr(self._remote).uri
        except ParseError:
            return ""

    @property
    def id(self) -> DialogId:
        """What requests inside the dialog are matched by."""
        return (self.call_id, self.local_tag, self.remote_tag)

    def learn(self, response: Response) -> None:
        """Take target and route set from a response to the INVITE; a 2xx recomputes them (§13.2.2.4)."""
        if response.contacts:
            self.remote_target = response.contacts[0].uri
        self.route_set = tuple(str(route) for route in reversed(response.record_routes))
        self.learn_methods(response)

    def refresh_target(self, message: Request | Response) -> None:
        """Take the Contact of a re-INVITE, an UPDATE or of their 2xx (§12.2); the route set stays."""
        if message.contacts:
            self.remote_target = message.contacts[0].uri
        self.learn_methods(message)

    def learn_methods(self, message: Request | Response) -> None:
        """Take the methods and extensions that the peer names; a message without them says nothing new."""
        if message.headers.get_all("Supported"):
            self.takes_from_change = "from-change" in option_tags(message, "Supported")
        values = message.headers.get_all("Allow")
        if values:
            self.peer_methods = frozenset(name.strip() for value in values for name in value.split(","))

    def receive(self, request: Request, source: Remote) -> None:
        """Check the order of a request (§12.2.2); PeerViolation 500 when it is older than the last."""
        if self.remote_cseq is not None and request.cseq.number < self.remote_cseq:
            raise PeerViolation("CSeq out of order", 500)
        self.remote_cseq = request.cseq.number
        self.peer = source

    def take_from(self, request: Request) -> bool:
        """Address the peer as it calls itself now (RFC 4916 §4.6); True when its From URI has changed."""
        before = parse_name_addr(self._remote).uri
        if request.from_.uri == before:
            return False
        self._remote = request.headers.get("From") or self._remote
        return True

    def show(self, identity: str) -> bool:
        """Be called `identity` (name-addr) from now on; False when the peer does not take that."""
        if not self.takes_from_change:
            return False
        self._local = f"{identity};tag={self.local_tag}"
        return True

    def request(self, method: str, via: str) -> Request:
        """Return a new request inside the dialog (§12.2.1.1)."""
        self.local_cseq += 1
        return self._request(method, via, self.local_cseq)

    def prove(self, invite: Request) -> None:
        """Keep the credentials of an INVITE of ours for its ACK."""
        fields = [(name, value) for name, value in invite.headers if name in CREDENTIALS]
        self._proof = (invite.cseq.number, tuple(fields))

    def ack(self, via: str, number: int) -> Request:
        """Return the ACK of a 2xx to our INVITE `number`, with the credentials of that (§13.2.2.4)."""
        request = self._request("ACK", via, number)
        proven, fields = self._proof
        for name, value in fields if proven == number else ():
            request.headers.add(name, value)
        return request

    def lose_connection(self) -> None:
        """Forget a closed connection: the next request opens one to where the remote target says."""
        try:
            port = parse_uri(self.remote_target).port or SIP_PORT
        except ParseError:
            port = SIP_PORT
        self.peer = replace(self.peer, port=port, connection=0)

    def _request(self, method: str, via: str, number: int) -> Request:
        uri, routes = self._targets()
        headers = Headers()
        headers.add("Via", via)
        for route in routes:
            headers.add("Route", route)
        headers.add("Max-Forwards", "70")
        headers.add("From", self._local)
        headers.add("To", self._remote)
        headers.add("Call-ID", self.call_id)
        headers.add("CSeq", f"{number} {method}")
        return Request(method, uri, headers)

    def _targets(self) -> tuple[str, tuple[str, ...]]:
        if not self.route_set:
            return self.remote_target, ()
        first = self.route_set[0].partition("<")[2].partition(">")[0]
        if ";lr" in first.lower():
            return self.remote_target, self.route_set
        # §12.2.1.1, strict router: it gets its own URI as Request-URI, the target goes last
        return first, (*self.route_set[1:], f"<{self.remote_target}>")
