"""Octets of one SIP message cut into start line, header fields and body; nothing is interpreted here."""

import re
from typing import NamedTuple

from pbx.core.errors import ParseError
from pbx.sip.grammar import TOKEN, parse_number
from pbx.sip.header_map import Entry, header_key, known_key

MAX_MESSAGE = 64 * 1024  # octets; a UDP datagram cannot be longer, and no SIP message needs to be
MAX_HEADER_LINES = 256
MAX_LINES = 4 * MAX_HEADER_LINES  # before unfolding; only old stacks fold, and no line more than once
MAX_SAME_NAME = 64  # of one name: the length of the longest Via or Route set we follow
MAX_HEADER_LINE = 8 * 1024  # octets after unfolding; a signed Identity header is under 2 kB

# §20: exactly one value; a second one is how request smuggling starts.
SINGLETONS = frozenset({"from", "to", "call-id", "cseq", "max-forwards", "content-length"})

_CONTROLS = bytes(octet for octet in (*range(0x20), 0x7F) if octet not in b"\t\r\n")
_UNSEEN = _CONTROLS + b"\r\n"
_FOLD = re.compile(rb"\r\n[ \t]+")  # begins at a line end: linear on runs of blanks
_ESCAPED = re.compile(rb"\\([^\r\n])")
_STREAM_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:([^\r\n]*)", re.IGNORECASE)


class Frame(NamedTuple):
    """A message cut in three, with the header fields in order, and the first value of each by its key."""

    start_line: str
    entries: list[Entry]
    first: dict[str, str]
    body: bytes


def cut(octets: bytes) -> Frame:
    """Return the parts of a datagram; the body is cut to Content-Length (§18.3).

    ParseError 513 above MAX_MESSAGE, 0 when there is no end of headers at all or nothing but line ends,
    else 400.
    """
    if len(octets) > MAX_MESSAGE:
        raise ParseError("the message is too large", 513)
    head, blank, rest = octets.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not head:
        raise ParseError("an empty datagram", 0)
    if not blank:
        raise ParseError("the headers do not end", 400)
    lines = _lines(head)
    entries, first = _entries(lines)
    return Frame(lines[0], entries, first, _body(first, rest))


def _lines(head: bytes) -> list[str]:
    n_ends = head.count(b"\r\n")
    if n_ends > MAX_LINES:
        raise ParseError(f"more than {MAX_LINES} lines, folded ones counted")
    if len(head) - len(head.translate(None, _UNSEEN)) != 2 * n_ends:
        head = _printable(head)
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)  # §7.3.1: a folded line end counts as one blank
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise ParseError("the headers are not UTF-8") from None
    if len(lines) > MAX_HEADER_LINES + 1:
        raise ParseError(f"more than {MAX_HEADER_LINES} header lines")
    if len(head) > MAX_HEADER_LINE and any(len(line.encode()) > MAX_HEADER_LINE for line in lines):
        raise ParseError(f"a header line is longer than {MAX_HEADER_LINE} octets")
    return lines


def _printable(head: bytes) -> bytes:
    """Return `head` with a blank for each escaped control character; ParseError 400 on a bare one.

    The grammar lets a quoted string escape NUL, BEL or DEL (§25.1 quoted-pair). No name needs one, and no
    log, database or terminal shall see it.
    """
    n_ends = head.count(b"\r\n")
    if head.count(b"\r") != n_ends or head.count(b"\n") != n_ends:
        raise ParseError("a bare CR or LF")
    plain = _ESCAPED.sub(lambda match: b" " if match[1] in _CONTROLS else match[0], head)
    if len(plain.translate(None, _CONTROLS)) != len(plain):
        raise ParseError("a control character")
    return plain


def _entries(lines: list[str]) -> tuple[list[Entry], dict[str, str]]:
    entries: list[Entry] = []
    first: dict[str, str] = {}
    repeated: dict[str, int] = {}
    for index in range(1, len(lines)):
        name, colon, value = lines[index].partition(":")
        key = known_key(name) if colon else None
        if key is None:
            name = name.rstrip(" \t")
            if not colon or TOKEN.fullmatch(name) is None:
                raise ParseError("malformed header line")
            key = header_key(name)
        value = value.strip(" \t")
        if key in first:
            repeated[key] = repeated.get(key, 1) + 1
            if key in SINGLETONS or repeated[key] > MAX_SAME_NAME:
                raise ParseError(f"too many {key} headers")
        else:
            first[key] = value
        entries.append((key, name, value))
    return entries, first


def _body(first: dict[str, str], rest: bytes) -> bytes:
    value = first.get("content-length")
    if value is None:
        return rest
    length = parse_number(value, MAX_MESSAGE, "Content-Length")
    if length > len(rest):
        raise ParseError("the body is shorter than Content-Length")
    return rest[:length]


def frame_length(buffer: bytes | bytearray) -> int | None:
    """Return the octets of the first message of a stream, None = read more (§18.3).

    The caller has skipped CRLF keep-alives. ParseError 400 when Content-Length is missing, repeated or no
    number, 513 when the message is too large; the stream cannot be framed any more and has to be closed.
    """
    end = buffer.find(b"\r\n\r\n", 0, MAX_MESSAGE)
    if end < 0:
        if len(buffer) >= MAX_MESSAGE:
            raise ParseError("the headers do not end", 513)
        return None
    head = bytes(buffer[:end])
    if b"\r\n " in head or b"\r\n\t" in head:
        head = _FOLD.sub(b" ", head)
    lengths = _STREAM_LENGTH.findall(head)
    if len(lengths) != 1:
        raise ParseError("a stream needs exactly one Content-Length")
    total = end + 4 + parse_number(lengths[0].decode("latin-1"), 10 * MAX_MESSAGE, "Content-Length")
    if total > MAX_MESSAGE:
        raise ParseError("the message is too large", 513)
    return total if len(buffer) >= total else None
