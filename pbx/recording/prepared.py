"""A sealed recording that waits for the object store: the row to commit, as the octets of a file.

Everything that needs the vault is done by then, so that a later attempt only uploads and commits. JSON;
octets are base64, the time is ISO 8601. Nothing in it opens the recording without the tenant's identity.
"""

import base64
import json
from dataclasses import fields
from datetime import datetime
from typing import Any

from pbx.core.errors import ParseError
from pbx.recording.effects import FinishedRecording

MAX_PREPARED = 4 << 20  # a manifest has at most 1 MiB, base64 makes 1.4 of it; the rest is small
_FIELDS = {field.name: field.type for field in fields(FinishedRecording)}


def encode(finished: FinishedRecording) -> bytes:
    """Return the octets of the file."""
    return json.dumps({name: _out(getattr(finished, name)) for name in _FIELDS}).encode()


def decode(octets: bytes) -> FinishedRecording:
    """Return the row; ParseError(0) unless the octets are those of `encode`."""
    if len(octets) > MAX_PREPARED:
        raise ParseError("a prepared recording that is too long", 0)
    try:
        value = json.loads(octets)
        if not isinstance(value, dict) or set(value) != set(_FIELDS):
            raise ParseError("a prepared recording with other fields", 0)
        return FinishedRecording(**{name: _in(kind, value[name]) for name, kind in _FIELDS.items()})
    except (ValueError, TypeError, RecursionError):
        raise ParseError("not a prepared recording", 0) from None


def _out(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _in(kind: Any, value: Any) -> Any:
    if kind is bytes:
        return base64.b64decode(value, validate=True)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if type(value) is not kind:
        raise TypeError
    return value
