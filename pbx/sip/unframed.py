"""The last answer on a stream whose messages cannot be told apart any more (RFC 3261 §18.3)."""

import hashlib

from pbx.core.address import Remote
from pbx.sip.message import salvage
from pbx.sip.responses import response_to

TAG_BYTES = 8


def unframed_answer(octets: bytes, status: int, source: Remote) -> bytes | None:
    """Return a 4xx/5xx to the request that `octets` begin with; None when it cannot be answered."""
    request = salvage(octets) if status else None
    if request is None:
        return None
    # §8.2.7: the same request gets the same tag, without any memory of it
    tag = hashlib.blake2b(f"{request.call_id}:{request.top_via}".encode(), digest_size=TAG_BYTES).hexdigest()
    return bytes(response_to(request, status, source=source, to_tag=tag))
