"""The vault's key files, 0600 in a 0700 directory: age identities of the tenants, one Ed25519 signing key.

A tenant has one identity per epoch: `TENANT.age` is epoch 1, `TENANT@2.age` and so on came by rotation. The
newest one gets new recordings, the others open what is not re-wrapped yet.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import Identity, generate_identity, parse_identity

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # becomes a file name; has no @
_EPOCH = re.compile(r"(?:[2-9]|[1-9][0-9]{1,4})", re.ASCII)
MAX_EPOCH = 99_999  # a rotation each day for 270 years
FIRST_EPOCH = 1
_SUFFIX = ".age"
_SIGNING_KEY = "signing.ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantIdentity:
    """An identity and whose it is, since which rotation."""

    tenant: str
    epoch: int
    identity: Identity


class KeyDirectory:
    """The private keys; StorageError when the directory cannot be read or written."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._identities: dict[tuple[str, int], Identity] = {}
        for path in sorted(directory.glob(f"*{_SUFFIX}")):
            self._identities[_owner(path)] = _read_identity(path)
        self._signing = self._load_signing()

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key that manifests are checked with."""
        return self._signing.public_key().public_bytes_raw()

    def sign(self, octets: bytes) -> bytes:
        return self._signing.sign(octets)

    def identity(self, tenant: str) -> Identity:
        """Return the tenant's newest identity, made at first use; ParseError when it cannot name a file."""
        held = self.identities(_checked(tenant))
        return held[0].identity if held else self._make(tenant, FIRST_EPOCH).identity

    def identities(self, tenant: str) -> list[TenantIdentity]:
        """Return the tenant's identities, newest first, or all for an empty name; makes none."""
        held = [
            TenantIdentity(tenant=name, epoch=epoch, identity=key)
            for (name, epoch), key in self._identities.items()
            if tenant in ("", name)
        ]
        return sorted(held, key=lambda one: -one.epoch)

    def made_ns(self, one: TenantIdentity) -> int:
        """Return the wall clock when the identity's file was written; later when it was copied back."""
        try:
            return (self._directory / _file_name(one.tenant, one.epoch)).stat().st_mtime_ns
        except OSError as error:
            raise StorageError(f"a key is gone: {error.strerror}", retryable=False) from None

    def begin_epoch(self, tenant: str) -> TenantIdentity:
        """Make the identity that gets the tenant's recordings from now on."""
        held = self.identities(_checked(tenant))
        epoch = held[0].epoch + 1 if held else FIRST_EPOCH
        if epoch > MAX_EPOCH:
            raise ParseError("a tenant has no more epochs", 0)
        return self._make(tenant, epoch)

    def destroy(self, tenant: str, before: int) -> tuple[int, ...]:
        """Destroy the identities of epochs lower than `before`; return which, oldest first.

        The octets are overwritten before the name goes: best effort, a file system may keep copies.
        """
        gone = sorted(one.epoch for one in self.identities(_checked(tenant)) if one.epoch < before)
        try:
            for epoch in gone:
                overwrite(self._directory / _file_name(tenant, epoch))
                del self._identities[tenant, epoch]
            sync_directory(self._directory)
        except OSError as error:
            raise StorageError(f"a key cannot be destroyed: {error.strerror}", retryable=True) from None
        return tuple(gone)

    def _make(self, tenant: str, epoch: int) -> TenantIdentity:
        identity = generate_identity(SystemIds())
        self._store(_file_name(tenant, epoch), identity.text().reveal().encode() + b"\n")
        self._identities[tenant, epoch] = identity
        return TenantIdentity(tenant=tenant, epoch=epoch, identity=identity)

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


def overwrite(path: Path) -> None:
    """Replace a file's octets by zeros, durably, then remove its name."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _checked(tenant: str) -> str:
    if _TENANT.fullmatch(tenant) is None:
        raise ParseError("a tenant name that cannot name a key", 0)
    return tenant


def _file_name(tenant: str, epoch: int) -> str:
    return f"{tenant}{_SUFFIX}" if epoch == FIRST_EPOCH else f"{tenant}@{epoch}{_SUFFIX}"


def _owner(path: Path) -> tuple[str, int]:
    """Return tenant and epoch of a key file."""
    tenant, at, epoch = path.name.removesuffix(_SUFFIX).partition("@")
    if at and _EPOCH.fullmatch(epoch) is None:
        raise StorageError(f"{path.name}: an epoch is a number from 2 on", retryable=False)
    return tenant, int(epoch) if at else FIRST_EPOCH


def _read_identity(path: Path) -> Identity:
    try:
        return parse_identity(Secret(path.read_text(encoding="ascii").strip()))
    except (OSError, ValueError, ParseError):
        raise StorageError(f"{path.name} is not an identity", retryable=False) from None
