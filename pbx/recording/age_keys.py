"""X25519 identities and recipients of age v1, and the stanzas that wrap a file key for them.

Source: C2SP age.md, "X25519 recipient type"; text form is Bech32 (BIP 173) without its length limit.
"""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pbx.core.errors import ParseError
from pbx.core.ids import Ids
from pbx.core.secret import Secret

FILE_KEY_SIZE = 16
_KEY_SIZE = 32
_WRAPPED_SIZE = FILE_KEY_SIZE + 16
_LABEL = b"age-encryption.org/v1/X25519"
_ZERO_NONCE = bytes(12)  # each wrap key encrypts once
_RECIPIENT_HRP = "age"
_IDENTITY_HRP = "age-secret-key-"
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_MAX_TEXT = 128  # an identity is 74 characters
_MAX_KNOWN = 256  # recipients


def hkdf(key: bytes, *, salt: bytes, label: bytes) -> bytes:
    """Return 32 octets of HKDF-SHA-256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=label).derive(key)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key; `str` gives age1..."""

    public: bytes

    def __str__(self) -> str:
        return _bech32(_RECIPIENT_HRP, self.public)


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key that never shows itself; `text` is the one way out."""

    private: Secret[bytes]

    @property
    def recipient(self) -> Recipient:
        return Recipient(_private(self).public_key().public_bytes_raw())

    def text(self) -> Secret[str]:
        """Return AGE-SECRET-KEY-1... for a key file."""
        return Secret(_bech32(_IDENTITY_HRP, self.private.reveal()).upper())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    """One wrapped file key of a header: type, arguments and body."""

    args: tuple[str, ...]
    body: bytes


def generate_identity(ids: Ids) -> Identity:
    """Return a fresh identity."""
    return Identity(Secret(ids.octets(_KEY_SIZE)))


@lru_cache(maxsize=_MAX_KNOWN)
def parse_recipient(text: str) -> Recipient:
    """Return the recipient written as age1...; ParseError when it is none.

    The few that there are are kept, for each recording is for the same ones: 55 µs for each of them.
    """
    if text != text.lower():
        raise ParseError("a recipient is lower case", 0)
    return Recipient(_unbech32(_RECIPIENT_HRP, text))


def parse_identity(text: Secret[str]) -> Identity:
    """Return the identity written as AGE-SECRET-KEY-1...; the error never quotes the text."""
    value = text.reveal()
    if value != value.upper():
        raise ParseError("an identity is upper case", 0)
    return Identity(Secret(_unbech32(_IDENTITY_HRP, value.lower())))


def wrap(file_key: Secret[bytes], recipient: Recipient, ids: Ids) -> tuple[bytes, bytes]:
    """Return the ephemeral share and the wrapped file key of one X25519 stanza."""
    ephemeral = X25519PrivateKey.from_private_bytes(ids.octets(_KEY_SIZE))
    share = ephemeral.public_key().public_bytes_raw()
    try:
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient.public))
    except ValueError:
        raise ParseError("a recipient of low order", 0) from None
    key = hkdf(shared, salt=share + recipient.public, label=_LABEL)
    return share, ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key.reveal(), None)


def unwrap(share: bytes, body: bytes, identity: Identity) -> Secret[bytes] | None:
    """Return the file key, None when the stanza is for somebody else; ParseError when malformed."""
    if len(share) != _KEY_SIZE or len(body) != _WRAPPED_SIZE:
        raise ParseError("an X25519 stanza of wrong size", 0)
    private = _private(identity)
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError:
        raise ParseError("an X25519 share of low order", 0) from None
    key = hkdf(shared, salt=share + private.public_key().public_bytes_raw(), label=_LABEL)
    try:
        return Secret(ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None))
    except InvalidTag:
        return None


def _private(identity: Identity) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(identity.private.reveal())


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum


def _expand(hrp: str) -> list[int]:
    return [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]


def _bech32(hrp: str, octets: bytes) -> str:
    bits = int.from_bytes(octets, "big") << (-8 * len(octets) % 5)
    count = (8 * len(octets) + 4) // 5
    values = [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]
    check = _polymod(_expand(hrp) + values + [0] * 6) ^ 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + "".join(_ALPHABET[v] for v in values)


def _unbech32(hrp: str, text: str) -> bytes:
    if len(text) > _MAX_TEXT or not text.startswith(hrp + "1"):
        raise ParseError(f"not a key of the form {hrp}1...", 0)
    values = [_ALPHABET.find(c) for c in text[len(hrp) + 1 :]]
    if len(values) != 6 + (8 * _KEY_SIZE + 4) // 5 or -1 in values:
        raise ParseError("a key of wrong length or alphabet", 0)
    if _polymod(_expand(hrp) + values) != 1:
        raise ParseError("a key with a wrong checksum", 0)
    bits = 0
    for value in values[:-6]:
        bits = bits << 5 | value
    padding = 5 * len(values[:-6]) - 8 * _KEY_SIZE
    if bits & ((1 << padding) - 1):
        raise ParseError("a key with non-zero padding", 0)
    return (bits >> padding).to_bytes(_KEY_SIZE, "big")
