"""The files of the vault's keys, 0600 in a 0700 directory: how they are called, written and destroyed.

`TENANT.age` is a tenant's identity of epoch 1, `TENANT@2.age` and so on came by rotation; `signing.ed25519`
is the key of the signatures. A key that a KMS or a hardware module has wrapped has `-wrapped` behind that.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pbx.core.errors import StorageError
from pbx.recording.envelope import MAX_ENVELOPE, KeyContext

FIRST_EPOCH = 1
_EPOCH = re.compile(r"(?:[2-9]|[1-9][0-9]{1,4})", re.ASCII)
_SUFFIX = ".age"
_SIGNING_KEY = "signing.ed25519"
_WRAPPED = "-wrapped"
_NEW = ".new"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """One key as it lies in the directory."""

    context: KeyContext
    path: Path
    is_wrapped: bool

    def read(self) -> bytes:
        """Return the content; StorageError."""
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_ENVELOPE + 1)
        except OSError as error:
            raise StorageError(f"{self.path.name}: {error.strerror}", retryable=False) from None


SIGNING = KeyContext(purpose="signing")


def identity_of(tenant: str, epoch: int) -> KeyContext:
    """Return whose key a tenant's identity is."""
    return KeyContext(purpose="identity", tenant=tenant, epoch=epoch)


def key_files(directory: Path) -> list[KeyFile]:
    """Return the keys of a directory by name; StorageError for an epoch that is none."""
    found = [_key_file(path) for path in sorted(directory.iterdir())]
    return [one for one in found if one is not None]


def key_file(directory: Path, context: KeyContext, *, is_wrapped: bool) -> KeyFile:
    """Return where a key is kept."""
    if context.purpose == "signing":
        name = _SIGNING_KEY
    else:
        name = context.tenant if context.epoch == FIRST_EPOCH else f"{context.tenant}@{context.epoch}"
        name += _SUFFIX
    path = directory / (name + _WRAPPED if is_wrapped else name)
    return KeyFile(context=context, path=path, is_wrapped=is_wrapped)


def write_key(path: Path, octets: bytes, *, may_replace: bool = False, mtime_ns: int | None = None) -> None:
    """Write a key file so that it is whole or absent; it replaces another only when that is wanted."""
    new = path.with_name(path.name + _NEW)
    try:
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(octets)
            file.flush()
            if mtime_ns is not None:
                os.utime(fd, ns=(mtime_ns, mtime_ns))
            os.fsync(file.fileno())
        if may_replace:
            os.replace(new, path)
        else:
            os.link(new, path)
            new.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise StorageError(f"a key cannot be stored: {error.strerror}", retryable=True) from None


def erase_unfinished(directory: Path) -> None:
    """Destroy what a write that was cut off has left: it may be a private key, or a second name of one."""
    for path in directory.glob(f"*{_NEW}"):
        if path.stat().st_nlink > 1:
            path.unlink()
        else:
            overwrite(path)
    sync_directory(directory)


def overwrite(path: Path) -> None:
    """Replace a file's octets by zeros, durably, then remove its name."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def destroy_key(path: Path) -> None:
    """Overwrite and remove a key; cut off in the middle it is no key file any more, and erased at the start.

    Zeros under the key's own name would look like a damaged key, and keep the vault from starting.
    """
    doomed = path.with_name(path.name + _NEW)
    doomed.unlink(missing_ok=True)
    path.rename(doomed)
    sync_directory(path.parent)
    overwrite(doomed)


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _key_file(path: Path) -> KeyFile | None:
    plain = path.name.removesuffix(_WRAPPED)
    is_wrapped = plain != path.name
    if plain == _SIGNING_KEY:
        return KeyFile(context=SIGNING, path=path, is_wrapped=is_wrapped)
    if not plain.endswith(_SUFFIX):
        return None
    tenant, at, epoch = plain.removesuffix(_SUFFIX).partition("@")
    if at and _EPOCH.fullmatch(epoch) is None:
        raise StorageError(f"{path.name}: an epoch is a number from 2 on", retryable=False)
    context = identity_of(tenant, int(epoch) if at else FIRST_EPOCH)
    return KeyFile(context=context, path=path, is_wrapped=is_wrapped)
