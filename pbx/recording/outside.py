"""Checkpoints outside of the machine: what they are called there, and what they prove of the log at hand.

Who rewrites the log and all that the machine has signed cannot rewrite what another machine keeps. The name
of an object says size and root, so that a list of names is compared with the log; only what differs has to be
read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.recording.signed_note import Checkpoint, open_note, origin_of

PREFIX = "log-checkpoints/"  # behind all recordings in a listing: their names begin with 00 to ff
_ORIGIN = "pbx-audit/"
_NAME = re.compile(r"([0-9]{19})-([0-9a-f]{64})\.note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An object that says it is a checkpoint: its key, and size and root by its name."""

    key: str
    head: tuple[int, bytes]


def folder_of(public_key: bytes) -> str:
    """Return the prefix under which the checkpoints of the log that a key signs are kept."""
    return f"{PREFIX}{origin_of(public_key).removeprefix(_ORIGIN)}/"


def key_of(checkpoint: Checkpoint) -> str:
    """Return the object's name: in a listing, a larger tree comes behind a smaller one."""
    folder = f"{PREFIX}{checkpoint.origin.removeprefix(_ORIGIN)}"
    return f"{folder}/{checkpoint.size:019d}-{checkpoint.root.hex()}.note"


def named(keys: Sequence[str]) -> tuple[list[Named], list[str]]:
    """Return the checkpoints among the keys of a folder, the smallest first, and what is none."""
    found: list[Named] = []
    strange: list[str] = []
    for key in keys:
        match = _NAME.fullmatch(key.rpartition("/")[2])
        if match is None:
            strange.append(key)
        else:
            found.append(Named(key=key, head=(int(match[1]), bytes.fromhex(match[2]))))
    return sorted(found, key=lambda one: one.head), strange


def signed_head(one: Named, note: bytes, public_key: bytes) -> tuple[int, bytes]:
    """Return the head that a note proves; ParseError when it is not signed, or not what its name says."""
    checkpoint = open_note(note, public_key)
    if checkpoint.origin != origin_of(public_key) or checkpoint.head != one.head:
        raise ParseError("a checkpoint under another one's name", 0)
    return checkpoint.head
