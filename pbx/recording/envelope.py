"""A key of the vault as it stands in a file once a KMS or a hardware module has wrapped it.

What a wrapped key is bound to, its context, is nowhere in the envelope: whoever opens it has to know whose
key it should be, and a file under another name does not open (E-10).
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Literal

import rfc8785

from pbx.core.errors import ParseError

MAX_ENVELOPE = 1 << 14  # a data key wrapped by KMS has 6,144 octets at most, the rest some hundred
FORMAT = "pbx wrapped key 1"
Purpose = Literal["identity", "signing"]
ProviderName = Literal["local", "kms", "pkcs11"]
_WRAPPERS: tuple[ProviderName, ...] = ("kms", "pkcs11")
_FIELDS = {"format", "provider", "kek", "data_key", "nonce", "sealed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyContext:
    """Whose key it is and what it is for; the signing key is of no tenant."""

    purpose: Purpose
    tenant: str = ""
    epoch: int = 0

    def __str__(self) -> str:
        return f"{self.tenant}@{self.epoch}" if self.tenant else self.purpose

    def pairs(self) -> dict[str, str]:
        """Return the encryption context as KMS takes it: no value is empty."""
        of = {"tenant": self.tenant, "epoch": str(self.epoch)} if self.tenant else {}
        return {"format": FORMAT, "purpose": self.purpose} | of

    def aad(self) -> bytes:
        """Return the same as one text for AES-GCM (RFC 8785)."""
        return rfc8785.dumps(self.pairs())


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A key under AES-256-GCM: by `kek` itself, or by a data key that `kek` has wrapped (`data_key`)."""

    provider: ProviderName
    kek: str
    nonce: bytes
    sealed: bytes
    data_key: bytes = b""

    def octets(self) -> bytes:
        """Return the file's content, one line of JSON."""
        written = {
            "format": FORMAT,
            "provider": self.provider,
            "kek": self.kek,
            "data_key": b64encode(self.data_key).decode(),
            "nonce": b64encode(self.nonce).decode(),
            "sealed": b64encode(self.sealed).decode(),
        }
        return json.dumps(written).encode() + b"\n"


def parse_envelope(octets: bytes) -> Envelope:
    """Return the envelope of a file; ParseError when it is none."""
    if len(octets) > MAX_ENVELOPE:
        raise ParseError(f"a wrapped key of more than {MAX_ENVELOPE} octets", 0)
    try:
        read = json.loads(octets)
    except (ValueError, RecursionError):
        raise ParseError("a wrapped key that is no JSON", 0) from None
    if (
        not isinstance(read, dict)
        or set(read) != _FIELDS
        or not all(isinstance(v, str) for v in read.values())
    ):
        raise ParseError("a wrapped key with other fields", 0)
    provider = next((name for name in _WRAPPERS if name == read["provider"]), None)
    if read["format"] != FORMAT or provider is None or not read["kek"]:
        raise ParseError("a wrapped key of another format or provider", 0)
    data_key, nonce, sealed = (_decoded(read[name]) for name in ("data_key", "nonce", "sealed"))
    return Envelope(provider=provider, kek=read["kek"], data_key=data_key, nonce=nonce, sealed=sealed)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise ParseError("a wrapped key with a field that is no base64", 0) from None
