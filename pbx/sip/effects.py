"""Orders of the call layer to the SIP endpoint; legs are INVITE dialogs of a B2BUA."""

from dataclasses import dataclass

from pbx.core.address import Remote
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.sip.alert import Alert
from pbx.sip.credentials import DigestCredentials as DigestCredentials
from pbx.sip.locate.rules import ServerName
from pbx.sip.multipart import Part
from pbx.sip.notify.line import LineDialog
from pbx.sip.reliability import Reliable
from pbx.sip.responses import Fields
from pbx.sip.trunk.effects import ServeTrunks


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpAor:
    """Find the registered contacts of a user, or of one device; answered by AorFound(token)."""

    token: Token
    domain: str
    user: str
    instance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall:
    """Send an INVITE on a new leg."""

    leg: LegId
    target: str  # Request-URI
    to: str  # To URI
    from_uri: str
    from_display: str
    remote: Remote  # next hop
    offer: bytes  # SDP; empty = the peer offers (delayed offer)
    max_forwards: int = 70
    asserted_uri: str = ""  # P-Asserted-Identity, to trusted peers only
    credentials: DigestCredentials | None = None
    route: tuple[str, ...] = ()  # Route values, next hop first
    no_reply_s: float | None = None  # without any response the next target is tried; None = timer B
    alert: Alert | None = None  # auto-answer, a ring of its own
    user_agent: str = ""  # what the called telephone says it is, for the form of `alert`
    reliable: Reliable | None = None  # provisional responses; None = as the endpoint
    hops: Fields = ()  # what the next hop is told of the way so far
    fields: Fields = ()  # identity, diversions, signature, and what the peer's rules let pass
    referred_by: str = ""  # URI of the transferor (RFC 3892)
    server: ServerName | None = None  # looked up first; then `remote` does not count
    alternatives: tuple[Remote, ...] = ()  # targets to try after `remote`
    trunk: tuple[str, str] | None = None  # tenant and name of the carrier: our registration there has routes
    metadata: bytes = b""  # makes it a recording session (RFC 7866), and says of what
    enclosed: Part | None = None  # beside the offer, where a caller for help is


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOffer:
    """Answer the offer that came in a response: LegRinging, LegAnswered or ReinviteAnswered with `offer`."""

    leg: LegId
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Send 180."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Send 181: the call goes on to somebody else; `fields` say how it came there."""

    leg: LegId
    fields: Fields = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Send 183 with an SDP answer: early media."""

    leg: LegId
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Send 200 to the INVITE (retransmitted by the UAS core until ACK)."""

    leg: LegId
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Send a final failure to the INVITE."""

    leg: LegId
    status: int
    reason: str = ""
    retry_after_s: int | None = None
    q850: int = 0  # into a Reason header (RFC 6432)
    contacts: tuple[str, ...] = ()  # of a redirection
    card: str = ""  # URL of a signed jCard: whom to complain to (RFC 8688 §3.1)
    warning: str = ""  # for whoever has to find out why, in the peer's log


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinvite:
    """Offer anew inside the dialog; answered by ReinviteAnswered or ReinviteRefused.

    Before the final response it is an UPDATE. `offer` None asks the peer for its offer.
    """

    leg: LegId
    offer: bytes | None
    metadata: bytes = b""  # of a recording session: what has changed, or all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReinvite:
    leg: LegId
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseReinvite:
    leg: LegId
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End the leg in whatever state it is: CANCEL (after the first 1xx), BYE (after ACK), or a 4xx/5xx.

    `cause` and `text` go into a Reason header (RFC 3326), protocol SIP, `q850` into one of its own.
    LegEnded follows for a leg that was not rejected before.
    """

    leg: LegId
    cause: int = 0
    text: str = ""
    q850: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """Answer the INFO of a record key; `reason` goes into a Warning header."""

    leg: LegId
    status: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptTransfer:
    """Answer a REFER with 202; ReportTransfer tells the outcome."""

    leg: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseTransfer:
    """Answer a REFER with a failure; `reason` goes into a Warning header."""

    leg: LegId
    status: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTransfer:
    """Tell the transferor how far the transfer is (NOTIFY with sipfrag); a status from 200 up is the last."""

    leg: LegId
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TellIdentity:
    """Tell the peer of a confirmed leg with whom it talks now; no event follows."""

    leg: LegId
    uri: str
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendInfo:
    """Press a key for the peer of a confirmed leg by SIP INFO; no event follows."""

    leg: LegId
    digit: Secret[str]
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refer:
    """Ask the peer of a leg to call `target` (test phones); TransferReported follows.

    `replaced` is another leg of ours, whose peer the call to `target` takes over.
    """

    leg: LegId
    target: str  # URI
    replaced: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Be a registration client (test phones, later trunks); RegistrationChanged follows."""

    aor: str  # sip:user@domain
    remote: Remote
    credentials: DigestCredentials
    expires_s: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLine:
    """These are all live dialogs of an extension; whoever watches it is told."""

    tenant: str
    extension: str
    dialogs: tuple[LineDialog, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMessages:
    """So many messages wait in a box; its watchers are told."""

    tenant: str
    box: str
    new: int
    old: int


SipEffect = (
    LookUpAor
    | PlaceCall
    | AnswerOffer
    | Ring
    | Forward
    | Progress
    | Answer
    | Reject
    | Reinvite
    | AcceptReinvite
    | RefuseReinvite
    | HangUp
    | AnswerRecord
    | AcceptTransfer
    | RefuseTransfer
    | ReportTransfer
    | TellIdentity
    | SendInfo
    | Refer
    | Register
    | ServeTrunks
    | SetLine
    | SetMessages
)
