"""SIP requests and responses: parsed lazily, serialised byte-exact until changed (RFC 3261 §7)."""

import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from pbx.core.errors import MisuseError, ParseError
from pbx.sip.framing import Frame, cut, frame_length
from pbx.sip.grammar import TOKEN, parse_number, split_commas
from pbx.sip.header_map import Headers
from pbx.sip.headers import CSeq, NameAddr, Via, parse_cseq, parse_name_addr, parse_via
from pbx.sip.rescue import rescue

__all__ = ["Headers", "Message", "Request", "Response", "frame_length", "parse_message", "salvage"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MAX_EXPIRES = 2**32 - 1  # §20.19
MAX_MAX_FORWARDS = 255  # §20.22
MAX_CALL_ID = 256  # octets; common stacks send under 80

_REQUEST_LINE = re.compile(r"(\S+) ([A-Za-z][A-Za-z0-9+.\-]*+:[!#-;=?-~]+) SIP/2\.0", re.IGNORECASE)
_ANY_REQUEST_LINE = re.compile(r"\S+ [^\s<>]+ SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?", re.IGNORECASE)
_CALL_ID = re.compile(r"[!-~]+")
_MEDIA_TYPE = re.compile(r"([A-Za-z0-9!#$&^_.+\-]+)[ \t]*/[ \t]*([A-Za-z0-9!#$&^_.+\-]+)[ \t]*(?:;.*)?")


class View(Protocol[T_co]):
    """A typed value of the headers, read once for each state of them."""

    def __get__(self, message: "_Common", owner: type | None = None) -> T_co:
        """Return the value; ParseError 400 when its header is malformed or missing."""
        ...


def view(parse: Callable[[Any], T]) -> View[T]:
    """Make a View of a method that reads headers."""
    name = parse.__name__

    def read(message: "_Common") -> T:
        views = message.headers.views
        if name in views:
            return cast(T, views[name])
        found = views[name] = parse(message)
        return found

    return cast(View[T], property(read, doc=parse.__doc__))


class _Common:
    """What requests and responses share: headers, body and the typed views of the headers.

    A view raises ParseError 400 when its header is malformed or missing. Views of a parsed message that
    `parse_message` let through never raise for top_via, from_, to, call_id, cseq and max_forwards.
    """

    __slots__ = ("_origin", "body", "headers")

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers = headers
        self.body = body
        self._origin: tuple[bytes, Headers, tuple[object, str], bytes] | None = None

    @property
    def start_line(self) -> str:
        """The first line without its end."""
        raise MisuseError("a message is a Request or a Response")

    @property
    def _start(self) -> tuple[object, str]:
        """What the first line is made of."""
        raise MisuseError("a message is a Request or a Response")

    def keep_octets(self, octets: bytes) -> None:
        """Serialise to exactly `octets` until something is changed."""
        self._origin = (octets, self.headers, self._start, self.body)

    def __bytes__(self) -> bytes:
        """Return the octets; Content-Length is always that of the body."""
        headers, body, origin = self.headers, self.body, self._origin
        if (
            origin is not None
            and headers is origin[1]
            and headers.version == 0
            and body is origin[3]
            and self._start == origin[2]
        ):
            return origin[0]
        start_line = self.start_line
        if "\r" in start_line or "\n" in start_line:
            raise MisuseError("a start line with a line end")
        return "\r\n".join((start_line, *headers.lines(len(body)), "", "")).encode() + body

    @view
    def vias(self) -> tuple[Via, ...]:
        """Every Via, top first."""
        values = self.headers.get_all("via")
        return tuple(parse_via(part) for value in values for part in split_commas(value))

    @view
    def top_via(self) -> Via:
        """The Via of the previous hop."""
        return parse_via(split_commas(self._required("via"))[0])

    @view
    def from_(self) -> NameAddr:
        """The From header."""
        return parse_name_addr(self._required("from"))

    @view
    def to(self) -> NameAddr:
        """The To header."""
        return parse_name_addr(self._required("to"))

    @view
    def call_id(self) -> str:
        """The Call-ID."""
        value = self._required("call-id")
        if len(value) > MAX_CALL_ID or _CALL_ID.fullmatch(value) is None:
            raise ParseError("malformed Call-ID")
        return value

    @view
    def cseq(self) -> CSeq:
        """The CSeq."""
        return parse_cseq(self._required("cseq"))

    @property
    def contact_star(self) -> bool:
        """Whether the Contact is `*` (§10.2.2)."""
        return self.headers.get("contact") == "*"

    @view
    def contacts(self) -> tuple[NameAddr, ...]:
        """The Contact addresses; empty for `*`."""
        return () if self.contact_star else self._addresses("contact")

    @view
    def routes(self) -> tuple[NameAddr, ...]:
        """The Route set, next hop first."""
        return self._addresses("route")

    @view
    def record_routes(self) -> tuple[NameAddr, ...]:
        """The Record-Route set as written."""
        return self._addresses("record-route")

    @view
    def max_forwards(self) -> int | None:
        """Hops left, None when absent (RFC 2543 peers)."""
        return self._number("max-forwards", MAX_MAX_FORWARDS)

    @view
    def expires(self) -> int | None:
        """Seconds, None when absent."""
        return self._number("expires", MAX_EXPIRES)

    @view
    def content_type(self) -> str:
        """Lower-case media type without parameters, "" when absent."""
        value = self.headers.get("content-type")
        if value is None:
            return ""
        match = _MEDIA_TYPE.fullmatch(value)
        if match is None:
            raise ParseError("malformed Content-Type")
        return f"{match[1]}/{match[2]}".lower()

    def _required(self, name: str) -> str:
        value = self.headers.get(name)
        if value is None:
            raise ParseError(f"no {name} header")
        return value

    def _addresses(self, name: str) -> tuple[NameAddr, ...]:
        values = self.headers.get_all(name)
        return tuple([parse_name_addr(part) for value in values for part in split_commas(value)])

    def _number(self, name: str, limit: int) -> int | None:
        value = self.headers.get(name)
        return None if value is None else parse_number(value, limit, name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.start_line!r}, {len(self.headers)} headers)"


class Request(_Common):
    """A request; `uri` is the Request-URI as written."""

    __slots__ = ("method", "uri")

    def __init__(self, method: str, uri: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.method = method
        self.uri = uri

    @property
    def start_line(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    @property
    def _start(self) -> tuple[object, str]:
        return (self.method, self.uri)


class Response(_Common):
    """A response."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    @property
    def start_line(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"

    @property
    def _start(self) -> tuple[object, str]:
        return (self.status, self.reason)


Message = Request | Response


def parse_message(octets: bytes) -> Message:
    """Return the message of one datagram or stream frame.

    ParseError with the status to answer a request with (400, 505, 513), or 0 for what gets no answer:
    malformed responses and octets that are not SIP. See `salvage` for what to answer to.
    """
    octets = octets.lstrip(b"\r\n")
    if octets[:4].upper() == b"SIP/":
        try:
            return _checked(_response(cut(octets)), octets)
        except ParseError as error:
            raise ParseError(str(error), 0) from None  # §8.1.3: a bad response is discarded
    request = _request(cut(octets))
    _checked(request, octets)
    if request.cseq.method != request.method:
        raise ParseError("the CSeq method is not that of the request")  # §8.1.1.5
    return request


def _request(frame: Frame) -> Request:
    match = _REQUEST_LINE.fullmatch(frame.start_line)
    if match is None:
        if _ANY_REQUEST_LINE.fullmatch(frame.start_line) is None:
            raise ParseError("malformed request line")
        version = frame.start_line.rpartition("/")[2]
        raise ParseError("malformed Request-URI") if version == "2.0" else ParseError("SIP version", 505)
    method, uri = match.groups()
    if TOKEN.fullmatch(method) is None:
        raise ParseError("malformed method")
    return Request(method, uri, Headers(frame.entries, frame.first), frame.body)


def _response(frame: Frame) -> Response:
    match = _STATUS_LINE.fullmatch(frame.start_line)
    if match is None:
        raise ParseError("malformed status line")
    return Response(int(match[1]), match[2] or "", Headers(frame.entries, frame.first), frame.body)


def _checked(message: Message, octets: bytes) -> Message:
    """Touch what every later step relies on (§8.1.1), so that no state machine has to catch ParseError.

    `octets` begin with the start line.
    """
    _ = (message.top_via, message.from_, message.to, message.call_id, message.cseq, message.max_forwards)
    end = octets.find(b"\r\n\r\n") + 4 + len(message.body)
    message.keep_octets(octets[:end])
    return message


def salvage(octets: bytes) -> Request | None:
    """Return a request good enough to answer with a 4xx/5xx, from octets that `parse_message` refused.

    It has no body and only the header fields that a response copies, mended where they could not be read;
    the CSeq number may still be too large. None when no Via or CSeq is usable, or for an ACK: then there is
    nothing to answer.
    """
    found = rescue(octets)
    if found is None:
        return None
    method, uri, entries = found
    return Request(method, uri, Headers(entries)) if method != "ACK" else None
