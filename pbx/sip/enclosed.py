"""Enclosed: what an INVITE carries beside its offer, which a header field refers to (RFC 5621 §8.1)."""

from pbx.core.ids import Ids
from pbx.sip.bodies import SDP
from pbx.sip.message import Request
from pbx.sip.multipart import Part, join

BY_REFERENCE = "by-reference;handling=optional"  # who does not know it may take the call all the same
GEOLOCATION = "geolocation"  # option tag (RFC 6442 §4.4)


def enclose(request: Request, part: Part, ids: Ids) -> None:
    """Put a part beside the description of an INVITE, which is the first one."""
    kind, body = join((Part(content_type=SDP, body=request.body), part), ids)
    headers = request.headers
    headers.set("MIME-Version", "1.0")
    headers.set("Content-Type", kind)
    headers.set("Supported", f"{headers.get('Supported')}, {GEOLOCATION}")
    request.body = body
