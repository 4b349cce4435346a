"""Gruus: URIs that reach one device of a user (RFC 5627), made and resolved without any table."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from pbx.core.ids import Ids
from pbx.sip.uri import SipUri

PREFIX = "tgruu."
NONCE_BYTES, DEVICE_BYTES, MAC_BYTES = 8, 8, 10
MAX_TOKEN = 256  # characters of a user part


@dataclass(frozen=True, slots=True, kw_only=True)
class GruuTarget:
    """Whom a GRUU means: a user, and his device by its instance or by its registration."""

    user: str
    instance: str = ""
    device: bytes = b""


class Gruus:
    """Public GRUUs carry the instance; temporary ones are unlinkable and die with the registration.

    A temporary user part is nonce, sealed user and device tag, MAC. The device tag covers the Call-ID of
    the registration: RFC 5627 §5.4 ends all of them when the device registers with another one.
    """

    __slots__ = ("_ids", "_key")

    def __init__(self, key: bytes, ids: Ids) -> None:
        self._key = hashlib.sha256(b"gruu:" + key).digest()
        self._ids = ids

    def public(self, user: str, domain: str, instance: str) -> str:
        """Return the public GRUU of a device."""
        return str(SipUri("sip", user, domain, params=(("gr", _escaped(instance)),)))

    def temporary(self, user: str, domain: str, device: bytes) -> str:
        """Return a fresh temporary GRUU."""
        nonce = self._ids.octets(NONCE_BYTES)
        sealed = _xor(device + user.encode(), self._stream(nonce, domain))
        body = nonce + sealed
        token = base64.b32encode(body + self._mac(body, domain)).decode().rstrip("=").lower()
        return f"sip:{PREFIX}{token}@{domain};gr"

    def device(self, instance: str, call_id: str) -> bytes:
        """Return the tag of one device's registration."""
        return self._tag(f"{instance}\0{call_id}".encode(), DEVICE_BYTES)

    def resolve(self, uri: SipUri, domain: str) -> GruuTarget | None:
        """Return whom a URI with `gr` means; None for a plain URI and for a temporary one not of ours."""
        gr = uri.param("gr")
        if gr is None:
            return None
        if gr:
            return GruuTarget(user=uri.user, instance=_unescaped(gr))
        return self._opened(uri.user, domain)

    def _opened(self, user: str, domain: str) -> GruuTarget | None:
        token = user.removeprefix(PREFIX)
        if token == user or len(token) > MAX_TOKEN:
            return None
        try:
            octets = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except (binascii.Error, ValueError):
            return None
        body, mac = octets[:-MAC_BYTES], octets[-MAC_BYTES:]
        if len(body) <= NONCE_BYTES + DEVICE_BYTES or not hmac.compare_digest(mac, self._mac(body, domain)):
            return None
        plain = _xor(body[NONCE_BYTES:], self._stream(body[:NONCE_BYTES], domain))
        return GruuTarget(user=plain[DEVICE_BYTES:].decode(), device=plain[:DEVICE_BYTES])

    def _stream(self, nonce: bytes, domain: str) -> bytes:
        return hashlib.shake_256(self._key + nonce + domain.encode()).digest(MAX_TOKEN)

    def _mac(self, body: bytes, domain: str) -> bytes:
        return self._tag(body + b"@" + domain.encode(), MAC_BYTES)

    def _tag(self, octets: bytes, n_bytes: int) -> bytes:
        return hashlib.blake2b(octets, key=self._key, digest_size=n_bytes).digest()


def _xor(octets: bytes, stream: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(octets, stream, strict=False))


def _escaped(instance: str) -> str:
    """Return an instance as a URI parameter value; URNs of UUIDs need no escape (RFC 3261 §25.1)."""
    return "".join(c if c.isalnum() or c in "-_.!~*'()[]/:&+$" else f"%{ord(c):02X}" for c in instance)


def _unescaped(text: str) -> str:
    head, *rest = text.split("%")
    try:
        return head + "".join(chr(int(part[:2], 16)) + part[2:] for part in rest)
    except ValueError:
        return text
