"""JSON Web Signature, only what PASSporT allows: compact serialisation, ES256 (RFC 7515, RFC 7518 §3.4).

Our own and strict, because a library for JWT would bring what must not be here: other algorithms, `none`,
key look-up by header, lenient base64 and JSON with keys given twice.
"""

import base64
import binascii
import json
import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from pbx.core.errors import ParseError

MAX_JSON = 4096  # octets of one JSON text; a SHAKEN payload has about 200
N_COORDINATE = 32  # octets of r and of s on P-256 (RFC 7518 §3.4)

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def encode(octets: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the octets of the one base64url text that stands for them; ParseError for any other."""
    if _BASE64URL.fullmatch(text) is None:
        raise ParseError("not base64url")
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ParseError("not base64url") from None
    if encode(octets) != text:
        raise ParseError("base64url with spare bits")
    return octets


def read_object(octets: bytes) -> dict[str, Any]:
    """Return a JSON object; ParseError for another value, a key given twice, NaN or too much text."""
    if len(octets) > MAX_JSON:
        raise ParseError(f"JSON of more than {MAX_JSON} octets")
    try:
        value = json.loads(octets.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ParseError("malformed JSON") from None
    if not isinstance(value, dict):
        raise ParseError("not a JSON object")
    return value


def write_object(value: dict[str, Any]) -> bytes:
    """Return the canonical text: keys in order, no white space, no escapes but the needed (RFC 8225 §9)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signing_input(header: bytes, payload: bytes) -> bytes:
    """Return what is signed."""
    return f"{encode(header)}.{encode(payload)}".encode()


def sign(signed: bytes, key: EllipticCurvePrivateKey) -> bytes:
    """Return the signature over `signed`: r and s, 32 octets each."""
    r, s = decode_dss_signature(key.sign(signed, ECDSA(SHA256())))
    return r.to_bytes(N_COORDINATE, "big") + s.to_bytes(N_COORDINATE, "big")


def is_signed(signed: bytes, signature: bytes, key: EllipticCurvePublicKey) -> bool:
    """Whether `signature` is one of `key` over `signed`; a key of another curve signs nothing here."""
    if len(signature) != 2 * N_COORDINATE or not isinstance(key.curve, SECP256R1):
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:N_COORDINATE], signature[N_COORDINATE:]))
    try:
        key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
