"""A finished recording in WAV that is read from any second on (R-25), in chunks of 64 KiB (E-05).

The first chunk proves what the manifest says of the sound, and the last one that nothing was cut off: both
are opened before anything is given out. Errors: StorageError from the store, ParseError for what is not
authentic.
"""

from collections.abc import AsyncIterator

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording import manifest, wav
from pbx.recording.age_payload import CHUNK
from pbx.recording.effects import FinishedRecording
from pbx.recording.form import FORMS
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.sealed_octets import SealedOctets
from pbx.recording.muting import Muting
from pbx.recording.seats import Kept

AT_ONCE = 16 * CHUNK  # octets of plaintext per request to the store, one minute of two channels


class SeekableRecording:
    """The sound of one recording, a WAV file; samples are units of 1/8000 s."""

    def __init__(self, row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes]) -> None:
        sound = manifest.sound(row.manifest)
        self.n_samples, self._encoding = sound.samples, sound.encoding
        self._lists_gaps, self._n_channels = sound.lists_gaps, sound.n_channels
        self._block = sound.n_channels * FORMS[sound.encoding].size  # octets of a unit
        self._head = self._header(sound.samples)
        self._octets = SealedOctets(row, store, file_key)
        self._is_proved = False

    @property
    def n_opened(self) -> int:
        """The chunks that were decrypted so far."""
        return self._octets.n_opened

    async def prove(self) -> None:
        """Open the first and the last chunk now rather than with the first sound."""
        if self._is_proved:
            return
        first = await self._octets.begin()
        n_behind = self._octets.size - len(self._head) - self.n_samples * self._block
        self._head = self._header(self.n_samples, max(0, n_behind))
        is_whole = n_behind > 0 if self._lists_gaps else n_behind == 0
        if not first.startswith(self._head) or not is_whole:
            raise ParseError("the manifest does not belong to this sound", 0)
        self._is_proved = True

    async def read(self, start: int, length: int) -> bytes:
        """Return octets of the WAV file from `start` on, fewer at its end."""
        await self.prove()
        return await self._octets.read(start, length)

    async def excerpt(self, first: int, n_samples: int) -> AsyncIterator[bytes]:
        """Yield a WAV file of some samples per channel; what lies beyond the end is left out."""
        await self.prove()
        begin = min(first, self.n_samples)
        n_samples = min(n_samples, self.n_samples - begin)
        at = len(self._head) + begin * self._block
        end = at + n_samples * self._block
        yield self._header(n_samples)
        at_once = AT_ONCE // self._block * self._block
        while at < end:
            piece = await self.read(at, min(at_once, end - at))
            yield piece
            at += len(piece)

    async def muted(self, kept: Kept) -> AsyncIterator[bytes]:
        """Yield a WAV file as long as the master, with silence in the place of everything but `kept`."""
        muting = Muting(self._encoding, kept)
        pieces = self.excerpt(0, self.n_samples)
        yield await anext(pieces)  # the header
        async for piece in pieces:
            yield muting.update(piece)

    def _header(self, n_units: int, n_behind: int = 0) -> bytes:
        n_samples = n_units * FORMS[self._encoding].per_unit
        return wav.header(self._encoding, n_samples, n_behind, self._n_channels)
