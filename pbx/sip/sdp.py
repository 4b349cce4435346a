"""Session descriptions (RFC 8866): the lines that offer/answer reads, everything else left out."""

import re
from dataclasses import dataclass

from pbx.core.audio import Direction
from pbx.core.errors import ParseError
from pbx.sip.grammar import parse_number

MAX_SDP = 64 * 1024  # octets, as a SIP message
MAX_LINES = 1024  # the longest WebRTC offers have about 300
MAX_MEDIA = 32  # m= lines
MAX_FORMATS = 64  # of one m= line; dynamic payload types number 32

FOR_EVER = "0 0"  # of t=: from no beginning to no end, as every call is

_UINT64_MAX = 2**64 - 1
_PORT_MAX = 65535
_FIELD = re.compile(r"[!-~]+")
_TIME = re.compile(r"[0-9]{1,20} [0-9]{1,20}")
_HOST = re.compile(r"[A-Za-z0-9.:_\-]{1,255}")
_DIRECTIONS: dict[str, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "sendonly",
    "recvonly": "recvonly",
    "inactive": "inactive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The o= line."""

    username: str = "-"
    session_id: int
    version: int
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One m= section; `host` is its own c= address, "" when it inherits the session's."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    attributes: tuple[tuple[str, str | None], ...] = ()

    def values(self, name: str) -> list[str]:
        """Return the values of an attribute in order."""
        return [value or "" for key, value in self.attributes if key == name]

    @property
    def rtpmap(self) -> dict[str, str]:
        """Payload type -> encoding in upper case, for example "PCMU/8000"; channels of 1 are cut off."""
        pairs = (value.partition(" ") for value in self.values("rtpmap"))
        return {kind: encoding.strip().upper().removesuffix("/1") for kind, _, encoding in pairs}

    @property
    def fmtp(self) -> dict[str, str]:
        """Payload type -> format parameters."""
        pairs = (value.partition(" ") for value in self.values("fmtp"))
        return {kind: parameters.strip() for kind, _, parameters in pairs}

    @property
    def ptime_ms(self) -> int | None:
        """The packet time asked for; None when absent or no number."""
        values = self.values("ptime")
        try:
            return parse_number(values[0], 1000, "ptime") or None if values else None
        except ParseError:
            return None

    @property
    def direction(self) -> Direction | None:
        """The media-level direction, None when absent."""
        return _direction(self.attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDescription:
    """A whole description; `host` is the session-level c= address, "" when absent, `time` the first t=."""

    origin: Origin
    name: str = "-"
    host: str = ""
    time: str = FOR_EVER
    attributes: tuple[tuple[str, str | None], ...] = ()
    media: tuple[Media, ...] = ()

    def host_of(self, media: Media) -> str:
        """Return the connection address that counts for a section (§5.7)."""
        return media.host or self.host

    def direction_of(self, media: Media) -> Direction:
        """Return the direction that counts for a section; sendrecv when nothing is said (§6.7)."""
        return media.direction or _direction(self.attributes) or "sendrecv"

    def __bytes__(self) -> bytes:
        origin = self.origin
        lines = [
            "v=0",
            f"o={origin.username} {origin.session_id} {origin.version} IN {_connection(origin.host)}",
            f"s={self.name}",
        ]
        if self.host:
            lines.append(f"c=IN {_connection(self.host)}")
        lines.append(f"t={self.time}")
        lines += map(_attribute, self.attributes)
        for media in self.media:
            lines.append(f"m={media.kind} {media.port} {media.protocol} {' '.join(media.formats)}")
            if media.host:
                lines.append(f"c=IN {_connection(media.host)}")
            lines += map(_attribute, media.attributes)
        return ("\r\n".join(lines) + "\r\n").encode()


def _direction(attributes: tuple[tuple[str, str | None], ...]) -> Direction | None:
    return next((_DIRECTIONS[key] for key, _ in attributes if key in _DIRECTIONS), None)


def _connection(host: str) -> str:
    return f"IP6 {host}" if ":" in host else f"IP4 {host}"


def _attribute(pair: tuple[str, str | None]) -> str:
    name, value = pair
    return f"a={name}" if value is None else f"a={name}:{value}"


def parse_sdp(octets: bytes) -> SessionDescription:
    """Return the description; ParseError 400 when it is malformed or beyond a limit.

    Bare LF line ends are accepted (§5); b=, k=, i= and the other lines we have no use for are skipped.
    """
    sections = _sections(_lines(octets))
    if len(sections) > MAX_MEDIA + 1:
        raise ParseError(f"more than {MAX_MEDIA} media lines")
    session = sections[0]
    if not session or session[0] != ("v", "0"):
        raise ParseError("an SDP that does not begin with v=0")
    fields = dict(reversed(session))  # the first of each type counts
    if "o" not in fields or "s" not in fields:
        raise ParseError("an SDP without o= or s=")
    return SessionDescription(
        origin=_parse_origin(fields["o"]),
        name=fields["s"],
        host=_parse_connection(fields["c"]) if "c" in fields else "",
        time=_parse_time(fields.get("t", FOR_EVER)),
        attributes=_parse_attributes(session),
        media=tuple(_parse_media(section) for section in sections[1:]),
    )


def _lines(octets: bytes) -> list[tuple[str, str]]:
    if len(octets) > MAX_SDP:
        raise ParseError("the SDP is too large")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        raise ParseError("the SDP is not UTF-8") from None
    raw = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(raw) > MAX_LINES or "\r" in text.replace("\r\n", "") or "\0" in text:
        raise ParseError("too many SDP lines, or a bare CR or NUL")
    lines: list[tuple[str, str]] = []
    for line in raw:
        if len(line) < 2 or line[1] != "=" or not ("a" <= line[0] <= "z"):
            raise ParseError("malformed SDP line")
        lines.append((line[0], line[2:]))
    return lines


def _sections(lines: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    sections: list[list[tuple[str, str]]] = [[]]
    for line in lines:
        if line[0] == "m":
            sections.append([])
        sections[-1].append(line)
    return sections


def _parse_origin(text: str) -> Origin:
    parts = text.split()
    if len(parts) != 6 or parts[3] != "IN" or _HOST.fullmatch(parts[5]) is None:
        raise ParseError("malformed o=")
    return Origin(
        username=parts[0],
        session_id=parse_number(parts[1], _UINT64_MAX, "o= session id"),
        version=parse_number(parts[2], _UINT64_MAX, "o= version"),
        host=parts[5],
    )


def _parse_time(text: str) -> str:
    if _TIME.fullmatch(text) is None:
        raise ParseError("malformed t= line")
    return text


def _parse_connection(text: str) -> str:
    parts = text.split()
    host = parts[2].partition("/")[0] if len(parts) == 3 else ""
    if not host or parts[0] != "IN" or parts[1] not in ("IP4", "IP6") or _HOST.fullmatch(host) is None:
        raise ParseError("malformed c=")
    return host


def _parse_attributes(lines: list[tuple[str, str]]) -> tuple[tuple[str, str | None], ...]:
    pairs = (text.partition(":") for kind, text in lines if kind == "a")
    return tuple((name, value if colon else None) for name, colon, value in pairs)


def _parse_media(section: list[tuple[str, str]]) -> Media:
    parts = section[0][1].split()
    if len(parts) < 4 or len(parts) > MAX_FORMATS + 3 or not all(map(_FIELD.fullmatch, parts)):
        raise ParseError("malformed m=")
    connections = [text for kind, text in section if kind == "c"]
    return Media(
        kind=parts[0],
        port=parse_number(parts[1].partition("/")[0], _PORT_MAX, "m= port"),
        protocol=parts[2],
        formats=tuple(parts[3:]),
        host=_parse_connection(connections[0]) if connections else "",
        attributes=_parse_attributes(section),
    )
