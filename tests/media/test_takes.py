"""Takes of a prompt: which key means what, and what is left of a take."""

import numpy as np
import pytest

from pbx.media.takes import ASK_S, MAX_TAKE_S, MIN_TAKE_S, Takes, Wish, trimmed

RATE = 8000


def sound(seconds: float, level: float = 0.1) -> bytes:
    t = np.arange(round(RATE * seconds)) / RATE
    return (level * 32767 * np.sin(2 * np.pi * 400 * t)).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * round(RATE * seconds))


def seconds(pcm: bytes) -> float:
    return len(pcm) / 2 / RATE


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ("#1", [Wish.PLAY, Wish.KEEP]),
        ("#2#1", [Wish.PLAY, Wish.RECORD, Wish.PLAY, Wish.KEEP]),
        ("#33*", [Wish.PLAY, Wish.PLAY, Wish.PLAY, Wish.GIVE_UP]),
        ("1*", [Wish.NOTHING, Wish.GIVE_UP]),
        ("##91", [Wish.PLAY, Wish.NOTHING, Wish.NOTHING, Wish.KEEP]),
        ("#11", [Wish.PLAY, Wish.KEEP, Wish.NOTHING]),
    ],
)
def test_keys(keys: str, wishes: list[Wish]) -> None:
    takes = Takes()
    assert [takes.press(key) for key in keys] == wishes


def test_nobody_presses_a_key() -> None:
    takes = Takes()
    assert takes.limit_s == MAX_TAKE_S
    assert takes.late() is Wish.PLAY
    assert takes.limit_s == ASK_S
    assert takes.late() is Wish.GIVE_UP


def test_nothing_was_said() -> None:
    takes = Takes()
    takes.press("#")
    assert takes.unheard() is Wish.RECORD
    assert takes.limit_s == MAX_TAKE_S


def test_silence_at_the_ends_goes() -> None:
    kept = trimmed(silence(1) + sound(1) + silence(0.5) + sound(0.5) + silence(2))
    assert seconds(kept) == pytest.approx(2.2, abs=0.05)
    assert seconds(trimmed(sound(1))) == pytest.approx(1, abs=0.02)


def test_the_shortest_take() -> None:
    assert trimmed(silence(1) + sound(MIN_TAKE_S) + silence(1))
    assert trimmed(silence(1) + sound(MIN_TAKE_S - 0.04) + silence(1)) == b""
    assert trimmed(b"") == trimmed(silence(3)) == trimmed(b"\1") == b""
