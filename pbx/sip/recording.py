"""What the messages of a recording session have that others have not (RFC 7866 §6.1.1, §9)."""

from dataclasses import dataclass

from pbx.core.ids import Ids, LegId
from pbx.sip.bodies import SDP
from pbx.sip.message import Request
from pbx.sip.multipart import Part, find, is_multipart, join

SIPREC = "siprec"  # option tag of a recording session (RFC 7866 §11.1.1)
FEATURE = "+sip.src"  # of the Contact of a session recording client (§11.2.1)
METADATA = "application/rs-metadata+xml"
METADATA_REQUEST = "application/rs-metadata-request"
ACCEPT = "application/sdp, application/rs-metadata, application/rs-metadata-request"
DISPOSITION = "recording-session"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataRequested:
    """The recorder wants to be told everything again (§9.2)."""

    leg: LegId


def dress(request: Request, metadata: bytes, ids: Ids) -> None:
    """Make an INVITE with a description one of a recording session, which only a recorder takes."""
    headers = request.headers
    contact = headers.get("Contact")
    if contact is not None:
        headers.set("Contact", f"{contact};{FEATURE}")
    if headers.get("Require") is None:
        headers.add("Require", SIPREC)
    else:
        headers.set("Require", f"{headers.get('Require')}, {SIPREC}")
    headers.set("Accept", ACCEPT)
    if not metadata:
        return
    told = Part(content_type=METADATA, body=metadata, disposition=DISPOSITION)
    if request.body:
        kind, body = join((Part(content_type=SDP, body=request.body), told), ids)
        headers.set("MIME-Version", "1.0")
    else:
        kind, body = METADATA, metadata
        headers.set("Content-Disposition", DISPOSITION)
    headers.set("Content-Type", kind)
    request.body = body


def asks_for_metadata(request: Request) -> bool:
    """Whether a request of a recorder asks for a snapshot, beside an offer or without one."""
    if request.content_type == METADATA_REQUEST:
        return True
    kind = request.headers.get("Content-Type") or ""
    return is_multipart(request.content_type) and find(kind, request.body, METADATA_REQUEST) is not None
