"""Hops: what an INVITE says of the way it came, so that a loop through us and too wide a fork are seen.

Max-Breadth is that of RFC 5393 §5. A B2BUA has no Via of its other leg to look at (RFC 3261 §16.3), so each
INVITE that leaves carries one mark per pass through us: a nonce and a keyed hash of tenant and called
number. To others a mark is random text, unlike from call to call; we know our own and refuse to take the
same number for the same tenant a second time. A spiral, with another number, is no loop.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.core.ids import Ids
from pbx.sip.grammar import parse_number
from pbx.sip.message import Request
from pbx.sip.responses import Fields

HEADER = "X-Call-Path"
DEFAULT_BREADTH = 60  # RFC 5393 §5.3.3; also the most we take over from a peer
MAX_MARKS = 16  # passes of one call through nodes of ours; longer ones are cut at the old end
NONCE_BYTES, HASH_BYTES = 4, 8

_MARK = re.compile(rf"[0-9a-f]{{{2 * (NONCE_BYTES + HASH_BYTES)}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """The marks, latest last, and how many branches may be tried at once."""

    marks: tuple[str, ...] = ()
    breadth: int = DEFAULT_BREADTH

    def fields(self, breadth: int | None = None) -> Fields:
        """Return the header fields of an INVITE that goes on, with its share of the breadth."""
        share: Fields = (("Max-Breadth", str(self.breadth if breadth is None else breadth)),)
        return (*share, (HEADER, ", ".join(self.marks))) if self.marks else share


class LoopGuard:
    """Makes our marks and knows them again; nodes with one key see loops through each other."""

    __slots__ = ("_ids", "_key")

    def __init__(self, key: bytes, ids: Ids) -> None:
        self._key = hashlib.blake2b(key[:64], person=b"loop guard").digest()
        self._ids = ids

    def pass_on(self, invite: Request, tenant: str, called: str) -> Hops | None:
        """Return what the next INVITE of this call says, None when this one has come by before (482)."""
        marks = marks_of(invite)
        if any(self._is_ours(mark, tenant, called) for mark in marks):
            return None
        nonce = self._ids.octets(NONCE_BYTES)
        mark = nonce.hex() + self._hash(nonce, tenant, called)
        return Hops(marks=(*marks, mark)[-MAX_MARKS:], breadth=breadth_of(invite))

    def _is_ours(self, mark: str, tenant: str, called: str) -> bool:
        nonce, told = bytes.fromhex(mark[: 2 * NONCE_BYTES]), mark[2 * NONCE_BYTES :]
        return hmac.compare_digest(told, self._hash(nonce, tenant, called))

    def _hash(self, nonce: bytes, tenant: str, called: str) -> str:
        text = nonce + tenant.encode() + b"\0" + called.encode()
        return hashlib.blake2b(text, key=self._key, digest_size=HASH_BYTES).hexdigest()


def marks_of(invite: Request) -> tuple[str, ...]:
    """Return the well-formed marks of an INVITE, the latest ones; whose they are shows only the key."""
    values = [value for line in invite.headers.get_all(HEADER) for value in line.split(",")]
    marks = [value.strip() for value in values]
    return tuple(mark for mark in marks if _MARK.fullmatch(mark))[-MAX_MARKS:]


def breadth_of(invite: Request) -> int:
    """Return the Max-Breadth, at most our own; what is malformed counts as absent (RFC 5393 §5.3.3)."""
    value = invite.headers.get("Max-Breadth")
    try:
        return DEFAULT_BREADTH if value is None else min(parse_number(value, 2**31, "x"), DEFAULT_BREADTH)
    except ParseError:
        return DEFAULT_BREADTH
