"""The playback copy of a recording: a small Ogg/Opus file made from the master, sealed with its own key.

    NONE -> BEGUN      its object has a name, and may be there from now on
    BEGUN -> MADE      the object was read back, and the header that opens it is committed
    MADE -> BEGUN      it is withdrawn: the header is gone, the object may still be there
    BEGUN -> NONE      the object is gone

So a name is on record before an object can have it: whatever dies in between, none is left that nobody knows.
The copy proves nothing; the master does.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pbx.core.ids import Ids
from pbx.recording.effects import FinishedRecording

_NAME_OCTETS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackCopy:
    """A copy that was made; its fields mean what those of `FinishedRecording` do, of its own object."""

    recording: str
    object_key: str
    header: bytes
    size: int
    sha256_cipher: str
    made_at: datetime


class CopyLedger(Protocol):
    """Where copies stand; StorageError when it is down."""

    async def next(self, skipped: Collection[str]) -> FinishedRecording | None:
        """Return the newest recording that lacks a copy and may have one, but for some."""
        ...

    async def lacking(self, recordings: Collection[str]) -> set[str]:
        """Return which of some recordings still lack a copy and may have one."""
        ...

    async def failed(self, recording: str, reason: str, at: datetime) -> None:
        """Put on the record, once for each reason, that a recording gets no copy."""
        ...

    async def begin(self, recording: str, object_key: str) -> bool:
        """Name the object; False when there is a copy, made or begun, or when there must be none."""
        ...

    async def commit(self, copy: PlaybackCopy) -> bool:
        """Make it the copy of its recording; False when it is not the one that was begun, or must not be."""
        ...

    async def withdraw(self, recording: str) -> str:
        """Destroy the header of a copy; return its object's name, "" = there is none, made or begun.

        StorageError for one that was made and that a legal hold keeps, or that could not be made again.
        """
        ...

    async def forget(self, recording: str, object_key: str) -> None:
        """Its object is gone: there is no copy any more. One that was made or named anew stays."""
        ...


def object_key(ids: Ids) -> str:
    """Return a name that says nothing (E-17), not even of which master it is a copy."""
    name = ids.octets(_NAME_OCTETS).hex()
    return f"{name[:2]}/{name}.age-payload"
