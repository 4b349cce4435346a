"""Typed header values: Via, the name-addr headers (From, To, Contact, Route ...) and CSeq (RFC 3261 §20)."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from pbx.core.errors import MisuseError, ParseError
from pbx.sip.grammar import (
    HOST,
    QUOTED,
    TOKEN_CLASS,
    Params,
    bracketed,
    find_param,
    format_params,
    parse_host,
    parse_number,
    parse_params,
    parse_port,
    quote,
    replace_param,
    split_commas,
    unbracketed,
    unquote,
)

__all__ = [
    "CSeq",
    "NameAddr",
    "Via",
    "parse_cseq",
    "parse_name_addr",
    "parse_via",
    "split_commas",
]

MAX_CSEQ = 2**31 - 1  # §8.1.1.5
MAX_REMEMBERED = 256  # characters of an address; only a stranger writes longer ones
MAGIC_COOKIE = "z9hG4bK"  # §8.1.1.7

_VIA = re.compile(
    rf"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*({TOKEN_CLASS}++)[ \t]++({HOST})[ \t]*+(?::[ \t]*([0-9]++)[ \t]*+)?"
    r"(;.*+)?",
    re.IGNORECASE,
)
_URI_TEXT = r"[A-Za-z][A-Za-z0-9+.\-]*+:[!#-;=?-~]+"  # visible ASCII without quote and angle brackets
_NAME_ADDR = re.compile(
    rf"(?:({QUOTED})[ \t]*+|([^\"<>;,:@]*+))<({_URI_TEXT})>[ \t]*+(;.*+)?",
    re.DOTALL,
)
_ADDR_SPEC = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+:[!#-+\--:=@-~]++)[ \t]*+(;.*+)?")  # no `;`, `,` or `?`
_CSEQ = re.compile(rf"([0-9]++)[ \t]++({TOKEN_CLASS}++)")
_UNSAFE_URI = re.compile(r"[\x00-\x20<>\"\x7f]")


@dataclass(frozen=True, slots=True)
class Via:
    """One Via element; `host` is without brackets, `transport` upper case."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @property
    def branch(self) -> str | None:
        """The transaction identifier."""
        return find_param(self.params, "branch")

    @property
    def rport(self) -> str | None:
        """RFC 3581: None = absent, "" = asked for, digits = filled in."""
        return find_param(self.params, "rport")

    @property
    def received(self) -> str | None:
        """The source address the next hop saw, without brackets."""
        value = find_param(self.params, "received")
        return None if value is None else unbracketed(value)

    def with_param(self, name: str, value: str | None) -> "Via":
        """Return a copy with one parameter set."""
        return replace(self, params=replace_param(self.params, name, value))

    def written(self, params: Params) -> str:
        """Return the element with these parameters in the place of its own."""
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {bracketed(self.host)}{port}{format_params(params)}"

    def __str__(self) -> str:
        return self.written(self.params)


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A display name, a URI as written, and header parameters."""

    display: str
    uri: str
    params: Params = ()

    @property
    def tag(self) -> str | None:
        """The dialog tag; None when absent or empty."""
        return find_param(self.params, "tag") or None

    def param(self, name: str) -> str | None:
        """Return the unquoted value of a header parameter ("" for a flag), None when absent."""
        return find_param(self.params, name.lower())

    def with_param(self, name: str, value: str | None) -> "NameAddr":
        """Return a copy with one parameter set."""
        return replace(self, params=replace_param(self.params, name, value))

    def __str__(self) -> str:
        if _UNSAFE_URI.search(self.uri):
            raise MisuseError("a URI with blanks, quotes or angle brackets was not escaped")
        display = f"{quote(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{format_params(self.params)}"


@dataclass(frozen=True, slots=True)
class CSeq:
    """A CSeq value."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_via(text: str) -> Via:
    """Return one Via element; ParseError 400."""
    match = _VIA.fullmatch(text.strip(" \t"))
    if match is None:
        raise ParseError("malformed Via")
    transport, host, port, params = match.groups()
    return Via(
        transport.upper(),
        parse_host(host),
        None if port is None else parse_port(port),
        parse_params(params or ""),
    )


def parse_name_addr(text: str) -> NameAddr:
    """Return one name-addr or addr-spec with its header parameters; ParseError 400.

    Without angle brackets every parameter belongs to the header (§20.10).
    """
    text = text.strip(" \t")
    return _remembered(text) if len(text) <= MAX_REMEMBERED else _name_addr(text)


def _name_addr(text: str) -> NameAddr:
    match = _NAME_ADDR.fullmatch(text)
    if match is not None:
        quoted, bare, uri, params = match.groups()
        display = unquote(quoted) if quoted else (bare or "").strip(" \t")
        return NameAddr(display, uri, parse_params(params or ""))
    match = _ADDR_SPEC.fullmatch(text)
    if match is None:
        raise ParseError("malformed address")
    return NameAddr("", match[1], parse_params(match[2] or ""))


_remembered = lru_cache(maxsize=1024)(_name_addr)  # all messages of a dialog have the same From and To


def parse_cseq(text: str) -> CSeq:
    """Return a CSeq value; ParseError 400."""
    match = _CSEQ.fullmatch(text)
    if match is None:
        raise ParseError("malformed CSeq")
    return CSeq(parse_number(match[1], MAX_CSEQ, "CSeq"), match[2])
