"""Encrypted columns and keyed tags: what stands in the database instead of personal data."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pbx.core.errors import StorageError
from pbx.core.ids import Ids
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret

NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random 96-bit nonces
TAG_BYTES = 16  # compliance reference §4.5
_VERSION = b"\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a field stands; bound to its ciphertext, so that values cannot be moved between rows."""

    tenant: str
    table: str
    column: str
    row: str

    def octets(self) -> bytes:
        """The additional authenticated data; lengths keep `a|b` and `a`, `b` apart."""
        parts = (self.tenant, self.table, self.column, self.row)
        return b"|".join(f"{len(part)}:{part}".encode() for part in parts)


class FieldCipher:
    """AES-256-GCM over one text field: version, nonce, ciphertext, tag."""

    __slots__ = ("_aead", "_ids")

    def __init__(self, key: Secret[bytes], ids: Ids | None = None) -> None:
        self._aead = AESGCM(key.reveal())
        self._ids = ids or SystemIds()

    def seal(self, text: str, place: Place) -> bytes:
        """Return the text encrypted for this place."""
        nonce = self._ids.octets(NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, text.encode(), place.octets())

    def open(self, sealed: bytes, place: Place) -> str:
        """Return the text; StorageError when the octets were changed, moved or made with another key."""
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return self._aead.decrypt(nonce, rest, place.octets()).decode()
        except (InvalidTag, ValueError):
            where = f"{place.table}.{place.column}"
            raise StorageError(f"{where}: cannot be decrypted with these keys", retryable=False) from None


def tag(key: Secret[bytes], label: str, *parts: str) -> bytes:
    """Return the first 16 octets of HMAC-SHA-256 over `label|part|part`, the label naming its use."""
    message = "|".join((label, *parts)).encode()
    return hmac.digest(key.reveal(), message, hashlib.sha256)[:TAG_BYTES]


def phone_tag(key: Secret[bytes], tenant: str, e164: str) -> bytes:
    """The index of a number within one tenant."""
    return tag(key, "phone:v1", tenant, e164)


def dob_tag(key: Secret[bytes], customer: str, yyyymmdd: Secret[str]) -> bytes:
    """The verifier of a date of birth; different for two customers born on the same day."""
    return tag(key, "dob:v1", customer, yyyymmdd.reveal())


def account_tag(key: Secret[bytes], customer: str, digits: Secret[str]) -> bytes:
    """The verifier of an account number; of one customer, like that of a date of birth."""
    return tag(key, "acct:v1", customer, digits.reveal())


def pin_tag(key: Secret[bytes], customer: str, digits: Secret[str]) -> bytes:
    """The verifier of a PIN; of one customer, like that of a date of birth."""
    return tag(key, "pin:v1", customer, digits.reveal())
