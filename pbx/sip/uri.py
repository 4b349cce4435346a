"""SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966): a value with an unescaped user part."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from pbx.core.errors import ParseError
from pbx.sip.grammar import HOST, Params, bracketed, find_param, format_params, parse_host, parse_port

MAX_URI = 2048  # octets; phones cut far below, and a Request-URI has to fit a datagram

_USER_SAFE = "-_.!~*'()&=+$,;?/"  # §25.1 mark and user-unreserved, besides letters and digits
_PASSWORD_SAFE = "-_.!~*'()&=+$,"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+):(.*)", re.DOTALL)
# `#` in a user part is not legal, but phones send it for star codes.
_SIP = re.compile(
    r"(?:((?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})++)"
    r"(?::((?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*+))?@)?"
    rf"({HOST})(?::([0-9]{{1,5}}))?"
    r"((?:;[^;?\s<>\"@]++)*+)(?:\?([^?\s<>\"@]*+))?"
)
_TEL = re.compile(r"(\+?[0-9A-Fa-f*#.()\-]++)((?:;[^;?\s<>\"]++)*+)")
_SEPARATORS = str.maketrans("", "", "-.()")  # RFC 3966 §5.1.1 visual separators
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# §19.1.4: present in only one of two URIs, these make them different.
_NEVER_IMPLIED = ("user", "ttl", "method", "maddr", "transport")


@dataclass(frozen=True, slots=True)
class SipUri:
    """A URI; `user` and `password` are unescaped, `host` has no brackets, the rest is as written.

    A tel URI has its number, without visual separators, in `user` and no host.
    """

    scheme: str
    user: str
    host: str
    port: int | None = None
    params: Params = ()
    headers: tuple[tuple[str, str], ...] = ()
    password: str | None = None

    @property
    def transport(self) -> str | None:
        """The transport parameter in lower case."""
        value = find_param(self.params, "transport")
        return value.lower() if value else None

    def param(self, name: str) -> str | None:
        """Return a URI parameter ("" for a flag), None when absent."""
        return find_param(self.params, name.lower())

    def __str__(self) -> str:
        if self.scheme == "tel":
            return f"tel:{self.user}{format_params(self.params)}"
        password = "" if self.password is None else f":{quote(self.password, safe=_PASSWORD_SAFE)}"
        user = f"{quote(self.user, safe=_USER_SAFE)}{password}@" if self.user else ""
        port = "" if self.port is None else f":{self.port}"
        headers = "&".join(f"{name}={value}" for name, value in self.headers)
        tail = f"?{headers}" if headers else ""
        return f"{self.scheme}:{user}{bracketed(self.host)}{port}{format_params(self.params)}{tail}"

    def __repr__(self) -> str:
        return f"SipUri({self.scheme}:{self.host or '...'})"  # user parts are phone numbers


@lru_cache(maxsize=512)  # one request names the same few URIs in several places
def parse_uri(text: str) -> SipUri:
    """Return the URI; ParseError 416 for a foreign scheme, 400 for a malformed URI.

    Escapes that are not UTF-8 are refused, and escaped control characters with 404: the grammar has them,
    but no user is called so, and the user part goes into logs and look-ups.
    """
    if len(text) > MAX_URI or not text.isascii():
        raise ParseError("a URI is too long or not ASCII")
    match = _SCHEME.fullmatch(text)
    if match is None:
        raise ParseError("a URI without scheme")
    scheme = match[1].lower()
    if scheme == "tel":
        return _tel(match[2])
    if scheme not in ("sip", "sips"):
        raise ParseError("unsupported URI scheme", 416)
    return _sip(scheme, match[2])


def _sip(scheme: str, text: str) -> SipUri:
    match = _SIP.fullmatch(text)
    if match is None:
        raise ParseError("malformed SIP URI")
    user, password, host, port, params, headers = match.groups()
    return SipUri(
        scheme,
        _unescape(user) if user else "",
        parse_host(host),
        None if port is None else parse_port(port),
        _params(params),
        () if headers is None else _headers(headers),
        None if password is None else _unescape(password),
    )


def _tel(text: str) -> SipUri:
    match = _TEL.fullmatch(text)
    number = match[1].translate(_SEPARATORS) if match else ""
    if match is None or number in ("", "+"):
        raise ParseError("malformed tel URI")
    return SipUri("tel", number, "", None, _params(match[2]))


def _params(text: str) -> Params:
    if not text:
        return ()
    found: list[tuple[str, str | None]] = []
    for part in text[1:].split(";"):
        name, equals, value = part.partition("=")
        if not name:
            raise ParseError("malformed URI parameters")
        found.append((name, value if equals else None))
    if len({name.lower() for name, _ in found}) != len(found):
        raise ParseError("a URI parameter is given twice")
    return tuple(found)


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        if not name or not equals:
            raise ParseError("malformed URI headers")
        found.append((name, value))
    return tuple(found)


def _unescape(text: str) -> str:
    if "%" not in text:
        return text
    try:
        plain = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise ParseError("an escape in a URI is not UTF-8") from None
    if _CONTROL.search(plain):
        raise ParseError("an escaped control character in a URI", 404)
    return plain


def _canonical(pairs: Params | tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {
        unquote_to_bytes(name).lower().decode("latin-1"): unquote_to_bytes(value or "")
        .lower()
        .decode("latin-1")
        for name, value in pairs
    }


def equivalent(one: SipUri, other: SipUri) -> bool:
    """Return whether two URIs are the same resource by RFC 3261 §19.1.4.

    A URI with transport and one without differ, as in the examples there.
    """
    if (one.scheme, one.user, one.password, one.port) != (
        other.scheme,
        other.user,
        other.password,
        other.port,
    ) or one.host.lower() != other.host.lower():
        return False
    left, right = _canonical(one.params), _canonical(other.params)
    if any((name in left) != (name in right) for name in _NEVER_IMPLIED):
        return False
    if any(left[name] != right[name] for name in left.keys() & right.keys()):
        return False
    return _canonical(one.headers) == _canonical(other.headers)
