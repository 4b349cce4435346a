"""Getting a finished recording back: exported for a stock tool, verified, or as WAV octets.

The file key comes from the vault (`VaultClient.unwrap`), which has put the access on the record by then.
Errors: StorageError from the store, ParseError when the payload is damaged.
"""

import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

from pbx.core.errors import ParseError, StorageError
from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.recording.age import PayloadDecryptor, Recipient, build_header
from pbx.recording.effects import FinishedRecording
from pbx.recording.export import Verdict, Verifier
from pbx.recording.io.object_store import ObjectStore, stream
from pbx.recording.playback_copy import PlaybackCopy


async def export(row: FinishedRecording, store: ObjectStore, out: Path) -> None:
    """Write header and payload as one age file (mode 0600) that `age -d -i key` opens."""
    new = out.with_name(f"{out.name}.new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(row.header)
        async for block in stream(store, row.object_key):
            file.write(block)
    new.rename(out)


async def verify(
    row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes], public_key: bytes
) -> Verdict:
    """Check everything about a recording; a missing object is a problem, a silent store an error."""
    verifier = Verifier(row, file_key, public_key)
    try:
        async for block in stream(store, row.object_key):
            verifier.update(block)
    except StorageError as error:
        if error.retryable:
            raise
        return Verdict(problems=("the object is missing",))
    return verifier.verdict()


def wav_pieces(row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes]) -> AsyncIterator[bytes]:
    """Yield the WAV file; ParseError at the first damage, after which nothing more comes."""
    return plain_pieces(row, store, file_key)


async def plain_pieces(
    row: FinishedRecording | PlaybackCopy, store: ObjectStore, file_key: Secret[bytes]
) -> AsyncIterator[bytes]:
    """Yield what was sealed; ParseError at the first damage, after which nothing more comes."""
    decryptor = PayloadDecryptor(file_key)
    async for block in stream(store, row.object_key):
        yield decryptor.update(block)
    yield decryptor.finish()


async def pieces_for(
    row: FinishedRecording, store: ObjectStore, keys: tuple[Secret[bytes], Recipient, Ids]
) -> AsyncIterator[bytes]:
    """Yield an age file for one recipient alone: another header before the same payload, nothing decrypted.

    `keys`: the file key, whom to wrap it for, randomness. ParseError at the end when the payload was changed.
    """
    file_key, recipient, ids = keys
    yield build_header(file_key, [recipient], ids, recording=row.recording)
    digest = sha256()
    async for block in stream(store, row.object_key):
        digest.update(block)
        yield block
    if digest.hexdigest() != row.sha256_cipher:
        raise ParseError("the payload is not what the manifest says", 0)


async def decrypt_wav(row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes]) -> bytes:
    """Return the whole WAV file in memory; for short recordings (voicemail) and tests."""
    return b"".join([piece async for piece in wav_pieces(row, store, file_key)])
