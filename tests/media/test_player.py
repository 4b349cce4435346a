"""Clips cut into 20 ms frames."""

from pbx.core.ids import Token
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
