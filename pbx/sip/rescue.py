"""The answerable rest of a malformed request: the header fields that a 400 needs (RFC 3261 §8.2.6)."""

import re
from collections.abc import Callable

from pbx.core.errors import ParseError
from pbx.sip.framing import MAX_HEADER_LINE, MAX_HEADER_LINES, MAX_LINES, MAX_MESSAGE, SINGLETONS
from pbx.sip.grammar import HOST, TOKEN, TOKEN_CLASS
from pbx.sip.header_map import Entry, header_key
from pbx.sip.headers import parse_name_addr, parse_via, split_commas

_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}")
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+:[!#-;=?-~]+")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LINE_END = re.compile(rb"\r?\n")
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CALL_ID = re.compile(r"[!-~]{1,256}")
_CSEQ = re.compile(rf"[0-9]{{1,64}}[ \t]+{TOKEN_CLASS}{{1,64}}")
_SENT_BY = re.compile(rf"SIP/[0-9.]{{1,8}}/({TOKEN_CLASS}{{1,16}}) ({HOST})(:[0-9]{{1,5}})?", re.IGNORECASE)
_BRANCH = re.compile(rf";[ \t]*branch=({TOKEN_CLASS}{{1,256}})", re.IGNORECASE)
_ADDRESS = re.compile(
    r"<(sips?:[!#-;=?-~]{1,512})>(?:[ \t]*;tag=([A-Za-z0-9\-.!%*_+`'~]{1,256}))?", re.IGNORECASE
)

# A response copies these (§8.2.6.2); nothing else is needed, so nothing else is trusted.
_COPIED = frozenset({"via", "from", "to", "call-id", "cseq", "timestamp"})
NO_URI = "sip:invalid.invalid"
_NOBODY = f"<{NO_URI}>"


def rescue(octets: bytes) -> tuple[str, str, list[Entry]] | None:
    """Return method, Request-URI (NO_URI when unusable) and the header fields that a response copies.

    A broken From, To or Call-ID is mended or stands for nobody, because RFC 4475 §3.3.1 prefers a 400 to
    silence. None when the start line is not that of a request, or no hop or no CSeq can be read: a peer
    could not match the answer.
    """
    head = octets[:MAX_MESSAGE].lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    lines = _LINE_END.split(_FOLD.sub(b" ", head, count=MAX_LINES), maxsplit=MAX_HEADER_LINES + 1)[
        : MAX_HEADER_LINES + 1
    ]
    words = lines[0].decode("ascii", "replace").split()
    if len(words) < 2 or not _METHOD.fullmatch(words[0]) or not _VERSION.fullmatch(words[-1]):
        return None
    uri = words[1] if len(words) == 3 and _URI.fullmatch(words[1]) else NO_URI
    entries = _mended(_entries(lines[1:]))
    return None if entries is None else (words[0], uri, entries)


def _mended(entries: list[Entry]) -> list[Entry] | None:
    found = {key: value for key, _, value in reversed(entries)}
    if "via" not in found or _CSEQ.fullmatch(found.get("cseq", "")) is None:
        return None
    vias = _vias([value for key, _, value in entries if key == "via"])
    call_id = found.get("call-id", "")
    mended = [("via", "Via", value) for value in vias]
    mended += [(key, key.title(), _address(found.get(key, ""))) for key in ("from", "to")]
    mended.append(("call-id", "Call-ID", call_id if _CALL_ID.fullmatch(call_id) else "invalid"))
    mended.append(("cseq", "CSeq", found["cseq"]))
    return mended if vias else None


def _vias(values: list[str]) -> list[str]:
    """Return the hops that can be read; of a broken top one, its sent-by and branch."""
    kept: list[str] = []
    for value in values:
        if _is_readable(lambda text: [parse_via(part) for part in split_commas(text)], value):
            kept.append(value)
            continue
        sent_by = _SENT_BY.match(value)
        if kept or sent_by is None:
            break
        branch = _BRANCH.search(value)
        tail = f";branch={branch[1]}" if branch else ""
        mended = f"SIP/2.0/{sent_by[1]} {sent_by[2]}{sent_by[3] or ''}{tail}"
        if not _is_readable(parse_via, mended):
            break
        kept.append(mended)
    return kept


def _address(value: str) -> str:
    """Return a From or To that can be read: the value, or what stands in its angle brackets, or nobody."""
    if _is_readable(parse_name_addr, value):
        return value
    match = _ADDRESS.search(value)
    mended = f"<{match[1]}>" + (f";tag={match[2]}" if match[2] else "") if match else _NOBODY
    return mended if _is_readable(parse_name_addr, mended) else _NOBODY


def _is_readable(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ParseError:
        return False
    return True


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
