"""What the parts of one endpoint share: output, transactions, dialogs, legs, deadlines, our identity."""

import hashlib
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Protocol

from pbx.core.address import Remote
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import Ids, LegId, hex_id
from pbx.sip.credentials import DigestCredentials
from pbx.sip.defence.defence import Defence
from pbx.sip.dialog import DialogId
from pbx.sip.digest import answer_challenge
from pbx.sip.events import EndpointOutput, SendPacket, SipEvent
from pbx.sip.headers import MAGIC_COOKIE
from pbx.sip.hops import LoopGuard
from pbx.sip.locate.effects import AskDns
from pbx.sip.locate.locator import Locator
from pbx.sip.message import Request, Response
from pbx.sip.repeat_credit import RepeatCredit
from pbx.sip.responses import Fields, response_to, warning
from pbx.sip.settings import EndpointSettings
from pbx.sip.size_switch import SizeSwitch
from pbx.sip.transaction import Transaction
from pbx.sip.transaction_layer import TransactionLayer
from pbx.sip.trunk.identification import Identification

if TYPE_CHECKING:
    from pbx.sip.digit_info import DigitInfos
    from pbx.sip.invite_session import InviteSession
    from pbx.sip.transfer.referral import Referral

CONTACT_TRANSPORT = {"wss": "ws"}  # RFC 7118 §5.2: the URI parameter has no "wss"
STATELESS_TAG_BYTES = 4  # it names no dialog, and answers to strangers have to be small
TAG_BYTES = 8  # RFC 3261 §19.3 asks for 32 random bits; 64 make dialogs unguessable


class Ticking(Protocol):
    """Something with a deadline in `Stack.deadlines`."""

    def tick(self, now: float) -> None:
        """The deadline passed."""
        ...

    def __hash__(self) -> int:
        """Identity: owners are keys of a DeadlineHeap."""
        ...


class Stack:
    """The workbench of one endpoint; holds no rule of SIP itself."""

    __slots__ = (
        "_tag_key",
        "deadlines",
        "defence",
        "dialogs",
        "digit_infos",
        "ids",
        "legs",
        "locator",
        "loops",
        "out",
        "record_keys",
        "recordings",
        "referrals",
        "repeat_credit",
        "settings",
        "transactions",
    )

    def __init__(self, settings: EndpointSettings, ids: Ids, tag_key: bytes) -> None:
        self.settings = settings
        self.ids = ids
        self.out: list[EndpointOutput] = []
        self.transactions = TransactionLayer(settings.timers, self, SizeSwitch(settings.listeners))
        self.deadlines: DeadlineHeap[Ticking] = DeadlineHeap()
        self.dialogs: dict[DialogId, InviteSession] = {}
        self.legs: dict[LegId, InviteSession] = {}
        self.defence = Defence(settings.defence, Identification(settings.trunks), settings.edges)
        self.record_keys: dict[LegId, Transaction] = {}  # INFO requests that wait for their answer
        self.recordings: set[LegId] = set()  # legs whose peer is a recorder (RFC 7866)
        self.referrals: dict[LegId, Referral] = {}  # running ones; they outlive their leg
        self.digit_infos: dict[LegId, DigitInfos] = {}  # of those who have still to be told a key
        self.locator = Locator(ids, self._ask, settings.abilities)
        self.repeat_credit = RepeatCredit()
        self._tag_key = tag_key[:64]
        self.loops = LoopGuard(tag_key, ids)

    def send(self, octets: bytes, remote: Remote) -> None:
        """Put one message on the wire."""
        self.out.append(SendPacket(octets=octets, remote=remote))

    def may_repeat(self, remote: Remote) -> bool:
        """Whether a response that nobody acknowledged may be sent once more; it costs credit (S-16)."""
        return self.repeat_credit.take(remote)

    def _ask(self, question: AskDns) -> None:
        self.out.append(question)

    def emit(self, event: SipEvent) -> None:
        """Tell the call layer."""
        self.out.append(event)

    def tag(self) -> str:
        """Return a new dialog tag."""
        return hex_id(self.ids, TAG_BYTES)

    def via(self, remote: Remote) -> str:
        """Return a Via value with a new branch."""
        branch = MAGIC_COOKIE + hex_id(self.ids, TAG_BYTES)
        address = self.settings.public_address(remote)
        return f"SIP/2.0/{remote.transport.upper()} {address};rport;branch={branch}"

    def contact(self, remote: Remote, user: str = "pbx") -> str:
        """Return our Contact for a peer on this transport."""
        name = CONTACT_TRANSPORT.get(remote.transport, remote.transport)
        transport = f";transport={name}" if remote.is_stream else ""
        return f"<sip:{user}@{self.settings.public_address(remote)}{transport}>"

    def reply(self, request: Request, source: Remote, status: int, fields: Fields = ()) -> None:
        """Answer without a transaction: same request, same answer, same tag (§8.2.7).

        Whoever has not proved himself may get less of it, or nothing.
        """
        tag = self._stateless_tag(request)
        response = response_to(request, status, source=source, to_tag=tag, fields=self.signed(fields))
        octets = self.defence.fit(response, source)
        if octets is not None:
            self.send(octets, source)

    def respond(
        self,
        transaction: Transaction,
        status: int,
        *,
        now: float,
        to_tag: str = "",
        fields: Fields = (),
        body: bytes = b"",
    ) -> None:
        """Answer in a transaction; a body is SDP."""
        tag = to_tag or self._stateless_tag(transaction.request)
        request, source = transaction.request, transaction.remote
        if body:
            fields = (*fields, ("Content-Type", "application/sdp"))
        fields = self.signed((*fields, *warning(status, str(self.settings.public_address(source)))))
        response = response_to(request, status, source=source, to_tag=tag, fields=fields)
        response.body = body
        self.transactions.respond(transaction, response, now)

    def signed(self, fields: Fields = ()) -> Fields:
        """Return `fields` with our Server header."""
        return (*fields, ("Server", self.settings.user_agent))

    def authorize(self, request: Request, response: Response, credentials: DigestCredentials) -> str | None:
        """Return the header value that answers a 401 or 407, None when we have no answer to it."""
        name = "WWW-Authenticate" if response.status == 401 else "Proxy-Authenticate"
        cnonce = hex_id(self.ids, TAG_BYTES)
        values = response.headers.get_all(name)
        return answer_challenge(values, request.method, request.uri, credentials, cnonce=cnonce)

    def _stateless_tag(self, request: Request) -> str:
        text = f"{request.call_id}:{request.top_via.branch}:{request.from_.tag}"
        tag = hashlib.blake2b(text.encode(), key=self._tag_key, digest_size=STATELESS_TAG_BYTES).digest()
        return urlsafe_b64encode(tag).rstrip(b"=").decode()


def retry_request(request: Request, *, via: str, number: int, answer: tuple[str, str]) -> Request:
    """Return `request` again with credentials, a new branch and the next CSeq (§22.2)."""
    again = repeat_request(request, via=via, number=number)
    again.headers.set(*answer)
    return again


def repeat_request(request: Request, *, via: str, number: int) -> Request:
    """Return `request` with a new branch and the next CSeq."""
    headers = request.headers.copy()
    headers.set("Via", via)
    headers.set("CSeq", f"{number} {request.method}")
    return Request(request.method, request.uri, headers, request.body)
