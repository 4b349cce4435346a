"""The vault's key files, 0600 in a 0700 directory: an age identity per tenant, one Ed25519 signing key."""

import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import Identity, generate_identity, parse_identity

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # becomes a file name
_SUFFIX = ".age"
_SIGNING_KEY = "signing.ed25519"


class KeyDirectory:
    """The private keys; StorageError when the directory cannot be read or written."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._identities: dict[str, Identity] = {}
        for path in sorted(directory.glob(f"*{_SUFFIX}")):
            self._identities[path.stem] = _read_identity(path)
        self._signing = self._load_signing()

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key that manifests are checked with."""
        return self._signing.public_key().public_bytes_raw()

    def sign(self, octets: bytes) -> bytes:
        return self._signing.sign(octets)

    def identity(self, tenant: str) -> Identity:
        """Return the tenant's identity, made at first use; ParseError when the name cannot be a file's."""
        if _TENANT.fullmatch(tenant) is None:
            raise ParseError("a tenant name that cannot name a key", 0)
        if tenant not in self._identities:
            identity = generate_identity(SystemIds())
            self._store(f"{tenant}{_SUFFIX}", identity.text().reveal().encode() + b"\n")
            self._identities[tenant] = identity
        return self._identities[tenant]

    def identities(self, tenant: str) -> dict[str, Identity]:
        """Return the tenant's identity by name, or all of them for an empty name; makes none."""
        return {name: key for name, key in self._identities.items() if tenant in ("", name)}

    def _load_signing(self) -> Ed25519PrivateKey:
        path = self._directory / _SIGNING_KEY
        try:
            return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text()))
        except FileNotFoundError:
            key = Ed25519PrivateKey.generate()
            self._store(_SIGNING_KEY, key.private_bytes_raw().hex().encode() + b"\n")
            return key
        except (OSError, ValueError):
            raise StorageError("the signing key cannot be read", retryable=False) from None

    def _store(self, name: str, octets: bytes) -> None:
        """Write a key file so that it is whole or absent, and never replaces another."""
        new = self._directory / f"{name}.new"
        try:
            new.unlink(missing_ok=True)
            fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            os.link(new, self._directory / name)
            new.unlink()
            sync_directory(self._directory)
        except OSError as error:
            raise StorageError(f"a key cannot be stored: {error.strerror}", retryable=True) from None


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _read_identity(path: Path) -> Identity:
    try:
        return parse_identity(Secret(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError, ParseError):
        raise StorageError(f"{path.name} is not an identity", retryable=False) from None
