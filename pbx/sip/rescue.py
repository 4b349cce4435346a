"""The answerable rest of a malformed request: the header fields that a 400 needs (RFC 3261 §8.2.6)."""

import re

from pbx.sip.framing import MAX_HEADER_LINE, MAX_HEADER_LINES, MAX_MESSAGE, SINGLETONS, Entry
from pbx.sip.grammar import TOKEN
from pbx.sip.header_map import header_key

_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}")
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:[!#-;=?-~]+")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LINE_END = re.compile(rb"\r?\n")
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

# A response copies these (§8.2.6.2); nothing else is needed, so nothing else is trusted.
_COPIED = frozenset({"via", "from", "to", "call-id", "cseq", "timestamp"})
NO_URI = "sip:invalid.invalid"


def rescue(octets: bytes) -> tuple[str, str, list[Entry]] | None:
    """Return method, Request-URI (NO_URI when unusable) and the header fields that a response copies.

    None when the start line is not that of a request.
    """
    head = octets[:MAX_MESSAGE].lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    lines = _LINE_END.split(_FOLD.sub(b" ", head), maxsplit=MAX_HEADER_LINES + 1)[: MAX_HEADER_LINES + 1]
    words = lines[0].decode("ascii", "replace").split()
    if len(words) < 2 or not _METHOD.fullmatch(words[0]) or not _VERSION.fullmatch(words[-1]):
        return None
    uri = words[1] if len(words) == 3 and _URI.fullmatch(words[1]) else NO_URI
    return words[0], uri, _entries(lines[1:])


def _entries(lines: list[bytes]) -> list[Entry]:
    entries: list[Entry] = []
    seen: set[str] = set()
    for line in lines:
        entry = _entry(line)
        if entry is None or (entry[0] in seen and entry[0] in SINGLETONS):
            continue
        seen.add(entry[0])
        entries.append(entry)
    return entries


def _entry(line: bytes) -> Entry | None:
    if len(line) > MAX_HEADER_LINE or _UNPRINTABLE.search(line):
        return None
    try:
        name, colon, value = line.decode().partition(":")
    except UnicodeDecodeError:
        return None
    name = name.strip(" \t")
    key = header_key(name)
    if not colon or key not in _COPIED or TOKEN.fullmatch(name) is None:
        return None
    return key, name, value.strip(" \t")
