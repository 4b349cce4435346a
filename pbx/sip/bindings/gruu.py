"""Gruus: URIs that reach one device of a user (RFC 5627), made and resolved without any table."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from pbx.core.ids import Ids
from pbx.sip.uri import SipUri

PREFIX = "tgruu."
NONCE_BYTES, DEVICE_BYTES, MAC_BYTES = 8, 8, 10
MAX_TOKEN = 256  # characters of a user part
_UNSAFE = re.compile(r"[^A-Za-z0-9\-_.!~*'()\[\]/:&+$]")


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
        sealed = self._sealed(device + user.encode(), nonce, domain)
        body = nonce + sealed
        return f"sip:{PREFIX}{(body + self._mac(body, domain)).hex()}@{domain};gr"

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
            octets = bytes.fromhex(token)
        except ValueError:
            return None
        body, mac = octets[:-MAC_BYTES], octets[-MAC_BYTES:]
        if len(body) <= NONCE_BYTES + DEVICE_BYTES or not hmac.compare_digest(mac, self._mac(body, domain)):
            return None
        plain = self._sealed(body[NONCE_BYTES:], body[:NONCE_BYTES], domain)
        return GruuTarget(user=plain[DEVICE_BYTES:].decode(), device=plain[:DEVICE_BYTES])

    def _sealed(self, octets: bytes, nonce: bytes, domain: str) -> bytes:
        """Return octets under a key stream, or the plain ones of sealed octets."""
        stream = hashlib.shake_256(self._key + nonce + domain.encode()).digest(len(octets))
        return (int.from_bytes(octets, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(octets), "big")

    def _mac(self, body: bytes, domain: str) -> bytes:
        return self._tag(body + b"@" + domain.encode(), MAC_BYTES)

    def _tag(self, octets: bytes, n_bytes: int) -> bytes:
        return hashlib.blake2b(octets, key=self._key, digest_size=n_bytes).digest()


def _escaped(instance: str) -> str:
    """Return an instance as a URI parameter value; URNs of UUIDs need no escape (RFC 3261 §25.1)."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", instance)


def _unescaped(text: str) -> str:
    head, *rest = text.split("%")
    try:
        return head + "".join(chr(int(part[:2], 16)) + part[2:] for part in rest)
    except ValueError:
        return text
