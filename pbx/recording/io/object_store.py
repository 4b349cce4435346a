"""Where masters live: a directory or an S3 bucket behind one small protocol.

Every error is StorageError. A wrong credential is retryable: nothing is lost by waiting, somebody must act.
"""

import asyncio
import builtins
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pbx.core.errors import StorageError
from pbx.recording.io.key_files import sync_directory

BLOCK = 1 << 20
MAX_LISTED = 200_000  # keys in one answer of `list`: of 100,000 recordings, each with a playback copy
_NEW_SUFFIX = ".new"
LockMode = Literal["governance", "compliance", "none"]
Put = Literal["locked", "not_locked", "exists"]
ResultT = TypeVar("ResultT")


class ObjectStore(Protocol):
    """Objects by key, created once: what is there is never replaced by `put_file` (E-17)."""

    async def put_file(self, key: str, path: Path, sha256_hex: str) -> bool:
        """Store a local file as a whole or not at all; its SHA-256 goes along so that the store checks it.

        False when there is an object of this key: it stays as it is.
        """
        ...

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """Return octets from `start`, to the end without `length`; not retryable when it is missing."""
        ...

    async def head(self, key: str) -> int | None:
        """Return the size in octets, None when there is no such object."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; a missing one is fine."""
        ...

    async def list(self, prefix: str = "") -> builtins.list[str]:
        """Return the keys, sorted, at most MAX_LISTED."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """For how long nobody may delete an object, where the store has such a thing."""

    mode: LockMode = "governance"
    days: int = 365


class CheckpointStore(Protocol):
    """What every back end offers for small objects that stay; StorageError."""

    async def put_locked(self, key: str, octets: bytes, mode: LockMode, until: datetime) -> Put:
        """Create an object that nobody may delete until then, or without that where it is not offered."""
        ...

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes: ...

    async def list(self, prefix: str = "") -> builtins.list[str]: ...


async def stream(store: ObjectStore, key: str, block: int = BLOCK) -> AsyncIterator[bytes]:
    """Yield an object in blocks, so that no whole recording is in memory."""
    size = await store.head(key)
    if size is None:
        raise StorageError(f"no object {key}", retryable=False)
    for at in range(0, size, block):
        yield await store.read(key, at, min(block, size - at))


async def verify(store: ObjectStore, key: str, size: int, sha256_hex: str) -> bool:
    """Read the object back: whether it has this size and this hash (R-13, F-23)."""
    if await store.head(key) != size:
        return False
    digest = sha256()
    async for block in stream(store, key):
        digest.update(block)
    return digest.hexdigest() == sha256_hex


class LocalDirectory:
    """Objects as files of a directory: written beside, synced, then linked."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put_file(self, key: str, path: Path, sha256_hex: str) -> bool:
        return await _in_thread(lambda: _put(self._path(key), path, sha256_hex))

    async def put_locked(self, key: str, octets: bytes, mode: LockMode, until: datetime) -> Put:
        """Create a small object; a directory keeps nobody from deleting it."""
        is_new = await _in_thread(lambda: _create(self._path(key), octets))
        return "not_locked" if is_new else "exists"

    async def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        return await _in_thread(lambda: _read(self._path(key), start, length))

    async def head(self, key: str) -> int | None:
        return await _in_thread(lambda: _size(self._path(key)))

    async def delete(self, key: str) -> None:
        await _in_thread(lambda: _delete(self._path(key)))

    async def list(self, prefix: str = "") -> builtins.list[str]:
        return await _in_thread(lambda: _keys(self._root, prefix))

    def _path(self, key: str) -> Path:
        """The file of a key; a key that leads out of the directory is a bug of ours or an attack."""
        parts = key.split("/")
        if not key or any(part in ("", ".", "..") for part in parts) or "\0" in key:
            raise StorageError("a key that is not a relative path", retryable=False)
        return self._root.joinpath(*parts)


async def _in_thread(work: Callable[[], ResultT]) -> ResultT:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError as error:
        raise StorageError(f"the object store: {error.strerror}", retryable=False) from None
    except OSError as error:
        raise StorageError(f"the object store: {error.strerror}", retryable=True) from None


def _put(target: Path, source: Path, sha256_hex: str) -> bool:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}{_NEW_SUFFIX}")
    digest = sha256()
    with source.open("rb") as reader, new.open("wb") as writer:
        while block := reader.read(BLOCK):
            digest.update(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    if digest.hexdigest() != sha256_hex:
        new.unlink()
        raise StorageError("the file is not what its hash says", retryable=False)
    return _linked(new, target)


def _create(target: Path, octets: bytes) -> bool:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}{_NEW_SUFFIX}")
    with new.open("wb") as writer:
        writer.write(octets)
        writer.flush()
        os.fsync(writer.fileno())
    return _linked(new, target)


def _linked(new: Path, target: Path) -> bool:
    """Give a whole file its name; False when another one has it."""
    try:
        os.link(new, target)  # a rename would replace what is there
    except FileExistsError:
        return False
    finally:
        new.unlink()
    sync_directory(target.parent)
    return True


def _read(path: Path, start: int, length: int | None) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(-1 if length is None else length)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _delete(path: Path) -> None:
    path.with_name(f"{path.name}{_NEW_SUFFIX}").unlink(missing_ok=True)  # of who died while he stored it
    try:
        path.unlink()
    except FileNotFoundError:
        return
    sync_directory(path.parent)  # what is said to be gone must not be back after a power cut


def _keys(root: Path, prefix: str) -> list[str]:
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix != _NEW_SUFFIX)
    keys = (path.relative_to(root).as_posix() for path in files)
    return sorted(key for key in keys if key.startswith(prefix))[:MAX_LISTED]
