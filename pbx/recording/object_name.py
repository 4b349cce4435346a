"""The name of a recording's object in the store; apart, for the vault asks for it and never for audio."""

import hmac
import re
from hashlib import sha256

from pbx.core.ids import Ids
from pbx.core.secret import Secret

_FORM = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.age-payload")


def object_key(file_key: Secret[bytes], recording: str) -> str:
    """Return the object's name: the same on every attempt, and a guess of nobody without the file key."""
    return _object_name(
        hmac.digest(file_key.reveal(), b"pbx object key v1\x00" + recording.encode(), "sha256")
    )


def spare_object_key(ids: Ids) -> str:
    """Return a name for a recording whose own name another object has."""
    return _object_name(ids.octets(sha256().digest_size))


def is_object_key(name: str) -> bool:
    """Whether an object may be a recording or a playback copy of ours, by its name."""
    return _FORM.fullmatch(name) is not None


def _object_name(octets: bytes) -> str:
    name = octets.hex()
    return f"{name[:2]}/{name}.age-payload"
