"""The sound of a finished recording, whatever form its master has: WAV comes out, from any second on."""

from collections.abc import AsyncIterator
from typing import Protocol

from pbx.core.secret import Secret
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.flac_recording import FlacRecording
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.seekable import SeekableRecording
from pbx.recording.mono import Mixer, header
from pbx.recording.seats import Kept


class Sound(Protocol):
    """`n_samples` and all places are units of 1/8000 s; `n_opened` counts the chunks decrypted so far."""

    @property
    def n_samples(self) -> int: ...

    @property
    def n_opened(self) -> int: ...

    async def prove(self) -> None:
        """Find out now whether it is the sound that the manifest speaks of."""
        ...

    def excerpt(self, first: int, n_samples: int) -> AsyncIterator[bytes]:
        """Yield a WAV file of a part."""
        ...

    def muted(self, kept: Kept) -> AsyncIterator[bytes]:
        """Yield a WAV file of the whole with silence in the place of everything but `kept`."""
        ...


async def mono_pieces(
    row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes]
) -> AsyncIterator[bytes]:
    """Yield a WAV file of one channel, the first two mixed; ParseError at the first damage."""
    form, sound = manifest.sound(row.manifest), open_sound(row, store, file_key)
    mixer = Mixer(form.encoding, form.n_channels)
    pieces = sound.excerpt(0, sound.n_samples)
    await anext(pieces)  # the header of all channels
    yield header(form.encoding, sound.n_samples)
    async for piece in pieces:
        yield mixer.update(piece)


def open_sound(row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes]) -> Sound:
    """Return the sound of a row; ParseError(0) for a manifest that does not say what it is."""
    if manifest.sound(row.manifest).is_flac:
        return FlacRecording(row, store, file_key)
    return SeekableRecording(row, store, file_key)
