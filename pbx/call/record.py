"""The call record (CDR): one per call, with its legs."""

from dataclasses import dataclass
from datetime import datetime

from pbx.consent.effects import ConsentProof
from pbx.core.ids import CallId, LegId
from pbx.media.events import StreamQuality

LOST = "unknown"  # direction of a call of which only its recording is left


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRecord:
    """One leg; times are aware UTC, None = did not happen."""

    leg: LegId
    role: str  # "caller" or "callee"
    party: str  # "trunk/carrier", "extension/1001"
    number: str  # as presented, "" = withheld
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str = ""  # SIP status or "bye", "cancel", "media_timeout", "crash" ...
    heard: StreamQuality | None = None  # of the party, by us
    sent: StreamQuality | None = None  # of us, as the party reports it


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call; saved when offered (`ended_at` None) and again when it ended."""

    call: CallId
    tenant: str
    direction: str  # "inbound", "outbound", "internal"; "unknown" = only its recording is left of the call
    called: str
    caller_number: str
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""  # "caller", "callee", "system"
    cause: str = ""
    route: str = ""  # "did 01632960100 -> flow support"
    recording: str = ""
    recording_state: str = "none"  # none, recording, recorded, failed, not_consented
    recording_reason: str = ""
    consents: tuple[str, ...] = ()
    verification: str = ""  # "V0", "V1", "V2" or "" = not asked
    customer: str = ""  # opaque reference
    verstat: str = ""  # "TN-Validation-Passed" ... or "" = not asked
    attestation: str = ""  # "A", "B", "C" or ""
    purpose: str = ""  # of a call that leaves for the network: "service", "marketing", else ""
    legs: tuple[LegRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A recording that a caller leaves in a box."""

    recording: str
    tenant: str
    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One party's consent in one call, immutable."""

    consent: str
    call: CallId
    tenant: str
    at: datetime
    proof: ConsentProof
