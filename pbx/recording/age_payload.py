"""The payload of an age v1 file: STREAM in 64 KiB chunks of ChaCha20-Poly1305.

Incremental both ways; a decryptor never releases an octet of a chunk it has not authenticated, and says
whether the end was there. Source: C2SP age.md, "Payload". Errors are ParseError with status 0.
"""

from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from pbx.core.errors import MisuseError, ParseError
from pbx.core.secret import Secret
from pbx.recording.age_keys import hkdf

NONCE_SIZE = 16
CHUNK = 64 * 1024
SEALED_CHUNK = CHUNK + 16


def payload_cipher(file_key: Secret[bytes], nonce: bytes) -> ChaCha20Poly1305:
    """Return the cipher of a payload's chunks."""
    return ChaCha20Poly1305(hkdf(file_key.reveal(), salt=nonce, label=b"payload"))


def chunk_nonce(counter: int, *, last: bool) -> bytes:
    """Return the nonce of a chunk, which says where it belongs."""
    return counter.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class PayloadEncryptor:
    """Turns plaintext in pieces of any size into payload; `nonce` is 16 fresh random octets.

    `begins_at` = the number of the first chunk; one that is not 0 belongs to a payload begun by another.
    """

    __slots__ = ("_buffer", "_cipher", "_counter", "_done", "_start")

    def __init__(self, file_key: Secret[bytes], nonce: bytes, *, begins_at: int = 0) -> None:
        if len(nonce) != NONCE_SIZE:
            raise MisuseError("an age payload nonce has 16 octets")
        self._cipher = payload_cipher(file_key, nonce)
        self._start = b"" if begins_at else nonce
        self._buffer = bytearray()
        self._counter = begins_at
        self._done = False

    def update(self, plaintext: bytes) -> bytes:
        """Take a piece; return the payload octets that are ready."""
        self._check_open()
        self._buffer += plaintext
        out = bytearray(self._take_start())
        while len(self._buffer) > CHUNK:  # a full buffer waits: it may be the last chunk
            out += self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return bytes(out)

    def finish(self) -> bytes:
        """Return the rest of the payload with the last chunk."""
        self._check_open()
        self._done = True
        return self._take_start() + self._seal(bytes(self._buffer), last=True)

    def finish_before_more(self) -> bytes:
        """Return the rest of whole chunks that others follow."""
        self._check_open()
        if len(self._buffer) != CHUNK:
            raise MisuseError("only the last chunk may be shorter")
        self._done = True
        return self._take_start() + self._seal(bytes(self._buffer), last=False)

    def _check_open(self) -> None:
        if self._done:
            raise MisuseError("the payload is finished")

    def _take_start(self) -> bytes:
        start, self._start = self._start, b""
        return start

    def _seal(self, chunk: bytes, *, last: bool) -> bytes:
        nonce = chunk_nonce(self._counter, last=last)
        self._counter += 1
        return self._cipher.encrypt(nonce, chunk, None)


class PayloadDecryptor:
    """Turns payload in pieces of any size into plaintext; after a fault it releases nothing more."""

    __slots__ = ("_buffer", "_cipher", "_counter", "_ended", "_file_key", "_over")

    def __init__(self, file_key: Secret[bytes]) -> None:
        self._file_key = file_key
        self._cipher: ChaCha20Poly1305 | None = None
        self._buffer = bytearray()
        self._counter = 0
        self._ended = False  # the last chunk was full and is released; nothing may follow
        self._over = False

    def update(self, payload: bytes) -> bytes:
        """Take a piece; return the plaintext of the full chunks in it."""
        self._check_open()
        self._buffer += payload
        self._check_nothing_follows()
        self._start()
        out = bytearray()
        while self._cipher is not None and len(self._buffer) >= SEALED_CHUNK and not self._ended:
            out += self._open_full(bytes(self._buffer[:SEALED_CHUNK]))
            del self._buffer[:SEALED_CHUNK]
        return bytes(out)

    def finish(self) -> bytes:
        """Return the plaintext of the last chunk unless it was full; ParseError when the payload was cut."""
        self._check_open()
        if self._cipher is None:
            self._fail("the payload has no nonce")
        self._check_nothing_follows()
        chunk = b"" if self._ended else self._open(bytes(self._buffer), last=True)
        if chunk is None:
            self._fail_chunk()
        if not chunk and self._counter > 1 and not self._ended:
            self._fail("an empty last chunk")
        self._over = True
        return chunk

    def _start(self) -> None:
        if self._cipher is None and len(self._buffer) >= NONCE_SIZE:
            self._cipher = payload_cipher(self._file_key, bytes(self._buffer[:NONCE_SIZE]))
            del self._buffer[:NONCE_SIZE]

    def _open_full(self, sealed: bytes) -> bytes:
        """A full chunk may be the last one; only its tag says so."""
        chunk = self._open(sealed, last=False)
        if chunk is None:
            chunk = self._open(sealed, last=True)
            self._ended = chunk is not None
        return self._fail_chunk() if chunk is None else chunk

    def _open(self, sealed: bytes, *, last: bool) -> bytes | None:
        """Return the authenticated plaintext of the next chunk, None when it is not authentic."""
        assert self._cipher is not None
        try:
            chunk = self._cipher.decrypt(chunk_nonce(self._counter, last=last), sealed, None)
        except (InvalidTag, ValueError):
            return None
        self._counter += 1
        return chunk

    def _check_open(self) -> None:
        if self._over:
            raise ParseError("the payload is over or was found damaged", 0)

    def _check_nothing_follows(self) -> None:
        if self._ended and self._buffer:
            self._fail("octets after the last chunk")

    def _fail_chunk(self) -> NoReturn:
        self._fail(f"chunk {self._counter} is damaged or the payload is cut")

    def _fail(self, message: str) -> NoReturn:
        self._over = True
        raise ParseError(message, 0)
