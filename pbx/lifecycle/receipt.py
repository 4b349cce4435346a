"""The receipt of an erasure: canonical JSON (RFC 8785) that says what is gone, signed by the vault.

It has no member `v`, so that nobody can take one for a manifest.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import rfc8785

from pbx import __version__
from pbx.core.errors import MisuseError, ParseError
from pbx.lifecycle.erasure import Erasure

VERSION = 1
MAX_RECEIPT = 8192  # octets; names and free text have 128 characters each, in JSON at most 6 octets
_TEXTS = (
    "recording",
    "call",
    "tenant",
    "kind",
    "object_key",
    "ground",
    "extent",
    "reason",
    "actor",
    "object",
)
_HASHES = ("sha256_cipher", "manifest_sha256")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIMES = ("started_at", "asked_at", "key_gone_at", "scrubbed_at", "object_gone_at")


def build(erasure: Erasure) -> bytes:
    """Return the octets to sign: the same again when it is asked again after a crash."""
    if erasure.scrubbed_at is None:
        raise MisuseError("a receipt for a key that may still be there")
    value: dict[str, Any] = {name: getattr(erasure, name) for name in (*_TEXTS, *_HASHES)}
    if erasure.copy_key:
        value["copy_key"] = erasure.copy_key
    times = {name: getattr(erasure, name) for name in _TIMES}
    value |= {name: at.isoformat() for name, at in times.items() if at is not None}
    return rfc8785.dumps({"receipt": VERSION, "issuer": f"pbx {__version__}", **value})


def parse(octets: bytes) -> Mapping[str, Any]:
    """Return the fields of a receipt; ParseError when it is none, or not canonical."""
    if len(octets) > MAX_RECEIPT:
        raise ParseError("a receipt that is too long", 0)
    try:
        value = json.loads(octets)
        canonical = rfc8785.dumps(value) == octets
    except (ValueError, RecursionError):
        raise ParseError("a receipt that is not JSON", 0) from None
    if not canonical or not isinstance(value, dict) or value.get("receipt") != VERSION or "v" in value:
        raise ParseError("not a canonical receipt", 0)
    if not all(isinstance(value.get(name), str) for name in _TEXTS) or not value["recording"]:
        raise ParseError("a receipt that does not say of what", 0)
    if not all(_SHA256.fullmatch(str(value.get(name))) for name in _HASHES):
        raise ParseError("a receipt without the hashes of what is gone", 0)
    if not isinstance(value.get("scrubbed_at"), str):
        raise ParseError("a receipt for a key that may still be there", 0)
    return value
