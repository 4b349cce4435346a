"""Clips cut into 20 ms frames."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.core.ids import Token
from pbx.media.g711 import encode
from pbx.media.player import FRAME_SAMPLES, Clip, Player


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
