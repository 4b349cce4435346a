"""Messages made from another: responses (RFC 3261 §8.2.6), CANCEL (§9.1), ACK of a failure (§17.1.1.3)."""

from pbx.core.address import Remote
from pbx.sip.header_map import entry_of
from pbx.sip.headers import split_commas
from pbx.sip.message import Headers, Request, Response

TRYING = 100
REASONS = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    410: "Gone",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    428: "Use Identity Header",
    430: "Flow Failed",
    436: "Bad Identity Info",
    437: "Unsupported Credential",
    438: "Invalid Identity Header",
    439: "First Hop Lacks Outbound Support",
    440: "Max-Breadth Exceeded",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
    606: "Not Acceptable",
}
CLASS_REASONS = {
    1: "Progress",
    2: "OK",
    3: "Redirected",
    4: "Request Failure",
    5: "Server Failure",
    6: "Global Failure",
}

WARNINGS = {488: (305, "Incompatible media format")}  # §20.43; a 488 has one (§13.3.1.3)

MISCELLANEOUS = 399  # §20.43: free text for whoever reads it

Fields = tuple[tuple[str, str], ...]


def reason_phrase(status: int) -> str:
    """Return the registered phrase, or that of the class."""
    return REASONS.get(status) or CLASS_REASONS[status // 100]


def warning(status: int, agent: str, why: str = "") -> Fields:
    """Return the Warning of a status that has one, or of what is to be told; `agent` warns (§20.43)."""
    found = (MISCELLANEOUS, why.replace('"', "'")) if why else WARNINGS.get(status)
    return () if found is None else (("Warning", f'{found[0]} {agent} "{found[1]}"'),)


def stamped_vias(request: Request, source: Remote) -> list[str]:
    """Return the Via values with the source in the top one (RFC 3261 §18.2.1, RFC 3581 §4)."""
    top = request.top_via
    values = request.headers.get_all("Via")
    stamps: dict[str, str] = {}
    if top.rport is not None:
        stamps = {"rport": str(source.port), "received": source.host}
    elif top.host != source.host:
        stamps = {"received": source.host}
    else:
        return values
    params = [(name, stamps.pop(name.lower(), value)) for name, value in top.params]
    stamped = top.written((*params, *stamps.items()))
    values[0] = ", ".join((stamped, *split_commas(values[0])[1:])) if "," in values[0] else stamped
    return values


def response_to(
    request: Request, status: int, *, source: Remote | None = None, to_tag: str = "", fields: Fields = ()
) -> Response:
    """Return a response with the headers that §8.2.6.2 copies; `to_tag` is added unless there is one.

    A 100 is no answer of the callee: it gets no tag (§17.2.1), and the request's Timestamp (§8.2.6.1).
    `source` is where the request came from; None for a response that stays inside.
    """
    copied = request.headers
    vias = copied.get_all("Via") if source is None else stamped_vias(request, source)
    to = copied.get("To") or ""
    if to_tag and status != TRYING and request.to.tag is None:
        to = f"{to};tag={to_tag}"
    entries = [
        *[("via", "Via", via) for via in vias],
        ("from", "From", copied.get("From") or ""),
        ("to", "To", to),
        ("call-id", "Call-ID", copied.get("Call-ID") or ""),
        ("cseq", "CSeq", copied.get("CSeq") or ""),
    ]
    if status == TRYING and (sent_at := copied.get("Timestamp")) is not None:
        entries.append(("timestamp", "Timestamp", sent_at))
    entries += [entry_of(name, value) for name, value in fields]
    return Response(status, reason_phrase(status), Headers(entries))


def progress(response: Response) -> int:
    """Return the status of a provisional response; one that nobody knows counts as 183 (§8.1.3.2)."""
    return response.status if response.status in REASONS else 183


def local_response(request: Request, status: int) -> Response:
    """Return the 408 or 503 that a client transaction makes for its user when the peer says nothing."""
    return response_to(request, status)


def derived_request(invite: Request, method: str, to: str) -> Request:
    """Return an ACK or CANCEL of `invite`: same Request-URI, top Via, Route, From, Call-ID and number."""
    source = invite.headers
    headers = Headers()
    headers.add("Via", source.get("Via") or "")
    for route in source.get_all("Route"):
        headers.add("Route", route)
    headers.add("Max-Forwards", "70")
    headers.add("From", source.get("From") or "")
    headers.add("To", to)
    headers.add("Call-ID", source.get("Call-ID") or "")
    headers.add("CSeq", f"{invite.cseq.number} {method}")
    return Request(method, invite.uri, headers)


def ack_of_failure(invite: Request, response: Response) -> Request:
    """Return the ACK of a 3xx-6xx."""
    return derived_request(invite, "ACK", response.headers.get("To") or "")


def cancel_of(invite: Request) -> Request:
    """Return the CANCEL of our own INVITE."""
    return derived_request(invite, "CANCEL", invite.headers.get("To") or "")
