"""The chunks of a payload in any order: only what is authentic, and only what is needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import MisuseError, ParseError
from pbx.core.secret import Secret
from pbx.recording.age_chunks import PayloadChunks
from pbx.recording.age_payload import CHUNK, NONCE_SIZE, SEALED_CHUNK, PayloadEncryptor

KEY = Secret(b"0123456789abcdef")
NONCE = bytes(range(16))
PLAIN = bytes(i * 7 & 255 for i in range(3 * CHUNK + 100))


def seal(plain: bytes) -> bytes:
    encryptor = PayloadEncryptor(KEY, NONCE)
    return encryptor.update(plain) + encryptor.finish()


def read(payload: bytes, start: int, length: int) -> tuple[bytes, int]:
    """Return a range and how many chunks were opened for it."""
    chunks = PayloadChunks(KEY, payload[:NONCE_SIZE], len(payload))
    numbers = chunks.covering(start, length)
    first, n_octets = chunks.place(numbers)
    plain = chunks.open(numbers, payload[first : first + n_octets]) if numbers else b""
    skipped = start - numbers.start * CHUNK
    return plain[skipped : skipped + length], len(numbers)


SEALED = seal(PLAIN)


@pytest.mark.requirement("E-05")
@given(st.integers(0, len(PLAIN) + 10), st.integers(0, len(PLAIN) + 10))
def test_a_range_is_what_was_said_and_opens_no_more_chunks_than_it_covers(start: int, length: int) -> None:
    plain, n_opened = read(SEALED, start, length)
    assert plain == PLAIN[start : start + length]
    assert n_opened <= -(-length // CHUNK) + 1


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_the_size_of_the_plaintext_follows_from_that_of_the_payload(size: int) -> None:
    payload = seal(PLAIN[:size])
    assert PayloadChunks(KEY, NONCE, len(payload)).plain_size == size
    assert read(payload, 0, size + 1)[0] == PLAIN[:size]


@pytest.mark.requirement("E-04")
def test_a_chunk_that_was_moved_or_changed_does_not_open() -> None:
    chunks = PayloadChunks(KEY, NONCE, len(SEALED))
    first, second = (SEALED[NONCE_SIZE + n * SEALED_CHUNK :][:SEALED_CHUNK] for n in (0, 1))
    assert chunks.open(range(2), first + second) == PLAIN[: 2 * CHUNK]
    for sealed in (second, first[:-1], first[:-1] + bytes([first[-1] ^ 1]), b""):
        with pytest.raises(ParseError, match="chunk 0 is damaged"):
            chunks.open(range(1), sealed)


@pytest.mark.requirement("E-04")
def test_a_payload_that_was_cut_between_chunks_is_noticed_at_its_end() -> None:
    cut = SEALED[: NONCE_SIZE + 2 * SEALED_CHUNK]
    assert read(cut, 0, 10)[0] == PLAIN[:10]
    with pytest.raises(ParseError, match="chunk 1 is damaged or the payload is cut"):
        read(cut, CHUNK, 10)


@pytest.mark.parametrize("size", [0, 15, 31, NONCE_SIZE + SEALED_CHUNK + 15, NONCE_SIZE + SEALED_CHUNK + 16])
def test_what_is_no_payload_by_its_size_is_refused(size: int) -> None:
    with pytest.raises(ParseError, match=f"{size} octets are no whole payload"):
        PayloadChunks(KEY, NONCE, size)


def test_a_range_before_the_start_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(MisuseError):
        PayloadChunks(KEY, NONCE, len(SEALED)).covering(-1, 5)
