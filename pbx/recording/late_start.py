"""An age payload whose first octets are known last: what follows them is sealed first, and they at the end.

No chunk is sealed twice, so no nonce is used for two plaintexts: nothing of the start is sealed before all of
it is there. The result is the same octets as those of a payload that was sealed in order.
"""

from pbx.core.errors import MisuseError
from pbx.core.secret import Secret
from pbx.recording.age_payload import CHUNK, NONCE_SIZE, SEALED_CHUNK, PayloadEncryptor


class LateStartEncryptor:
    """Seals a plaintext of which the first `n_late` octets come last; `nonce` is 16 fresh random octets.

    What `update` and `finish` return belongs behind octet `place` of the payload; `start` returns the rest.
    """

    __slots__ = ("_behind", "_file_key", "_held", "_n_held", "_n_late", "_nonce", "_room", "place")

    def __init__(self, file_key: Secret[bytes], nonce: bytes, n_late: int) -> None:
        self._file_key, self._nonce, self._n_late = file_key, nonce, n_late
        self._n_held = n_late // CHUNK + 1  # chunks, of which the last one has other octets too
        self._room = self._n_held * CHUNK - n_late
        self._held = bytearray()
        self._behind: PayloadEncryptor | None = None
        self.place = NONCE_SIZE + self._n_held * SEALED_CHUNK

    def update(self, plaintext: bytes) -> bytes:
        """Take what follows the late octets, piece by piece; return the payload octets that are ready."""
        n_held = min(len(plaintext), self._room - len(self._held))
        self._held += plaintext[:n_held]
        if n_held == len(plaintext):
            return b""
        if self._behind is None:
            self._behind = PayloadEncryptor(self._file_key, self._nonce, begins_at=self._n_held)
        return self._behind.update(plaintext[n_held:])

    def finish(self) -> bytes:
        """Return the rest of what lies behind `place`."""
        return self._behind.finish() if self._behind is not None else b""

    def start(self, late: bytes) -> bytes:
        """Take the late octets; return all that lies before `place`, after `finish`."""
        if len(late) != self._n_late:
            raise MisuseError(f"{self._n_late} octets were kept free, not {len(late)}")
        sealing = PayloadEncryptor(self._file_key, self._nonce)
        octets = sealing.update(late + self._held)
        return octets + (sealing.finish() if self._behind is None else sealing.finish_before_more())
