"""What the vault may put its name under: a manifest, or a checkpoint that it composes itself."""

import json
import re

import rfc8785

from pbx.core.errors import ParseError

MAX_MANIFEST = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAMES = ("recording", "call", "tenant", "object_key")


def recording_of(octets: bytes) -> str:
    """Return which recording a manifest of any version is about; ParseError when it is no manifest."""
    if len(octets) > MAX_MANIFEST:
        raise ParseError("a manifest that is too long", 0)
    try:
        value = json.loads(octets)
        canonical = rfc8785.dumps(value) == octets
    except (ValueError, RecursionError):
        raise ParseError("a manifest that is not JSON", 0) from None
    if not canonical or not isinstance(value, dict) or type(value.get("v")) is not int:
        raise ParseError("not a canonical manifest", 0)
    if not all(isinstance(value.get(name), str) and 0 < len(value[name]) <= 128 for name in _NAMES):
        raise ParseError("a manifest that does not say whose it is", 0)
    hashes = (value.get("sha256_cipher"), value.get("sha256_plain"))
    if not all(isinstance(one, str) and _SHA256.fullmatch(one) for one in hashes):
        raise ParseError("a manifest without the hashes of its recording", 0)
    return str(value["recording"])
