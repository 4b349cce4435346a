"""The sealed form of a segment of the journal of facts. No I/O.

Segment = head | records. Head = magic, version, salt, journal. Record = length, number | ChaCha20-Poly1305
of some facts; the key is HKDF(fields key, salt, "pbx fact journal v1"), the nonce the number, and head and
prefix are authenticated with it. So a record can neither be read nor changed, moved or left out unnoticed,
but for those at the end; whoever can take these away can as well delete the database.
"""

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from pbx.core.errors import ParseError
from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.recording.age_keys import hkdf

MAGIC, VERSION = b"pbxfct", 1
MAX_RECORD = 64 << 20  # octets; the facts of two minutes at 100 calls per second are some 20 MB
_LABEL = b"pbx fact journal v1"
_HEAD = struct.Struct("!6sH32s16s")  # magic, version, salt, journal
_PREFIX = struct.Struct("!IQ")  # octets of ciphertext, number
_TAG = 16


class Sealer:
    """Facts to records of one segment; one per segment, because the number is the nonce."""

    __slots__ = ("_cipher", "_number", "head")

    def __init__(self, key: Secret[bytes], journal: str, ids: Ids) -> None:
        salt = ids.octets(32)
        self.head = _HEAD.pack(MAGIC, VERSION, salt, bytes.fromhex(journal))
        self._cipher = _cipher(key, salt)
        self._number = 0

    def seal(self, plain: bytes) -> bytes:
        """Return the next record; MisuseError never, ValueError above MAX_RECORD."""
        if len(plain) + _TAG > MAX_RECORD:
            raise ValueError("a record of too many facts")
        prefix = _PREFIX.pack(len(plain) + _TAG, self._number)
        record = prefix + self._cipher.encrypt(_nonce(self._number), plain, self.head + prefix)
        self._number += 1
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a segment holds. `damage` says why reading stopped early; `is_torn` = it was cut there."""

    journal: str
    plain: tuple[bytes, ...]
    damage: str = ""
    is_torn: bool = False


def open_segment(octets: bytes, key: Secret[bytes]) -> Opened:
    """Return every whole record before the first damage; ParseError(0) when it is no segment.

    Octets that end within head or record are what a crash leaves: nobody was told that they are kept.
    """
    if len(octets) < _HEAD.size:
        return Opened(journal="", plain=(), damage="it ends within its head", is_torn=True)
    head = octets[: _HEAD.size]
    magic, version, salt, journal = _HEAD.unpack(head)
    if magic != MAGIC or version != VERSION:
        raise ParseError(f"no journal of facts of version {VERSION}", 0)
    cipher, plain, at = _cipher(key, salt), list[bytes](), _HEAD.size
    damage, is_torn = "", False
    while at < len(octets) and not damage:
        length, number = _PREFIX.unpack_from(octets, at) if at + _PREFIX.size <= len(octets) else (0, -1)
        end = at + _PREFIX.size + length
        if number == -1 or (end > len(octets) and length <= MAX_RECORD and number == len(plain)):
            damage, is_torn = "it ends within a record", True
            break
        try:
            plain.append(_open(cipher, octets[:end], at, len(plain)))
        except (InvalidTag, ValueError):
            damage = "a record does not authenticate"
        at = end
    return Opened(journal=journal.hex(), plain=tuple(plain), damage=damage, is_torn=is_torn)


def _open(cipher: ChaCha20Poly1305, octets: bytes, at: int, number: int) -> bytes:
    prefix = octets[at : at + _PREFIX.size]
    return cipher.decrypt(_nonce(number), octets[at + _PREFIX.size :], octets[: _HEAD.size] + prefix)


def _cipher(key: Secret[bytes], salt: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hkdf(key.reveal(), salt=salt, label=_LABEL))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
