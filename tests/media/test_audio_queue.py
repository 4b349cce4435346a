"""Sources and marks, joined to the sample."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import Token
from pbx.media.audio_queue import MAX_ENTRIES, AudioQueue, MarkCleared, MarkReached, QueueFact, SourceEnded
from pbx.media.clip import UNIT, Clip, Form
from pbx.media.g711 import encode
from pbx.media.player import FRAME_SAMPLES


def clip(value: int, n_samples: int | None, n_stored: int | None = None) -> Clip:
    return Clip(pcm=bytes([value, 0]) * (n_stored or n_samples or 0), n_samples=n_samples)


def ended(token: int, played_ms: int, total_ms: int, completed: bool = True) -> SourceEnded:
    return SourceEnded(token=Token(token), played_ms=played_ms, total_ms=total_ms, completed=completed)


def pull(queue: AudioQueue, form: Form) -> bytes | None:
    if form == "narrow":
        return queue.frame()
    return queue.frame(16000) if form == "wide" else queue.encoded_frame(form)


def test_two_sources_join_within_a_frame() -> None:
    queue = AudioQueue()
    queue.append(Token(1), clip(1, 100))
    queue.append(Token(2), clip(2, 100))
    assert queue.queued_ms == 25
    assert queue.frame() == b"\1\0" * 100 + b"\2\0" * 60
    assert queue.take_facts() == [ended(1, 12, 12)]
    assert (queue.playing, queue.played_ms, queue.queued_ms) == (2, 7, 5)
    assert queue.frame() == (b"\2\0" * 40).ljust(320, b"\0")
    assert queue.take_facts() == [ended(2, 12, 12)]
    assert queue.frame() is None
    assert queue.playing is None


def test_a_source_that_comes_during_the_last_frame_follows_it() -> None:
    queue = AudioQueue()
    queue.append(Token(1), clip(1, 320))
    queue.frame()
    queue.append(Token(2), clip(2, 160))
    assert [queue.frame(), queue.frame()] == [b"\1\0" * 160, b"\2\0" * 160]


def test_a_mark_comes_with_the_last_sample_before_it() -> None:
    queue = AudioQueue()
    queue.mark("at once")
    assert queue.take_facts() == [MarkReached(name="at once")]
    queue.append(Token(1), clip(1, 160))
    queue.mark("a")
    queue.mark("b")
    queue.append(Token(2), clip(2, 161))
    queue.mark("c")
    assert queue.take_facts() == []
    queue.frame()
    assert queue.take_facts() == [ended(1, 20, 20), MarkReached(name="a"), MarkReached(name="b")]
    queue.frame()
    assert queue.take_facts() == []  # one sample is missing
    queue.frame()
    assert queue.take_facts() == [ended(2, 20, 20), MarkReached(name="c")]


def test_clear_takes_effect_with_the_next_frame() -> None:
    queue = AudioQueue()
    queue.append(Token(1), clip(1, 8000))
    queue.mark("heard out")
    queue.append(Token(2), clip(2, None, 7))
    queue.mark("never")
    queue.frame()
    queue.clear()
    assert queue.frame() is None
    assert queue.take_facts() == [
        ended(1, 20, 1000, completed=False),
        MarkCleared(name="heard out"),
        ended(2, 0, 0, completed=False),
        MarkCleared(name="never"),
    ]
    assert queue.queued_ms == 0
    queue.append(Token(3), clip(3, 160))
    assert queue.frame() == b"\3\0" * 160


def test_pause_keeps_the_very_next_sample() -> None:
    queue = AudioQueue()
    queue.append(Token(1), clip(1, 160))
    queue.append(Token(2), clip(2, 160))
    queue.frame()
    queue.pause()
    assert [queue.frame(), queue.encoded_frame("PCMU")] == [None, None]
    assert queue.queued_ms == 20
    queue.resume()
    assert queue.frame() == b"\2\0" * 160


def test_a_loop_goes_on_until_it_is_cleared() -> None:
    queue = AudioQueue()
    queue.append(Token(1), clip(1, 100), loop=True)
    assert queue.queued_ms is None
    assert all(queue.frame() == b"\1\0" * 160 for _ in range(10))
    assert (queue.played_ms, queue.take_facts()) == (200, [])
    queue.clear()
    assert queue.take_facts() == [ended(1, 200, 0, completed=False)]


def test_a_source_without_a_sample_is_over_at_once() -> None:
    queue = AudioQueue()
    assert queue.append(Token(1), clip(1, 0))
    assert queue.append(Token(2), Clip(pcm=b"", n_samples=None))
    assert queue.take_facts() == [ended(1, 0, 0), ended(2, 0, 0)]
    assert queue.frame() is None
    queue.append(Token(3), clip(1, 160))
    queue.append(Token(4), clip(1, 0))
    assert queue.take_facts() == []
    queue.frame()
    assert queue.take_facts() == [ended(3, 20, 20), ended(4, 0, 0)]


def test_the_queue_is_bounded() -> None:
    queue = AudioQueue()
    piece = clip(1, 160)
    assert all(queue.append(Token(n), piece) for n in range(MAX_ENTRIES))
    assert not queue.append(Token(0), piece)
    assert not queue.mark("full")
    queue.frame()
    assert queue.mark("there is room again")
    queue.clear()
    assert queue.take_facts()[-1] == MarkCleared(name="there is room again")


CLIPS = st.lists(st.integers(0, 700), max_size=8)


@given(CLIPS, st.sampled_from(["narrow", "wide", "PCMU", "PCMA"]), st.lists(st.integers(0, 9), max_size=8))
def test_samples_out_are_samples_in(lengths: list[int], form: Form, pulls: list[int]) -> None:
    """Appended in between at any moment, as long as the queue does not run dry."""
    queue, clips = AudioQueue(), [clip(n + 1, length) for n, length in enumerate(lengths)]
    heard, n_pulled = b"", 0
    for n, source in enumerate(clips):
        queue.append(Token(n), source)
        for _ in range(pulls[n] if n < len(pulls) else 0):
            left = queue.queued_ms
            if left is None or left < 20:
                break
            frame = pull(queue, form)
            assert frame is not None
            heard, n_pulled = heard + frame, n_pulled + 1
    while (frame := pull(queue, form)) is not None:
        heard, n_pulled = heard + frame, n_pulled + 1
    sent = b"".join(source.stored(form) for source in clips if source.pcm)
    assert heard[: len(sent)] == sent
    assert len(heard) == n_pulled * FRAME_SAMPLES * UNIT[form]
    assert len(heard) - len(sent) < FRAME_SAMPLES * UNIT[form]
    silence = {"narrow": b"\0", "wide": b"\0"}.get(form) or encode(
        bytes(2), "PCMU" if form == "PCMU" else "PCMA"
    )
    assert not heard[len(sent) :].strip(silence)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 500)),
        st.tuples(st.sampled_from(["mark", "pull", "pull", "clear", "pause", "resume"]), st.just(0)),
    ),
    max_size=60,
)


@pytest.mark.requirement("MED-14")
@given(STEPS)
def test_every_source_and_mark_is_answered_once_and_in_order(steps: list[tuple[str, int]]) -> None:
    queue, asked, facts, n_samples = AudioQueue(), list[str](), list[QueueFact](), 0
    for n, (step, length) in enumerate(steps):
        if step == "append":
            queue.append(Token(n), clip(1, length))
            asked.append(str(n))
            n_samples += length
        elif step == "mark":
            queue.mark(str(n))
            asked.append(str(n))
        elif step == "pull":
            queue.frame()
        else:
            getattr(queue, step)()
        facts += queue.take_facts()
    queue.clear()
    facts += queue.take_facts()
    answered = [str(fact.token) if isinstance(fact, SourceEnded) else fact.name for fact in facts]
    assert answered == asked
    assert sum(f.played_ms for f in facts if isinstance(f, SourceEnded)) <= n_samples / 8
    assert queue.queued_ms == 0
