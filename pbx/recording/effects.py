"""What leaves the recording package as a fact to be stored: the row of a finished recording."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRecording:
    """One master in the object store and all that is needed to open and to prove it.

    `header` is the detached age header (the wrapped file key): deleting it shreds the recording.
    `size` and `sha256_cipher` (64 hexadecimal digits) describe the object, which is the age payload
    without its header. `manifest` is canonical JSON, `signature` the raw Ed25519 signature over it.
    `started_at` is aware UTC. `recovered` = the journal had no end or was damaged.
    """

    recording: str
    call: str
    tenant: str
    kind: str
    header: bytes
    object_key: str
    size: int
    sha256_cipher: str
    manifest: bytes
    signature: bytes
    started_at: datetime
    duration_ms: int
    recovered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentMark:
    """A consent record by name, and the SHA-256 of its canonical JSON as 64 hexadecimal digits."""

    consent: str
    sha256: str


class RecordingLedger(Protocol):
    """The durable list of finished recordings; its methods raise StorageError when it is down."""

    async def find(self, recording: str) -> bytes | None:
        """Return the manifest of a committed row, b"" of one that was erased; None when there was none."""
        ...

    async def goes_on(self, call: str, recording: str) -> bool:
        """Whether a call is on record and its end is not, nor that the recording's journal has failed."""
        ...

    async def commit(self, finished: FinishedRecording) -> None:
        """Store one row durably; a second commit of the same recording changes nothing."""
        ...

    async def unreadable(self, recording: str, reason: str) -> None:
        """Put on the record that nobody can read what was recorded."""
        ...

    async def consents(self, call: str) -> Sequence[ConsentMark]:
        """Return the consents of a call that are on record now, oldest first."""
        ...

    async def messages(self, recordings: Collection[str]) -> frozenset[str]:
        """Return those of `recordings` that were left in a voicemail box: they can wait longest."""
        ...
