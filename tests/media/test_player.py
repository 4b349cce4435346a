"""Clips cut into 20 ms frames."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import Token
from pbx.media.g711 import encode
from pbx.media.player import FRAME_MS, FRAME_SAMPLES, MAX_STARVED_MS, Clip, Player


def clip(value: int, n_samples: int | None, n_stored: int | None = None) -> Clip:
    return Clip(pcm=bytes([value, 0]) * (n_stored or n_samples or 0), n_samples=n_samples)


def player(*clips: Clip, loop: bool = False) -> Player:
    return Player(Token(1), clips, loop=loop)


def test_clips_follow_without_a_gap_and_the_end_is_padded() -> None:
    playing = player(clip(1, 100), clip(2, 0), clip(3, 100))
    assert playing.total_ms == 25
    assert playing.frame() == b"\1\0" * 100 + b"\3\0" * 60
    assert playing.played_ms == 20
    assert playing.frame() == b"\3\0" * 40 + bytes(240)
    assert playing.played_ms == 25
    assert playing.frame() is None


def test_a_short_period_is_repeated_to_its_length() -> None:
    period = Clip(pcm=b"\1\0\2\0\3\0", n_samples=FRAME_SAMPLES + 1)
    playing = player(period)
    assert playing.frame() == (b"\1\0\2\0\3\0" * 54)[:320]
    assert playing.frame() == b"\2\0".ljust(320, b"\0")


def test_an_endless_clip() -> None:
    playing = player(clip(1, None, 7), clip(9, 100))
    assert all(playing.frame() == b"\1\0" * FRAME_SAMPLES for _ in range(100))
    assert (playing.total_ms, playing.played_ms) == (0, 2000)


def test_a_loop_begins_again() -> None:
    playing = player(clip(1, 100), clip(2, 20), loop=True)
    assert playing.total_ms == 0
    assert playing.frame() == b"\1\0" * 100 + b"\2\0" * 20 + b"\1\0" * 40
    assert playing.frame() == b"\1\0" * 60 + b"\2\0" * 20 + b"\1\0" * 80


def test_nothing_to_play() -> None:
    for loop in (False, True):
        empty = player(clip(1, 0), loop=loop)
        assert not empty.playable
        assert empty.frame() is None


def test_every_kind_of_frame_takes_the_same_time() -> None:
    playing = player(clip(1, 400), clip(3, 100))
    law = encode(b"\1\0\3\0", "PCMA")
    assert playing.encoded_frame("PCMA") == law[:1] * 160
    assert playing.frame() == b"\1\0" * 160
    assert playing.played_ms == 40
    wide = playing.frame(16000)
    assert wide is not None
    assert len(wide) == 640
    assert playing.encoded_frame("PCMA") == (law[1:] * 20).ljust(160, encode(bytes(2), "PCMA"))
    assert playing.encoded_frame("PCMA") is None
    assert playing.played_ms == 62


@given(st.lists(st.integers(0, 500), max_size=6), st.booleans())
def test_encoded_frames_are_the_encoded_frames(lengths: list[int], loop: bool) -> None:
    clips = [clip(n + 1, length, n + 1) for n, length in enumerate(lengths)]
    one, other = player(*clips, loop=loop), player(*clips, loop=loop)
    for _ in range(20):
        pcm = one.frame()
        assert other.encoded_frame("PCMU") == (None if pcm is None else encode(pcm, "PCMU"))
        assert one.played_ms == other.played_ms


def test_what_is_appended_follows_without_a_gap() -> None:
    playing = player(clip(1, 100))
    playing.append([clip(2, 100)], is_open=False)
    assert playing.total_ms == 25
    assert playing.frame() == b"\1\0" * 100 + b"\2\0" * 60
    playing.append([clip(3, 120)], is_open=False)
    assert playing.frame() == b"\2\0" * 40 + b"\3\0" * 120
    assert playing.frame() is None


def test_an_open_queue_is_silent_until_more_comes() -> None:
    playing = Player(Token(1), [clip(1, 100)], loop=False, is_open=True)
    assert (playing.playable, playing.total_ms) == (True, 0)
    assert playing.frame() == b"\1\0" * 100 + bytes(120)
    assert playing.encoded_frame("PCMU") == b"\xff" * 160
    playing.append([clip(2, 160)], is_open=False)
    assert playing.frame() == b"\2\0" * 160
    assert playing.frame() is None
    assert playing.played_ms == playing.total_ms == 60


def test_an_empty_queue_that_is_open_is_no_longer_waited_for_than_so() -> None:
    playing = Player(Token(1), [], loop=False, is_open=True)
    assert playing.playable
    frames = MAX_STARVED_MS // FRAME_MS
    assert all(playing.frame() == bytes(320) for _ in range(frames))
    assert playing.frame() is None


def test_a_queue_that_is_closed_ends() -> None:
    playing = Player(Token(1), [], loop=False, is_open=True)
    assert playing.frame() is not None
    playing.append([], is_open=False)
    assert playing.frame() is None


def test_an_open_loop_begins_again_once_it_is_whole() -> None:
    playing = Player(Token(1), [clip(1, 160)], loop=True, is_open=True)
    assert playing.frame() == b"\1\0" * 160
    playing.append([clip(2, 160)], is_open=False)
    assert [playing.frame() for _ in range(3)] == [b"\2\0" * 160, b"\1\0" * 160, b"\2\0" * 160]


def test_a_mark_is_reached_once_all_before_it_was_played() -> None:
    playing = Player(Token(1), ["first", clip(1, 200), "half", clip(2, 120), "last"], loop=False)
    reached = []
    for _ in range(3):
        frame = playing.frame()
        reached.append((frame is not None, playing.take_reached()))
    assert reached == [(True, ["first"]), (True, ["half", "last"]), (False, [])]
    assert playing.n_queued == 5


def test_marks_alone_are_nothing_to_play() -> None:
    for loop in (False, True):
        marks = Player(Token(1), ["a"], loop=loop)
        assert not marks.playable
        assert marks.frame() is None
        assert marks.take_reached() == ["a"]


def test_a_key_ends_what_it_may_end_and_nothing_else() -> None:
    asks = Player(Token(1), (clip(1, 1000),), loop=True, until_key=True)
    assert asks.frame() is not None and not asks.is_cut
    asks.key()
    assert asks.is_cut and asks.frame() is None and asks.encoded_frame("PCMU") is None
    assert asks.played_ms == 20
    goes_on = player(clip(1, 1000))
    goes_on.key()
    assert not goes_on.is_cut and goes_on.frame() is not None
