"""The keys that make a stolen database useless; they live in files outside of it."""

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pbx.core.errors import StorageError
from pbx.core.secret import Secret

KEY_BYTES = 32
_FILES = ("phone.key", "verify.key", "fields.key", "grant.key")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreKeys:
    """`phone` finds numbers, `verify` compares dates of birth and counts, `fields` encrypts columns.

    `grant` is the seed of the Ed25519 key that signs grants.
    """

    phone: Secret[bytes]
    verify: Secret[bytes]
    fields: Secret[bytes]
    grant: Secret[bytes]

    @property
    def gruu(self) -> Secret[bytes]:
        """A key of its own for temporary GRUUs, which outlive a restart (RFC 5627 §3.1.2)."""
        return Secret(hmac.digest(self.verify.reveal(), b"temporary GRUUs", "sha256"))

    @classmethod
    def load_or_create(cls, directory: Path) -> "StoreKeys":
        """Return the keys in `directory`, made at random when they do not exist.

        The directory gets mode 0700, the files 0600. StorageError when a file is not a key or is open
        to other users: then somebody should look before anything is stored under it.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o700)
            phone, verify, fields, grant = (_load_or_create(directory / name) for name in _FILES)
        except OSError as error:
            raise StorageError(f"{directory}: {error.strerror}", retryable=False) from None
        return cls(phone=phone, verify=verify, fields=fields, grant=grant)


def _load_or_create(path: Path) -> Secret[bytes]:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    if not path.exists():
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(KEY_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(temporary, path)  # unlike rename, never replaces a key that another process just made
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    if path.stat().st_mode & 0o077:
        raise StorageError(f"{path}: readable by other users, expected mode 0600", retryable=False)
    octets = path.read_bytes()
    if len(octets) != KEY_BYTES:
        raise StorageError(f"{path}: not a key of {KEY_BYTES} octets", retryable=False)
    return Secret(octets)
