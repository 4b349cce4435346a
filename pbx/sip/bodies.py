"""What messages carry: a session description, alone or among other parts."""

from pbx.sip.message import Request, Response
from pbx.sip.multipart import find, is_multipart

SDP = "application/sdp"


def sdp_of(message: Request | Response) -> bytes | None:
    """Return the session description in a message, as its body or as a part of that (RFC 5621 §3.1)."""
    if message.content_type == SDP:
        return message.body or None
    if not message.body or not is_multipart(message.content_type):
        return None
    return find(message.headers.get("Content-Type") or "", message.body, SDP) or None
