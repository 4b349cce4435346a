"""Terminals of the SIP grammar (RFC 3261 §25.1): tokens, quoted strings, parameters, lists, numbers."""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address

from pbx.core.errors import ParseError

Params = tuple[tuple[str, str | None], ...]

MAX_DIGITS = 20  # of a number without leading zeros: 64 bits
MAX_LIST = 64  # elements of one comma list; the longest Via and Route sets seen in practice are under 20
MAX_PARAMS = 64  # parameters of one header element

TOKEN_CLASS = r"[A-Za-z0-9\-.!%*_+`'~]"  # noqa: S105  # grammar, not a secret
QUOTED = r'"(?:[^"\\]++|\\.)*+"'
HOST = r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9_.])?"
TOKEN = re.compile(TOKEN_CLASS + "+")

_PARAM = re.compile(
    rf"[ \t]*;[ \t]*({TOKEN_CLASS}++)[ \t]*+(?:=[ \t]*+({QUOTED}|[^\s;,\"<>\\]++)[ \t]*+)?",
)
_ELEMENT = re.compile(rf'(?:[^,"<]++|{QUOTED}|<(?:[^<>"]++|{QUOTED})*+>)*+')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NEEDS_ESCAPE = re.compile(r'(["\\])')
_THREE_COLONS = re.compile(r":::(?=[0-9]+\.[0-9.]+\Z)")
_PORT_MAX = 65535


def parse_number(text: str, limit: int, what: str) -> int:
    """Return an unsigned decimal of ASCII digits not above `limit`; ParseError 400 otherwise."""
    digits = text.strip(" \t")
    if digits.isascii() and digits.isdigit():
        significant = digits if len(digits) <= MAX_DIGITS else digits.lstrip("0") or "0"
        if len(significant) <= MAX_DIGITS and (number := int(significant)) <= limit:
            return number
    raise ParseError(f"{what} is not a number up to {limit}")


def parse_port(text: str) -> int:
    """Return a port 1-65535."""
    port = parse_number(text, _PORT_MAX, "port")
    if port == 0:
        raise ParseError("port is 0")
    return port


def unquote(text: str) -> str:
    """Return the content of a quoted string, or the text itself when it is not quoted."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    content = text[1:-1]
    return _ESCAPED.sub(r"\1", content) if "\\" in content else content


def quote(text: str) -> str:
    """Return `text` as a quoted string."""
    escaped = _NEEDS_ESCAPE.sub(r"\\\1", text)
    return f'"{escaped}"'


def split_commas(value: str) -> list[str]:
    """Return the elements of a comma list; commas in quotes and angle brackets do not split.

    ParseError 400 on an empty element, an unbalanced quote or bracket, or more than MAX_LIST elements.
    """
    if "," not in value:
        elements = [value.strip(" \t")]
    elif '"' not in value and "<" not in value:
        elements = [part.strip(" \t") for part in value.split(",", MAX_LIST)]
    else:
        elements = _split_guarded(value)
    if len(elements) > MAX_LIST:
        raise ParseError(f"a list has more than {MAX_LIST} elements")
    if "" in elements:
        raise ParseError("a list has an empty element")
    return elements


def _split_guarded(value: str) -> list[str]:
    elements: list[str] = []
    position = 0
    while len(elements) <= MAX_LIST:
        match = _ELEMENT.match(value, position)
        assert match is not None  # the pattern matches the empty string
        elements.append(match.group().strip(" \t"))
        position = match.end()
        if position == len(value):
            break
        if value[position] != ",":
            raise ParseError("a quote or an angle bracket is not closed")
        position += 1
    return elements


def parse_params(text: str) -> Params:
    """Return `;name=value` parameters as written (quoted values keep their quotes).

    ParseError 400 on other text, on more than MAX_PARAMS, and on a name given twice (§7.3.1).
    """
    if not text:
        return ()
    found: list[tuple[str, str | None]] = []
    position, end = 0, len(text)
    while position < end:
        match = _PARAM.match(text, position)
        if match is None or len(found) >= MAX_PARAMS:
            raise ParseError("malformed parameters")
        found.append((match[1], match[2]))
        position = match.end()
    if len(found) > 1 and len({name.lower() for name, _ in found}) != len(found):
        raise ParseError("a parameter is given twice")
    return tuple(found)


def find_param(params: Params, name: str) -> str | None:
    """Return the unquoted value of a parameter ("" for a flag), None when absent. `name` is lower case."""
    for key, value in params:
        if key == name or key.lower() == name:
            return unquote(value) if value else ""
    return None


def replace_param(params: Params, name: str, value: str | None) -> Params:
    """Return `params` with one parameter set in its place, or appended."""
    lower = name.lower()
    if any(key.lower() == lower for key, _ in params):
        return tuple((key, value if key.lower() == lower else old) for key, old in params)
    return (*params, (name, value))


def format_params(params: Iterable[tuple[str, str | None]]) -> str:
    """Return `;name=value` text."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params])


def parse_host(text: str) -> str:
    """Return a host as a plain literal or name; ParseError 400 for brackets around no IPv6 address.

    RFC 5118 §4.10: three colons before an IPv4 part are what the grammar of RFC 3261 wrote for two.
    """
    if not text.startswith("["):
        return text
    literal = _THREE_COLONS.sub("::", text[1:-1])
    try:
        IPv6Address(literal)
    except ValueError:
        raise ParseError("malformed IPv6 reference") from None
    return literal


def bracketed(host: str) -> str:
    """Return a host as it stands in SIP text: IPv6 literals get brackets."""
    return f"[{host}]" if ":" in host else host


def unbracketed(host: str) -> str:
    """Return a host as a plain literal or name."""
    return host[1:-1] if host.startswith("[") else host
