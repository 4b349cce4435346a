"""Sealed recordings in the spool: REC.payload, and REC.sealed, which says that the payload is whole.

Sealing is done once: a second payload would have another nonce, and a store that creates objects only once
would refuse it. All errors of the disk are StorageError.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import structlog

from pbx.core.errors import ParseError, StorageError
from pbx.recording import prepared
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.key_files import sync_directory
from pbx.recording.sealing import Sealer

PAYLOAD = ".payload"
SEALED = ".sealed"
_NEW = ".sealed-new"
_BLOCK = 1 << 20
_log = structlog.get_logger()


def write_payload(journal: Path, sealer: Sealer) -> Path:
    """Write the payload of a journal and sync it; return its path."""
    path = journal.with_suffix(PAYLOAD)
    with _new_file(path) as file:
        file.seek(sealer.place)
        file.writelines(sealer.pieces())
        if start := sealer.start():
            file.seek(0)
            file.write(start)
            file.seek(0)
            _read_again(sealer, file)
    return path


def _read_again(sealer: Sealer, file: BinaryIO) -> None:
    try:
        sealer.read_again(iter(lambda: file.read(_BLOCK), b""))
    except ParseError as error:
        raise StorageError(f"the spool gives back another file: {error}", retryable=True) from None


def write_where_room(homes: Sequence[Path], begin: Callable[[], Sealer]) -> tuple[Path, Sealer]:
    """Write a payload beside the first of these journals whose disk has room; each try seals anew."""
    for home in homes[:-1]:
        sealer = begin()
        try:
            write_payload(home, sealer)
            return home, sealer
        except StorageError as error:
            _log.warning("sealed in another spool", recording=home.stem, reason=str(error))
    sealer = begin()
    write_payload(homes[-1], sealer)
    return homes[-1], sealer


def find(homes: Sequence[Path]) -> tuple[Path, FinishedRecording] | None:
    """Return what was sealed beside one of these journals, and which; None when nothing was."""
    for home in homes:
        if (finished := load(home)) is not None:
            return home, finished
    return None


def save(journal: Path, finished: FinishedRecording) -> None:
    """From now on the payload is the recording: it is never sealed again."""
    new = journal.with_suffix(_NEW)
    _write(new, prepared.encode(finished))
    new.rename(journal.with_suffix(SEALED))
    sync_directory(journal.parent)


def load(journal: Path) -> FinishedRecording | None:
    """Return what was sealed; None when nothing was. What is damaged is thrown away first."""
    path = journal.with_suffix(SEALED)
    try:
        finished = prepared.decode(path.read_bytes())
        is_whole = _hash(journal.with_suffix(PAYLOAD)) == finished.sha256_cipher
    except FileNotFoundError:
        is_whole = False
        finished = None
    except ParseError:
        is_whole = False
    except OSError as error:
        raise StorageError(f"the spool cannot be read: {error.strerror}", retryable=True) from None
    if is_whole:
        return finished
    if path.exists():
        _log.error("a sealed recording was damaged in the spool, it is sealed again", recording=journal.stem)
        path.unlink()
    return None


def is_sealed(homes: Sequence[Path]) -> bool:
    """Whether the vault is no longer needed for it."""
    return any(home.with_suffix(SEALED).exists() for home in homes)


def forget(*homes: Path) -> None:
    """Delete what was sealed; the statement goes before the payload, so that it never lies."""
    for suffix in (SEALED, _NEW, PAYLOAD):
        for home in homes:
            home.with_suffix(suffix).unlink(missing_ok=True)


def _write(path: Path, octets: bytes) -> None:
    with _new_file(path) as file:
        file.write(octets)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is synced in the end; when the disk refuses it, it is gone."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w+b") as file:
            yield file
            file.flush()
            os.fsync(fd)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StorageError(f"the spool refuses a file: {error.strerror}", retryable=True) from None
    except StorageError:
        path.unlink(missing_ok=True)
        raise


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
