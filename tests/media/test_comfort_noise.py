"""The noise of a line on which nobody speaks."""

import math
from itertools import pairwise

import numpy as np
import pytest

from pbx.media.comfort_noise import (
    CHANGE_DB,
    DEFAULT_LEVEL,
    FLOOR_LEVEL,
    HANGOVER_MS,
    MIN_UPDATE_MS,
    QUIET_LEVEL,
    REFRESH_MS,
    ComfortNoise,
    Pauses,
    background_level,
)


def level(pcm: bytes) -> float:
    return -20 * math.log10(float(np.frombuffer(pcm, "<i2").astype(float).std()) / 32768)


@pytest.mark.rfc("3389", "3.1")
@pytest.mark.parametrize("minus_dbov", [30, 50, 65])
def test_it_has_the_level_that_the_payload_says(minus_dbov: int) -> None:
    noise = ComfortNoise(1)
    noise.level(bytes([minus_dbov]))
    assert level(noise.frame(8000)) == pytest.approx(minus_dbov, abs=0.5)


@pytest.mark.rfc("3389", "3.1")
def test_the_first_bit_of_the_level_and_the_coefficients_do_not_count() -> None:
    noise, other = ComfortNoise(1), ComfortNoise(1)
    noise.level(bytes([40]))
    other.level(bytes([0x80 | 40, 1, 2, 3]))
    assert noise.frame(160) == other.frame(160)


def test_no_frame_is_like_the_one_before() -> None:
    noise = ComfortNoise(7)
    frames = [noise.frame(160) for _ in range(500)]
    assert all(one != other for one, other in pairwise(frames))
    assert len(set(frames)) > 480
    assert level(b"".join(frames)) == pytest.approx(DEFAULT_LEVEL, abs=0.5)
    noise.level(b"")
    assert level(noise.frame(8000)) == pytest.approx(DEFAULT_LEVEL, abs=0.5)


def background(minus_dbov: float) -> bytes:
    """20 ms of a square wave: its mean square is exactly that of the level."""
    height = 32768 * 10 ** (-minus_dbov / 20)
    return np.resize(np.rint([height, -height]), 160).astype("<i2").tobytes()


TALK, DEAD = background(30), bytes(320)


def judged(pauses: Pauses, pcm: bytes, ms: int) -> list[bytes | None]:
    return [pauses.judge(pcm) for _ in range(ms // 20)]


def resting(pcm: bytes) -> Pauses:
    """The end of a talk, and what was still sent as audio after it."""
    pauses = Pauses(20)
    assert pauses.judge(TALK) is None
    assert judged(pauses, pcm, HANGOVER_MS) == [None] * (HANGOVER_MS // 20)
    return pauses


@pytest.mark.rfc("3389", "4")
def test_silence_is_told_once_and_refreshed() -> None:
    pauses = resting(DEAD)
    once = [bytes([FLOOR_LEVEL]), *[b""] * (REFRESH_MS // 20 - 1)]
    assert judged(pauses, DEAD, 2 * REFRESH_MS) == [*once, *once]


def test_talk_is_sent_at_once_and_its_end_waited_for_again() -> None:
    pauses = resting(DEAD)
    pauses.judge(DEAD)
    assert pauses.judge(TALK) is None
    assert judged(pauses, DEAD, HANGOVER_MS) == [None] * (HANGOVER_MS // 20)
    assert pauses.judge(DEAD) == bytes([FLOOR_LEVEL])


def test_who_was_spoken_to_by_another_is_told_anew() -> None:
    pauses = resting(DEAD)
    assert pauses.judge(DEAD) and not pauses.judge(DEAD)
    pauses.restart()
    assert pauses.judge(DEAD) is None


@pytest.mark.parametrize(
    ("minus_dbov", "is_silence"), [(QUIET_LEVEL - 0.3, False), (QUIET_LEVEL + 0.3, True)]
)
def test_what_is_as_loud_as_speech_is_never_replaced(minus_dbov: float, is_silence: bool) -> None:
    pcm = background(minus_dbov)
    last = judged(Pauses(20), pcm, HANGOVER_MS + 20)[-1]
    assert last == (bytes([QUIET_LEVEL]) if is_silence else None)


@pytest.mark.parametrize(("change_db", "told"), [(CHANGE_DB - 1, False), (CHANGE_DB + 1, True)])
def test_a_changed_background_is_told_but_not_with_every_packet(change_db: int, told: bool) -> None:
    before, after = 66, 66 - change_db
    pauses = resting(background(before))
    assert pauses.judge(background(before)) == bytes([before])
    news = judged(pauses, background(after), REFRESH_MS - 40)
    said = [number for number, one in enumerate(news, 1) if one]
    assert bool(said) is told
    assert not told or said[0] * 20 >= MIN_UPDATE_MS


@pytest.mark.rfc("3389", "3.1")
def test_the_level_of_a_background_has_a_floor() -> None:
    assert background_level(32768.0**2) == 0
    assert background_level(32768.0**2 * 1e-6) == 60
    assert background_level(32768.0**2 * 10**-6.9) == FLOOR_LEVEL - 1
    assert background_level(32768.0**2 * 10**-7.1) == background_level(0.0) == FLOOR_LEVEL


@pytest.mark.parametrize("packet_ms", [10, 60])
def test_the_packet_time_does_not_matter(packet_ms: int) -> None:
    pauses = Pauses(packet_ms)
    said = [pauses.judge(bytes(16 * packet_ms)) for _ in range((HANGOVER_MS + 2 * REFRESH_MS) // packet_ms)]
    assert said.count(None) == HANGOVER_MS // packet_ms
    assert said.count(bytes([FLOOR_LEVEL])) == 2
