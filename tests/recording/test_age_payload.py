"""The age payload: nothing is released past a fault."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.errors import MisuseError, ParseError
from pbx.core.secret import Secret
from pbx.recording.age_keys import hkdf
from pbx.recording.age_payload import CHUNK, NONCE_SIZE, SEALED_CHUNK, PayloadDecryptor, PayloadEncryptor

KEY = Secret(b"0123456789abcdef")
NONCE = bytes(range(16))
PLAIN = bytes(i * 7 & 255 for i in range(2 * CHUNK + 100))


def seal(plain: bytes, piece: int = 1 << 20) -> bytes:
    encryptor = PayloadEncryptor(KEY, NONCE)
    pieces = [encryptor.update(plain[at : at + piece]) for at in range(0, len(plain), piece)]
    return b"".join(pieces) + encryptor.finish()


def unseal(payload: bytes, piece: int = 1 << 20) -> tuple[bytes, bool]:
    """Return what was released, and whether the end was reached."""
    decryptor, out = PayloadDecryptor(KEY), b""
    try:
        for at in range(0, len(payload), piece):
            out += decryptor.update(payload[at : at + piece])
        return out + decryptor.finish(), True
    except ParseError:
        return out, False


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
@pytest.mark.parametrize("piece", [320, CHUNK, 1 << 20])
def test_any_size_in_any_pieces_comes_back(size: int, piece: int) -> None:
    payload = seal(PLAIN[:size], piece)
    assert payload == seal(PLAIN[:size])
    assert unseal(payload, piece) == (PLAIN[:size], True)
    n_chunks = max(1, -(-size // CHUNK))
    assert len(payload) == NONCE_SIZE + size + 16 * n_chunks


@pytest.mark.requirement("E-04")
@settings(max_examples=60)
@given(st.integers(0, 8 * (NONCE_SIZE + len(PLAIN) + 48) - 1))
def test_a_flipped_bit_stops_the_reader_before_it(bit: int) -> None:
    payload = bytearray(seal(PLAIN))
    payload[bit // 8] ^= 1 << bit % 8
    out, complete = unseal(bytes(payload), 1024)
    damaged = max(0, bit // 8 - NONCE_SIZE) // SEALED_CHUNK
    assert not complete
    assert out == (b"" if bit // 8 < NONCE_SIZE else PLAIN[: damaged * CHUNK])


@pytest.mark.requirement("E-04")
def test_chunks_cannot_be_cut_swapped_dropped_doubled_or_followed() -> None:
    payload = seal(PLAIN)
    nonce, body = payload[:NONCE_SIZE], payload[NONCE_SIZE:]
    first, second, last = body[:SEALED_CHUNK], body[SEALED_CHUNK : 2 * SEALED_CHUNK], body[2 * SEALED_CHUNK :]
    for wrong in (
        first + second,
        first,
        first + second[:15],
        b"",
        second + first + last,
        first + last,
        first + first + second + last,
        body + b"\0",
        body + last,
        body[:-1],
    ):
        out, complete = unseal(nonce + wrong)
        assert not complete
        assert PLAIN.startswith(out)
    assert unseal(nonce[:15]) == (b"", False)


def test_an_empty_last_chunk_is_for_empty_files_only() -> None:
    cipher = ChaCha20Poly1305(hkdf(KEY.reveal(), salt=NONCE, label=b"payload"))
    full = cipher.encrypt(bytes(12), PLAIN[:CHUNK], None)
    empty = cipher.encrypt((1).to_bytes(11, "big") + b"\x01", b"", None)
    assert unseal(NONCE + full + empty) == (PLAIN[:CHUNK], False)


@pytest.mark.requirement("E-04")
@pytest.mark.parametrize("after", [b"\0", bytes(SEALED_CHUNK + 1)])
def test_nothing_may_follow_a_full_last_chunk(after: bytes) -> None:
    payload = seal(PLAIN[:CHUNK])
    assert unseal(payload + after, len(payload)) == (PLAIN[:CHUNK], False)
    decryptor = PayloadDecryptor(KEY)
    assert decryptor.update(payload + after) == PLAIN[:CHUNK]
    with pytest.raises(ParseError):
        decryptor.finish()


def test_after_its_end_a_payload_takes_nothing_more() -> None:
    encryptor, decryptor = PayloadEncryptor(KEY, NONCE), PayloadDecryptor(KEY)
    decryptor.update(encryptor.finish())
    decryptor.finish()
    with pytest.raises(MisuseError):
        encryptor.update(b"x")
    with pytest.raises(ParseError):
        decryptor.update(b"x")
    with pytest.raises(MisuseError):
        PayloadEncryptor(KEY, b"short")
