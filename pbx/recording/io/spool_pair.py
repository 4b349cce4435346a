"""Spool pair: how a spool and its spare know each other: an unmounted disk must not pass for an empty one.

The first directory keeps `pairs.json`, which spares it has had and by which mark; a spare keeps its mark in a
file `pair`. Nothing is made of a mark but the comparison. Only the finaliser writes them.
"""

import json
import os
from pathlib import Path

import structlog

from pbx.core.errors import StorageError
from pbx.core.ids import Ids
from pbx.recording.io.key_files import sync_directory

PAIRS, MARK = "pairs.json", "pair"
MAX_PAIRS = 16  # spares that one spool has had; those that are empty are forgotten
MAX_FILE = 16384
_MARK_SIZE = 16
_log = structlog.get_logger()


def marks(spool: Path) -> frozenset[str]:
    """Return the marks of the pairs that a directory belongs to; OSError when it cannot be read."""
    return frozenset((*read_pairs(spool).values(), *_mark(spool)))


def read_pairs(spool: Path) -> dict[str, str]:
    """Return the mark of each spare by its path; none when there is no sense in the file."""
    text = _read(spool / PAIRS)
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = {}
    return {str(path): str(mark) for path, mark in found.items()} if isinstance(found, dict) else {}


def join(spool: Path, spare: Path, *, ids: Ids, is_empty: bool) -> bool:
    """Make the two a pair when neither knows better; return whether they are one. OSError: not to be read.

    `is_empty` = no journal lies in the spare: one with a mark of another spool may be taken over then.
    """
    pairs, mine = read_pairs(spool), _mark(spare)
    known = pairs.get(str(spare))
    if known is not None or (mine and not is_empty):
        return known in mine
    if len(pairs) >= MAX_PAIRS:
        raise StorageError(f"{spool / PAIRS} lists {MAX_PAIRS} spares: remove what is gone", retryable=False)
    if not mine:
        mine = (ids.octets(_MARK_SIZE).hex(),)
        _write(spare / MARK, mine[0])
    _write(spool / PAIRS, json.dumps(pairs | {str(spare): mine[0]}))
    return True


def forget(spool: Path, spare: Path) -> None:
    """The two are a pair no longer."""
    pairs = read_pairs(spool)
    if pairs.pop(str(spare), None) is not None:
        _write(spool / PAIRS, json.dumps(pairs))
        (spare / MARK).unlink(missing_ok=True)


def _mark(spare: Path) -> tuple[str, ...]:
    text = _read(spare / MARK).strip()
    return (text,) if text else ()


def _read(path: Path) -> str:
    try:
        with path.open() as file:
            return file.read(MAX_FILE)
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _write(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    new.replace(path)
    sync_directory(path.parent)
