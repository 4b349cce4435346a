"""The vault's own record: JSON lines, each with its number and the hash of the line before.

What the vault has signed stands here too, so that a log that was rewritten cannot be signed again.
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from pbx.core.io.clock import utc_now
from pbx.recording.log import EMPTY_ROOT

CHECKPOINT = "checkpoint.signed"
WANTED, BEGUN = "keys.epoch_wanted", "keys.epoch_begun"  # before and after a new identity is made
DOOMED, DESTROYED = "keys.epochs_doomed", "keys.epochs_destroyed"  # before and after old ones go
ABANDONED = "keys.abandoned"  # nothing came of what was wanted
_ENDS = (BEGUN, DESTROYED, ABANDONED)
_READ = tuple(kind.encode() for kind in (CHECKPOINT, WANTED, DOOMED, *_ENDS))
Head = tuple[int, bytes]


class VaultAudit:
    """Appends lines; OSError when one cannot be brought to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number, self._previous = 0, ""
        self._head: Head = (0, EMPTY_ROOT)
        self._open: dict[str, Mapping[str, Any]] = {}
        self._was_read = False

    def head(self) -> Head:
        """Return size and root of the last checkpoint that was signed."""
        self._read()
        return self._head

    def open_lines(self) -> Mapping[str, Mapping[str, Any]]:
        """Return by tenant the line of what was wanted of its keys, where no line says what came of it."""
        self._read()
        return self._open

    def append(self, line: Mapping[str, object]) -> None:
        """Write one line; it is on the disk when this returns."""
        self._read()
        whole = {**line, "n": self._number + 1, "prev": self._previous}
        octets = json.dumps(whole, separators=(",", ":")).encode() + b"\n"
        _append(self._path, octets)
        self._take(octets)

    def note(self, line: Mapping[str, object]) -> None:
        """Write one line with the time before it."""
        self.append({"at": utc_now().isoformat(), **line})

    def _read(self) -> None:
        if self._was_read:
            return
        if self._path.is_file():
            with self._path.open("rb") as file:
                for octets in file:
                    self._take(octets)
        self._was_read = True

    def _take(self, octets: bytes) -> None:
        self._number += 1
        self._previous = sha256(octets.rstrip(b"\n")).hexdigest()
        if not any(kind in octets for kind in _READ):
            return
        try:
            line = json.loads(octets)
            kind = line["kind"]
            if kind == CHECKPOINT:
                self._head = (int(line["size"]), bytes.fromhex(line["root"]))
            elif kind in (WANTED, DOOMED):
                self._open[str(line["tenant"])] = line
            elif kind in _ENDS:
                self._open.pop(str(line["tenant"]), None)
        except (ValueError, KeyError, TypeError):
            return  # a torn line: what it says was never done


def _append(path: Path, line: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        if os.write(fd, line) != len(line):
            raise OSError(0, "a short write")
        os.fsync(fd)
    finally:
        os.close(fd)
