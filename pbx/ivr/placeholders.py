"""Placeholders: `{caller}` in the URL or a parameter of a voice bot, filled in for each call (MED-14).

The names are a closed set, and what the caller enters in secret has none: it is not among the values.
Two braces stand for one.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

OF_CALL = ("caller", "called", "call", "tenant", "verification")
MAX_VALUE = 64  # characters of one value: E.164 has 15 digits, an identifier of ours 32
MAX_NAMES = 16  # in one text: all there are, and some digits
_PART = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_-]{0,31})\}|[{}]", re.ASCII)
_LITERAL = {"{{": "{", "}}": "}"}


def placeholders(text: str) -> tuple[str, ...]:
    """Return the names in `text`, in their order; ValueError for a brace without a name, or too many."""
    found = list(_PART.finditer(text))
    for one in found:
        if one[1] is None and one[0] not in _LITERAL:
            raise ValueError(f"a {one[0]} alone: write it twice, or a name in braces")
    names = tuple(one[1] for one in found if one[1] is not None)
    if len(names) > MAX_NAMES:
        raise ValueError(f"too many values to fill in: at most {MAX_NAMES}")
    return names


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its values, "" for what is not known; what does not print is left out of them."""
    return _PART.sub(lambda part: _LITERAL.get(part[0]) or _value(part, values), text)


def filled_url(url: str, values: Mapping[str, str]) -> str:
    """Return a URL with its values percent-encoded (RFC 3986 §2.1): none ends the part that it stands in."""
    quoted = {name: quote(_printable(value), safe="", errors="replace") for name, value in values.items()}
    return _PART.sub(lambda part: _LITERAL.get(part[0]) or quoted.get(part[1] or "", ""), url)


def _value(part: re.Match[str], values: Mapping[str, str]) -> str:
    return _printable(values.get(part[1] or "", ""))


def _printable(value: str) -> str:
    return "".join(char for char in value[:MAX_VALUE] if char.isprintable())
