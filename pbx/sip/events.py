"""Facts from the SIP endpoint to the call layer, and packets between endpoint and transports."""

from dataclasses import dataclass, field
from datetime import datetime

from pbx.core.address import Remote
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.sip.defence.events import GuesserBanned as GuesserBanned
from pbx.sip.defence.events import HelpHeard as HelpHeard
from pbx.sip.effects import SipEffect
from pbx.sip.hops import Hops
from pbx.sip.identity.diversion import Diversion
from pbx.sip.identity.profile import StirPolicy
from pbx.sip.locate.effects import AskDns
from pbx.sip.locate.events import DnsAnswered
from pbx.sip.record_header import RecordRequested
from pbx.sip.recording import MetadataRequested
from pbx.sip.responses import Fields
from pbx.sip.stir.signed_call import SignedCall
from pbx.sip.stir.verdict import StirVerdict
from pbx.sip.trunk.events import TrunkChanged
from pbx.sip.withdrawn import ReinviteWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkOrigin:
    """The peer was recognised by its source address."""

    trunk: str
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOrigin:
    """The peer proved by digest to be this extension's device."""

    tenant: str
    extension: str


Origin = TrunkOrigin | DeviceOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    """A new INVITE, admitted; the endpoint has sent 100. `offer` None = delayed offer."""

    leg: LegId
    origin: Origin
    called: str  # user part of the Request-URI
    called_domain: str
    from_user: str
    from_display: str
    asserted_user: str  # user part of P-Asserted-Identity from a trusted peer, else ""
    private: bool  # Privacy: id, or an anonymous From
    offer: bytes | None
    source: Remote
    max_forwards: int
    sip_call_id: str
    replaces: LegId | None = None  # the leg whose place it wants (RFC 3891)
    called_instance: str = ""  # of a GRUU: this device only
    hops: Hops = Hops()
    diversions: tuple[Diversion, ...] = ()  # said by a trusted peer, latest first
    extra: Fields = ()  # header fields that the peer's rules let pass
    signed: SignedCall | None = None  # what there is to verify, None = this peer is not asked
    stir: StirPolicy = "off"
    verdict: StirVerdict | None = None
    is_record_aware: bool = False  # wants to be told in SDP whether it is recorded (RFC 7866 §6.3)
    dialog: tuple[str, str, str] = ("", "", "")  # Call-ID, our tag, its tag


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging:
    """A provisional response above 100; `answer` is early SDP if any.

    `offer` comes reliably to an INVITE without one; AnswerOffer answers it.
    """

    leg: LegId
    status: int
    answer: bytes | None = None
    offer: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    """2xx to our INVITE; `answer` is the peer's description as of now, already ACKed.

    With an `offer` instead the ACK waits for AnswerOffer, or for HangUp.
    """

    leg: LegId
    answer: bytes | None
    offer: bytes | None = None
    is_record_aware: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRejected:
    """Final failure to our INVITE, already ACKed; 408 also for a silent peer, 503 for a dead transport."""

    leg: LegId
    status: int
    reason: str
    q850: int = 0  # of its Reason header
    contacts: tuple[str, ...] = ()  # of a 3xx, the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class LegConfirmed:
    """ACK for our 200 arrived; `answer` is the SDP in it (delayed offer)."""

    leg: LegId
    answer: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded:
    """The leg is over: BYE, CANCEL, lost ACK, our own HangUp. The last event of a leg.

    `by_peer` False = we ended it. `cause` is the SIP cause of a Reason header, else 0.
    """

    leg: LegId
    by_peer: bool
    how: str  # "bye", "cancel", "no_ack", "transport", "timeout"
    cause: int = 0
    q850: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinviteOffered:
    """Peer's re-INVITE; `offer` None = it wants our offer. AcceptReinvite or RefuseReinvite answers.

    `source` is the host that it came from.
    """

    leg: LegId
    offer: bytes | None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinviteAnswered:
    """The peer answered an offer of ours, or made the `offer` that we asked for: AnswerOffer answers it."""

    leg: LegId
    answer: bytes | None
    offer: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinviteRefused:
    """Our offer was refused; the session goes on as it was. With `retry_s` ReinviteDue follows then."""

    leg: LegId
    status: int
    retry_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinviteDue:
    """The wait after glare is over (RFC 3261 §14.1): offer anew what is wanted now."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoDigit:
    """A digit by SIP INFO (application/dtmf-relay or application/dtmf)."""

    leg: LegId
    digit: Secret[str]
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerIdentified:
    """The peer says inside the dialog who it is now (RFC 4916); whether to believe it is the call's to say.

    `from_user` "" = its From is the same; `asserted_user` "" = it asserts nothing. `private` = for us only.
    """

    leg: LegId
    from_user: str
    asserted_user: str
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequested:
    """A well-formed REFER in a confirmed dialog. AcceptTransfer or RefuseTransfer answers at once.

    `target` is the user part of Refer-To. An attended one names a dialog in Replaces: `replaced` is its leg,
    None when there is no such dialog.
    """

    leg: LegId
    target: str
    is_attended: bool = False
    replaced: LegId | None = None
    early_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReported:
    """What came of our own REFER: each status that the peer told; from 200 up the last one."""

    leg: LegId
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One registered binding: the Request-URI to use and where to send it.

    `q` in thousandths; contacts with one `device` are ways to the same telephone, to be tried in order.
    `route` are the Route values of RFC 3327, next hop first.
    """

    uri: str
    remote: Remote
    q: int = 1000
    device: str = field(default="", compare=False)
    route: tuple[str, ...] = ()
    user_agent: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AorFound:
    token: Token
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationChanged:
    """Server side: a device's bindings changed. Client side: our registration succeeded or failed."""

    aor: str
    n_contacts: int
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesAsked:
    """Somebody watches a box, or its telephone has registered; SetMessages answers."""

    tenant: str
    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBinding:
    """One binding as it outlives the process: wall-clock times, no connection."""

    uri: str
    remote: Remote
    call_id: str
    cseq: int
    expires_at: datetime
    refreshed_at: datetime
    q: int = 1000
    instance: str = ""
    reg_id: int = 0
    path: tuple[str, ...] = ()
    user_agent: str = ""
    is_reachable: bool | None = None
    rtt_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingsKept:
    """All bindings of one user, to be kept in the place of those kept before; not a matter of calls."""

    tenant: str
    user: str
    bindings: tuple[KeptBinding, ...]
    is_refresh: bool = False  # only times and reachability have changed, which may wait for company


SipEvent = (
    GuesserBanned
    | HelpHeard
    | CallOffered
    | LegRinging
    | LegAnswered
    | LegRejected
    | LegConfirmed
    | LegEnded
    | ReinviteOffered
    | ReinviteAnswered
    | ReinviteRefused
    | ReinviteDue
    | ReinviteWithdrawn
    | InfoDigit
    | RecordRequested
    | MetadataRequested
    | PeerIdentified
    | TransferRequested
    | TransferReported
    | AorFound
    | RegistrationChanged
    | TrunkChanged
    | MessagesAsked
    | BindingsKept
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketReceived:
    """One SIP message's octets (a datagram, or one framed message of a stream).

    `certified` are the domains that the peer's certificate proved (RFC 5922), of trunks that are told by it.
    """

    octets: bytes
    remote: Remote
    certified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportFailed:
    """Sending to `remote` failed or its connection closed; pending client transactions end with 503."""

    remote: Remote


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPacket:
    octets: bytes
    remote: Remote


EndpointInput = PacketReceived | TransportFailed | DnsAnswered | SipEffect
EndpointOutput = SendPacket | AskDns | SipEvent
