"""Journals as files in a spool: begun under a lock, and their key headers read and replaced.

An open journal is locked (flock): a journal whose lock is free has no living owner and may be finalised.
REC.jrn is a recording's first part, REC.jrn2 the second one, REC.jrn2-3 that of its third chapter.
"""

import fcntl
import os
import re
from dataclasses import dataclass
from pathlib import Path

from pbx.core.errors import ParseError, StorageError
from pbx.recording.age import MAX_HEADER
from pbx.recording.io.key_files import sync_directory
from pbx.recording.journal import FIRST_CHAPTER, FIRST_PART, preamble, split_journal

SUFFIX = ".jrn"
_NEW_SUFFIX = ".new"  # until head and lock are in place
_NUMBER = "([2-9]|[1-9][0-9])"  # the first part, and the first chapter, have none
_NAME = re.compile(rf"([A-Za-z0-9_-]{{1,64}})\.jrn{_NUMBER}?(?:-{_NUMBER})?", re.ASCII)
_PREAMBLE = 64  # more than the octets before the header
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class PartNumber:
    """Which file of a recording: a part of a chapter, in the order in which they were begun."""

    chapter: int
    part: int


def part_name(recording: str, part: int, chapter: int = FIRST_CHAPTER) -> str:
    """Return the name of a part's file."""
    behind = f"-{chapter}" if chapter != FIRST_CHAPTER else ""
    return f"{recording}{SUFFIX}{part if part != FIRST_PART else ''}{behind}"


def parse_name(name: str) -> tuple[str, PartNumber] | None:
    """Return of which recording a file is, and which of its parts; None when it is no journal."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return found[1], PartNumber(int(found[3] or FIRST_CHAPTER), int(found[2] or FIRST_PART))


def open_journal(spool: Path, name: str, start: bytes) -> int:
    """Create, lock and begin a journal; only then give it the `name` that the finaliser looks for.

    Returns the descriptor that holds the lock; StorageError when the spool refuses it.
    """
    if parse_name(name) is None:
        raise StorageError("a recording id that cannot name a file", retryable=False)
    new = spool / f"{name}{_NEW_SUFFIX}"
    fd = -1
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        write_octets(fd, start)
        os.link(new, spool / name)  # unlike rename, never replaces a journal
        new.unlink()
    except OSError as error:
        if fd >= 0:
            os.close(fd)
            new.unlink(missing_ok=True)
        is_other = isinstance(error, FileExistsError)  # somebody else's recording has this id
        raise StorageError(f"the spool refuses a journal: {error.strerror}", retryable=not is_other) from None
    return fd


class FileOctets:
    """A journal that is read where it lies: `n_skipped` octets behind its beginning are the first.

    The descriptor belongs to the caller. What is appended later is not there.
    """

    def __init__(self, fd: int, n_skipped: int = 0) -> None:
        self._fd, self._n_skipped = fd, n_skipped
        self._size = os.fstat(fd).st_size - n_skipped

    @property
    def size(self) -> int:
        return self._size

    def read(self, start: int, length: int) -> bytes:
        """Return the octets from `start` on, fewer at the end; StorageError when the disk refuses."""
        try:
            return os.pread(self._fd, max(0, min(length, self._size - start)), self._n_skipped + start)
        except OSError as error:
            raise StorageError(f"the spool cannot be read: {error.strerror}", retryable=True) from None

    def beginning(self) -> bytes:
        """Return what a key header may be in, and an octet more."""
        return self.read(0, MAX_HEADER + _PREAMBLE)

    def preamble(self) -> tuple[bytes, int]:
        """Return the age header and the offset of the first record; ParseError(0) when it is no journal."""
        return split_journal(self.beginning())

    def behind(self, offset: int) -> "FileOctets":
        """Return what follows the first `offset` octets."""
        return FileOctets(self._fd, self._n_skipped + offset)


def write_octets(fd: int, octets: bytes) -> None:
    """Write all of them; OSError when the disk refuses some."""
    view = memoryview(octets)
    while view:
        view = view[os.write(fd, view) :]


def read_header(path: Path) -> bytes | None:
    """Return a journal's key header; None when the journal is gone or no header can be read."""
    try:
        with path.open("rb") as file:
            return split_journal(file.read(MAX_HEADER + _PREAMBLE))[0]
    except (FileNotFoundError, ParseError):
        return None


def replace_header(path: Path, header: bytes) -> None:
    """Give a journal without an owner another header for the same file key, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    with path.open("rb") as old, new.open("wb") as file:
        new.chmod(0o600)
        _, offset = split_journal(old.read(MAX_HEADER + _PREAMBLE))
        old.seek(offset)
        file.write(preamble(header))
        while block := old.read(_BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_directory(path.parent)
