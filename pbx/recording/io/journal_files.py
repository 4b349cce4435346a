"""Journals that lie in a spool as others see them: their key headers, read, replaced, destroyed."""

import os
from pathlib import Path

from pbx.core.errors import ParseError
from pbx.recording.age import MAX_HEADER
from pbx.recording.io.vault_keys import sync_directory
from pbx.recording.journal import preamble, split_journal

_PREAMBLE = 64  # more than the octets before the header
_BLOCK = 1 << 20


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
