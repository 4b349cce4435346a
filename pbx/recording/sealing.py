"""The age payload of a master, piece by piece, and the hashes of both of its sides.

WAV is sealed from its first octet to its last and hashed on the way. FLAC begins with a seek table that only
its last frame completes: the beginning is sealed at the end, and the payload is hashed when it is read again,
which proves at the same time that it can be opened.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import numpy as np

from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.recording import wav
from pbx.recording.age import NONCE_SIZE, PayloadDecryptor, PayloadEncryptor
from pbx.recording.chunk_tree import ChunkTree
from pbx.recording.flac import FlacFile
from pbx.recording.form import FORMS
from pbx.recording.late_start import LateStartEncryptor
from pbx.recording.manifest import MAX_GAPS, Master, Sealed, is_flac
from pbx.recording.timeline import Timeline


class Sealer:
    """What is to be written: `pieces` from octet `place` on, then `start`, if there is any, at octet 0.

    After a start that is not empty `read_again` takes the whole; then `sealed` says what was written.
    """

    __slots__ = ("_ids", "_key", "_late", "_master", "_seen", "place")

    def __init__(self, master: Master, file_key: Secret[bytes], ids: Ids) -> None:
        self._master, self._key, self._ids = master, file_key, ids
        self._seen = _Seen()
        timeline = master.timeline
        self._late: tuple[FlacFile, LateStartEncryptor] | None = None
        if is_flac(timeline.encoding, timeline.n_channels):
            file = _flac(timeline)
            self._late = file, LateStartEncryptor(file_key, ids.octets(NONCE_SIZE), file.header_size)
        self.place = self._late[1].place if self._late is not None else 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the payload behind its start."""
        if self._late is not None:
            file, late = self._late
            for frames in file.frames():
                yield late.update(frames)
            yield late.finish()
            return
        encryptor = PayloadEncryptor(self._key, self._ids.octets(NONCE_SIZE))
        for plain in _wav(self._master.timeline):
            yield self._seen.take(plain, encryptor.update(plain))
        yield self._seen.take(b"", encryptor.finish())

    def start(self) -> bytes:
        """Return what lies before `place`, after the last piece."""
        if self._late is None:
            return b""
        file, late = self._late
        return late.start(file.header())

    def read_again(self, payload: Iterable[bytes]) -> None:
        """Take all that was written, in pieces; ParseError(0) when it is not what was sealed."""
        decryptor = PayloadDecryptor(self._key)
        for cipher in payload:
            self._seen.take(decryptor.update(cipher), cipher)
        self._seen.take(decryptor.finish(), b"")

    def sealed(self, key: str) -> Sealed:
        """Return what a manifest says of it."""
        return self._seen.sealed(key)


class _Seen:
    """Hashes of plaintext and payload so far."""

    __slots__ = ("_cipher_hash", "_plain_hash", "_plain_tree", "_size")

    def __init__(self) -> None:
        self._plain_hash, self._cipher_hash = sha256(), sha256()
        self._plain_tree = ChunkTree()
        self._size = 0

    def take(self, plain: bytes, cipher: bytes) -> bytes:
        self._plain_hash.update(plain)
        self._plain_tree.update(plain)
        self._cipher_hash.update(cipher)
        self._size += len(cipher)
        return cipher

    def sealed(self, key: str) -> Sealed:
        return Sealed(
            object_key=key,
            size=self._size,
            sha256_cipher=self._cipher_hash.hexdigest(),
            sha256_plain=self._plain_hash.hexdigest(),
            plain_tree=self._plain_tree.finish(),
        )


def _wav(timeline: Timeline) -> Iterator[bytes]:
    """A file of what a telephone line carries, or of more parties than FLAC has room for."""
    n_samples = timeline.n_samples * FORMS[timeline.encoding].per_unit
    listed = timeline.gaps if len(timeline.gaps) > MAX_GAPS else ()
    return wav.pieces(timeline.encoding, n_samples, timeline.windows(), listed, timeline.n_channels)


def _flac(timeline: Timeline) -> FlacFile:
    n_samples = timeline.n_samples * FORMS[timeline.encoding].per_unit
    listed = timeline.gaps if len(timeline.gaps) > MAX_GAPS else ()
    windows = (
        np.stack([np.frombuffer(one, "<i2") for one in window], axis=1) for window in timeline.windows()
    )
    return FlacFile(n_samples, windows, listed, timeline.n_channels)
