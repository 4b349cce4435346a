"""Bodies of several parts (RFC 2046 §5.1, RFC 5621): written, and taken apart."""

import re
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.core.ids import Ids, hex_id

MULTIPART = "multipart/mixed"
MAX_PARTS = 8  # a session description, metadata and what else a peer wants to say; each is looked at
MAX_PART_HEADERS = 16  # of one part; RFC 5621 knows five
MAX_BOUNDARY = 70  # RFC 2046 §5.1.1

_BOUNDARY = re.compile(r';[ \t]*boundary[ \t]*=[ \t]*(?:"([^"\\\r\n]+)"|([^\s;"]+))', re.IGNORECASE)
_BOUNDARY_CHARACTERS = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]*[0-9A-Za-z'()+_,\-./:=?]")
_HEADER = re.compile(r"([A-Za-z0-9\-]+)[ \t]*:[ \t]*(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; `content_type` is in lower case without parameters, `disposition` "" = not said.

    `content_id` is what a header field refers to it by, without the angle brackets (RFC 2392); "" = nothing.
    """

    content_type: str
    body: bytes
    disposition: str = ""
    content_id: str = ""


def is_multipart(content_type: str) -> bool:
    """Whether a media type (lower case, no parameters) is of a body with parts."""
    return content_type.startswith("multipart/")


def join(parts: tuple[Part, ...], ids: Ids) -> tuple[str, bytes]:
    """Return the Content-Type with a boundary that no part can contain, and the body."""
    boundary = hex_id(ids)
    chunks = []
    for part in parts:
        head = f"--{boundary}\r\nContent-Type: {part.content_type}\r\n"
        if part.content_id:
            head += f"Content-ID: <{part.content_id}>\r\n"
        if part.disposition:
            head += f"Content-Disposition: {part.disposition}\r\n"
        chunks.append(f"{head}\r\n".encode() + part.body + b"\r\n")
    return f"{MULTIPART};boundary={boundary}", b"".join(chunks) + f"--{boundary}--\r\n".encode()


def split(content_type: str, body: bytes) -> tuple[Part, ...]:
    """Return the parts of a body by its Content-Type header; ParseError 400 when it has no such form.

    What stands before the first boundary and behind the last one is no part (RFC 2046 §5.1.1). A part
    without a type is text (§5.1).
    """
    line = b"\r\n--" + _boundary(content_type).encode()
    pieces = (b"\r\n" + body).split(line, MAX_PARTS + 2)
    parts: list[Part] = []
    for index, piece in enumerate(pieces[1:], 1):
        if piece.startswith(b"--"):
            return tuple(parts)
        if index > MAX_PARTS:
            raise ParseError("a body of too many parts")
        parts.append(_part(piece))
    raise ParseError("a body of several parts that does not end")


def find(content_type: str, body: bytes, wanted: str) -> bytes | None:
    """Return the first part of a media type, None when there is none or the body has no such form."""
    try:
        return next((part.body for part in split(content_type, body) if part.content_type == wanted), None)
    except ParseError:
        return None


def _boundary(content_type: str) -> str:
    found = _BOUNDARY.search(content_type)
    boundary = (found[1] or found[2]) if found is not None else ""
    if len(boundary) > MAX_BOUNDARY or _BOUNDARY_CHARACTERS.fullmatch(boundary) is None:
        raise ParseError("a body of several parts without a boundary")
    return boundary


def _part(piece: bytes) -> Part:
    head, blank, body = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if piece.lstrip(b" \t").startswith(b"\r\n\r\n"):  # RFC 2046 §5.1: no header fields at all
        return Part(content_type="text/plain", body=piece.lstrip(b" \t")[4:])
    if not blank:
        raise ParseError("a part without an empty line")
    headers = _headers(head)
    kind = headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    return Part(content_type=kind, body=body, disposition=headers.get("content-disposition", ""))


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("utf-8", "replace").split("\r\n")
    if len(lines) > MAX_PART_HEADERS:
        raise ParseError("a part with too many header fields")
    found: dict[str, str] = {}
    for line in lines:
        field = _HEADER.fullmatch(line)
        if field is None:
            raise ParseError("a part with a malformed header field")
        found.setdefault(field[1].lower(), field[2].strip())
    return found
