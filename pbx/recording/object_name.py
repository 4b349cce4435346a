"""The name of a recording's object in the store; apart, for the vault asks for it and never for audio."""

import hmac
from hashlib import sha256

from pbx.core.ids import Ids
from pbx.core.secret import Secret


def object_key(file_key: Secret[bytes], recording: str) -> str:
    """Return the object's name: the same on every attempt, and a guess of nobody without the file key."""
    return _object_name(
        hmac.digest(file_key.reveal(), b"pbx object key v1\x00" + recording.encode(), "sha256")
    )


def spare_object_key(ids: Ids) -> str:
    """Return a name for a recording whose own name another object has."""
    return _object_name(ids.octets(sha256().digest_size))


def _object_name(octets: bytes) -> str:
    name = octets.hex()
    return f"{name[:2]}/{name}.age-payload"
