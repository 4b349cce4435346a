"""The header of an age v1 file: stanzas and MAC, kept apart from its payload.

Strict on purpose: one text form per header, so that a stored header is either ours or damaged.
Source: C2SP age.md, "Header". Every error is ParseError with status 0.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.recording.age_keys import FILE_KEY_SIZE, Identity, Recipient, Stanza, hkdf, unwrap, wrap

MAX_STANZAS = 20  # two or three are ours; 20 stops a header that is all work
MAX_HEADER = 64 * 1024
VERSION_LINE = b"age-encryption.org/v1\n"
_COLUMNS = 64
_MAC_SIZE = 32
_BINDING = "pbx"  # our own stanza: stock age passes over types that it does not know
_RECORDING = re.compile(r"[\x21-\x7e]{1,128}")  # as long as the word in an audit line may be
_ARGS = re.compile(rb"-> ([\x21-\x7e]+(?: [\x21-\x7e]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A parsed header; `signed` is what the MAC covers, up to and with the three dashes."""

    stanzas: tuple[Stanza, ...]
    signed: bytes
    mac: bytes
    size: int


def build_header(
    file_key: Secret[bytes], recipients: Sequence[Recipient], ids: Ids, *, recording: str = ""
) -> bytes:
    """Return the octets of a header that wraps `file_key` for every recipient.

    A `recording` is named in a stanza of its own: under the header's MAC, so that who cannot open the header
    cannot hang it on another recording.
    """
    if not 1 <= len(recipients) <= MAX_STANZAS - bool(recording) or len(file_key.reveal()) != FILE_KEY_SIZE:
        raise ParseError(f"{len(recipients)} recipients", 0)
    text = VERSION_LINE
    for recipient in recipients:
        share, body = wrap(file_key, recipient, ids)
        text += b"-> X25519 " + _encode(share) + b"\n" + _encode(body) + b"\n"
    if recording:
        if _RECORDING.fullmatch(recording) is None:
            raise ParseError("a recording that no header can name", 0)
        text += f"-> {_BINDING} {recording}\n\n".encode()
    text += b"---"
    return text + b" " + _encode(_mac(file_key, text)) + b"\n"


def parse_header(octets: bytes) -> Header:
    """Return the header at the start of `octets`; what follows it is the payload."""
    if not octets.startswith(VERSION_LINE):
        raise ParseError("not an age v1 file", 0)
    stanzas: list[Stanza] = []
    at = len(VERSION_LINE)
    while True:
        line, after = _line(octets, at)
        if line.startswith(b"---"):
            break
        if len(stanzas) == MAX_STANZAS:
            raise ParseError("too many stanzas", 0)
        stanza, at = _stanza(octets, line, after)
        stanzas.append(stanza)
    if not stanzas or (len(stanzas) > 1 and any(s.args[0] == "scrypt" for s in stanzas)):
        raise ParseError("no stanza, or scrypt beside others", 0)
    mac = _decode(line[4:]) if line.startswith(b"--- ") else b""
    if len(mac) != _MAC_SIZE:
        raise ParseError("a MAC line of wrong form", 0)
    return Header(stanzas=tuple(stanzas), signed=octets[: at + 3], mac=mac, size=after)


def unwrap_header(header: Header, identities: Sequence[Identity]) -> tuple[Secret[bytes], Identity] | None:
    """Return the file key and the identity that opened it, None when no stanza is for them.

    ParseError when a stanza is malformed or the MAC is wrong: the header was altered.
    """
    for stanza in header.stanzas:
        if stanza.args[0] != "X25519":
            continue
        if len(stanza.args) != 2:
            raise ParseError("an X25519 stanza needs one argument", 0)
        share = _decode(stanza.args[1].encode())
        for identity in identities:
            file_key = unwrap(share, stanza.body, identity)
            if file_key is not None:
                check_mac(header, file_key)
                return file_key, identity
    return None


def bound_recording(header: Header) -> str | None:
    """Return the recording that the header is bound to, None when it is bound to none.

    To be believed only after `unwrap_header` or `check_mac`. ParseError when there is not one clear answer.
    """
    found = [stanza for stanza in header.stanzas if stanza.args[0] == _BINDING]
    if not found:
        return None
    if len(found) > 1 or len(found[0].args) != 2 or found[0].body:
        raise ParseError("a binding of wrong form", 0)
    return found[0].args[1]


def check_mac(header: Header, file_key: Secret[bytes]) -> None:
    """ParseError unless the header is the one that was made with this file key."""
    if not hmac.compare_digest(header.mac, _mac(file_key, header.signed)):
        raise ParseError("the header's MAC is wrong", 0)


def _mac(file_key: Secret[bytes], signed: bytes) -> bytes:
    return hmac.digest(hkdf(file_key.reveal(), salt=b"", label=b"header"), signed, "sha256")


def _line(octets: bytes, at: int) -> tuple[bytes, int]:
    end = octets.find(b"\n", at, MAX_HEADER)
    if end < 0:
        raise ParseError("the header is cut or too long", 0)
    return octets[at:end], end + 1


def _stanza(octets: bytes, line: bytes, at: int) -> tuple[Stanza, int]:
    match = _ARGS.fullmatch(line)
    if match is None:
        raise ParseError("not a stanza", 0)
    body = b""
    while True:
        text, at = _line(octets, at)
        if len(text) > _COLUMNS:
            raise ParseError("a body line that is too long", 0)
        body += _decode(text)
        if len(text) < _COLUMNS:
            return Stanza(args=tuple(match[1].decode("ascii").split(" ")), body=body), at


def _encode(octets: bytes) -> bytes:
    return base64.b64encode(octets).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    """Canonical base64 without padding (RFC 4648 §3.5)."""
    try:
        octets = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ParseError("not base64", 0) from None
    if _encode(octets) != text:
        raise ParseError("base64 that is not canonical", 0)
    return octets
