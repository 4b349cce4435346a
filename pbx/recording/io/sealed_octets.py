"""The plaintext of a stored payload in any place, in chunks of 64 KiB (E-05).

The first chunk and the last one, which proves that nothing was cut off, are opened before anything is given
out. Errors: StorageError from the store, ParseError for what is not authentic.
"""

from pbx.core.secret import Secret
from pbx.recording.age_chunks import PayloadChunks
from pbx.recording.age_payload import CHUNK, NONCE_SIZE, SEALED_CHUNK
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.playback_copy import PlaybackCopy


class SealedOctets:
    """`n_opened` counts the chunks that were decrypted so far."""

    def __init__(
        self, row: FinishedRecording | PlaybackCopy, store: ObjectStore, file_key: Secret[bytes]
    ) -> None:
        self._row, self._store, self._key = row, store, file_key
        self._chunks: PayloadChunks | None = None
        self.n_opened = 0

    @property
    def size(self) -> int:
        """Octets of plaintext; 0 before the first chunk was opened."""
        return 0 if self._chunks is None else self._chunks.plain_size

    async def begin(self) -> bytes:
        """Return the first chunk of a payload that ends where it has to."""
        start = await self._store.read(self._row.object_key, 0, NONCE_SIZE + SEALED_CHUNK)
        chunks = PayloadChunks(self._key, start[:NONCE_SIZE], self._row.size)
        first = self._open(chunks, range(1), start[NONCE_SIZE : self._row.size])
        if chunks.n_chunks > 1:
            last = range(chunks.n_chunks - 1, chunks.n_chunks)
            self._open(chunks, last, await self._store.read(self._row.object_key, *chunks.place(last)))
        self._chunks = chunks
        return first

    async def read(self, start: int, length: int) -> bytes:
        """Return octets of plaintext from `start` on, fewer at its end."""
        if self._chunks is None:
            await self.begin()
        chunks = self._chunks
        assert chunks is not None
        numbers = chunks.covering(start, length)
        if not numbers:
            return b""
        sealed = await self._store.read(self._row.object_key, *chunks.place(numbers))
        skipped = start - numbers.start * CHUNK
        return self._open(chunks, numbers, sealed)[skipped : skipped + length]

    def _open(self, chunks: PayloadChunks, numbers: range, sealed: bytes) -> bytes:
        self.n_opened += len(numbers)
        return chunks.open(numbers, sealed)
