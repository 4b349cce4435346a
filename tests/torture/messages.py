"""Reader of the torture message files.

`=== NAME CLAUSE` begins a message; every line after it ends in CRLF on the wire. What a page cannot show is
written as RFC 4475 §2.1 does: `<hex>..</hex>` for octets and `<repeat count=N>..</repeat>`. The text before
the first message says where the messages are from.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_HEX = re.compile(rb"<hex>([0-9A-F]+)</hex>")
_REPEAT = re.compile(rb"<repeat count=([0-9]+)>([^<]*)</repeat>")


@dataclass(frozen=True, slots=True, kw_only=True)
class TortureMessage:
    """One message of an RFC."""

    rfc: str
    clause: str
    name: str
    octets: bytes


def load(rfc: str) -> dict[str, TortureMessage]:
    """Return the messages of one RFC by name."""
    text = (Path(__file__).parent / f"rfc{rfc}.txt").read_bytes()
    found = {}
    for part in text.split(b"=== ")[1:]:
        title, _, lines = part.partition(b"\n")
        name, _, clause = title.decode().partition(" ")
        found[name] = TortureMessage(rfc=rfc, clause=clause, name=name, octets=_wire(lines))
    return found


def _wire(lines: bytes) -> bytes:
    octets = _REPEAT.sub(lambda match: match[2] * int(match[1]), lines.replace(b"\n", b"\r\n"))
    return _HEX.sub(lambda match: bytes.fromhex(match[1].decode()), octets)
