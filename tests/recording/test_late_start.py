"""A payload that was sealed from its middle is the one that was sealed from its start."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pbx.core.errors import MisuseError
from pbx.core.secret import Secret
from pbx.recording.age_payload import CHUNK, PayloadDecryptor, PayloadEncryptor
from pbx.recording.late_start import LateStartEncryptor

KEY = Secret(b"0123456789abcdef")
NONCE = bytes(range(16))
PLAIN = bytes(i * 7 & 255 for i in range(4 * CHUNK))


def in_order(plain: bytes) -> bytes:
    encryptor = PayloadEncryptor(KEY, NONCE)
    return encryptor.update(plain) + encryptor.finish()


def from_the_middle(plain: bytes, n_late: int, piece: int = CHUNK) -> bytes:
    encryptor = LateStartEncryptor(KEY, NONCE, n_late)
    behind = b"".join(encryptor.update(plain[at : at + piece]) for at in range(n_late, len(plain), piece))
    behind += encryptor.finish()
    start = encryptor.start(plain[:n_late])
    assert not behind or len(start) == encryptor.place
    return start + behind


@pytest.mark.requirement("E-02")
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2 * CHUNK), st.integers(0, 2 * CHUNK), st.sampled_from((999, CHUNK, 4 * CHUNK)))
@example(42, CHUNK - 42, CHUNK)  # one chunk that is full
@example(42, CHUNK - 41, CHUNK)
@example(CHUNK, 0, CHUNK)
@example(CHUNK, CHUNK, CHUNK)
@example(CHUNK - 1, 1, CHUNK)
@example(0, 0, CHUNK)
def test_the_octets_are_those_of_one_sealed_in_order(n_late: int, n_behind: int, piece: int) -> None:
    plain = PLAIN[: n_late + n_behind]
    assert from_the_middle(plain, n_late, piece) == in_order(plain)


@pytest.mark.requirement("E-04")
def test_a_start_that_was_never_written_does_not_open() -> None:
    whole = from_the_middle(PLAIN, 70_000)
    decryptor = PayloadDecryptor(KEY)
    assert decryptor.update(whole) + decryptor.finish() == PLAIN
    place = LateStartEncryptor(KEY, NONCE, 70_000).place
    assert in_order(PLAIN)[place:] == whole[place:]


def test_another_start_than_was_kept_free_is_refused() -> None:
    encryptor = LateStartEncryptor(KEY, NONCE, 100)
    encryptor.finish()
    with pytest.raises(MisuseError):
        encryptor.start(bytes(101))


def test_only_the_last_chunk_may_be_shorter() -> None:
    encryptor = PayloadEncryptor(KEY, NONCE)
    encryptor.update(bytes(5))
    with pytest.raises(MisuseError):
        encryptor.finish_before_more()
