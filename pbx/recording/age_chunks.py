"""The chunks of an age payload in any order, so that a reader opens those it needs and no others.

Each chunk carries its number and whether it is the last in its nonce: one that was moved, or a payload
that was cut, does not open. Source: C2SP age.md, "Payload". Errors are ParseError with status 0.
"""

from cryptography.exceptions import InvalidTag

from pbx.core.errors import MisuseError, ParseError
from pbx.core.secret import Secret
from pbx.recording.age_payload import CHUNK, NONCE_SIZE, SEALED_CHUNK, chunk_nonce, payload_cipher

_TAG = SEALED_CHUNK - CHUNK


class PayloadChunks:
    """A payload of `size` octets, nonce included; `plain_size` octets of plaintext are in it."""

    __slots__ = ("_cipher", "_size", "n_chunks", "plain_size")

    def __init__(self, file_key: Secret[bytes], nonce: bytes, size: int) -> None:
        body = size - NONCE_SIZE
        self.n_chunks = -(-body // SEALED_CHUNK)
        self.plain_size = body - self.n_chunks * _TAG
        least = _TAG if self.n_chunks == 1 else _TAG + 1  # only a payload of nothing has an empty chunk
        if len(nonce) != NONCE_SIZE or body < _TAG or (body - 1) % SEALED_CHUNK + 1 < least:
            raise ParseError(f"{size} octets are no whole payload", 0)
        self._cipher = payload_cipher(file_key, nonce)
        self._size = size

    def covering(self, start: int, length: int) -> range:
        """Return the numbers of the chunks that hold these octets of plaintext; at most what there is."""
        if start < 0 or length < 0:
            raise MisuseError("a range begins at 0 or later and is not negative")
        stop = min(start + length, self.plain_size)
        return range(start // CHUNK, -(-stop // CHUNK)) if start < stop else range(0)

    def place(self, numbers: range) -> tuple[int, int]:
        """Return where these chunks lie in the payload: first octet and length."""
        first = NONCE_SIZE + numbers.start * SEALED_CHUNK
        return first, min(NONCE_SIZE + numbers.stop * SEALED_CHUNK, self._size) - first

    def open(self, numbers: range, sealed: bytes) -> bytes:
        """Return the plaintext of these chunks from their octets."""
        out = bytearray()
        for number in numbers:
            at = (number - numbers.start) * SEALED_CHUNK
            nonce = chunk_nonce(number, last=number == self.n_chunks - 1)
            try:
                out += self._cipher.decrypt(nonce, sealed[at : at + SEALED_CHUNK], None)
            except (InvalidTag, ValueError):
                raise ParseError(f"chunk {number} is damaged or the payload is cut", 0) from None
        return bytes(out)
