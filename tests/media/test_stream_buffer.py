"""Samples out are samples in; marks are told in order, once; a full buffer says so."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.media.stream_buffer import (
    FRAME_BYTES,
    HIGH_BYTES,
    HIGH_MARKS,
    LOW_BYTES,
    LOW_MARKS,
    QUIET,
    StreamBuffer,
)


def drained(buffer: StreamBuffer) -> bytes:
    frames = []
    while (frame := buffer.pull()) is not None:
        frames.append(frame)
    return b"".join(frames)


@given(st.lists(st.binary(max_size=500)))
def test_pieces_are_joined_to_the_sample(pieces: list[bytes]) -> None:
    buffer = StreamBuffer()
    for piece in pieces:
        buffer.add(piece)
    said = b"".join(pieces)
    n_frames = -(-len(said) // FRAME_BYTES)
    assert drained(buffer) == said.ljust(n_frames * FRAME_BYTES, QUIET)


@given(st.lists(st.one_of(st.integers(0, 500), st.just("pull"))))
def test_a_mark_is_reached_when_all_before_it_was_pulled(steps: list[int | str]) -> None:
    buffer = StreamBuffer()
    put = pulled = 0
    waiting: list[int] = []
    for n, step in enumerate(steps):
        if isinstance(step, int):
            buffer.add(bytes(step))
            buffer.mark(str(n))
            put += step
            waiting.append(put)
        else:
            buffer.pull()
            pulled = min(pulled + FRAME_BYTES, put)
        expected = [at for at in waiting if at <= pulled]
        assert len(buffer.reached()) == len(expected)
        waiting = [at for at in waiting if at > pulled]
        assert (buffer.n_bytes, buffer.n_marks) == (put - pulled, len(waiting))


def test_clear_drops_audio_and_returns_the_marks() -> None:
    buffer = StreamBuffer()
    buffer.add(b"a" * 400)
    buffer.mark("one")
    buffer.pull()
    buffer.add(b"b" * 400)
    buffer.mark("two")
    assert buffer.clear() == ["one", "two"]
    assert buffer.pull() is None
    buffer.add(b"c" * FRAME_BYTES)
    assert (buffer.reached(), buffer.pull()) == ([], b"c" * FRAME_BYTES)


def test_it_is_full_from_the_high_mark_to_the_low_one() -> None:
    buffer = StreamBuffer()
    buffer.add(bytes(HIGH_BYTES - 1))
    assert not buffer.is_full
    buffer.add(b"\0")
    assert buffer.is_full
    while buffer.n_bytes > LOW_BYTES + FRAME_BYTES:
        buffer.pull()
    assert buffer.is_full
    buffer.pull()
    assert (buffer.n_bytes, buffer.is_full) == (LOW_BYTES, False)


def test_marks_without_audio_have_a_limit_too() -> None:
    buffer = StreamBuffer()
    for n in range(HIGH_MARKS):
        assert not buffer.is_full
        buffer.add(b"\0")
        buffer.mark(str(n))
    assert buffer.is_full
    for _ in range((HIGH_MARKS - LOW_MARKS) // FRAME_BYTES + 1):
        assert buffer.is_full
        buffer.pull()
        buffer.reached()
    assert not buffer.is_full


def test_what_was_played_takes_no_memory() -> None:
    buffer = StreamBuffer()
    for _ in range(3 * LOW_BYTES // FRAME_BYTES):
        buffer.add(bytes(2 * FRAME_BYTES))
        buffer.pull()
        assert len(buffer._audio) <= buffer.n_bytes + LOW_BYTES
