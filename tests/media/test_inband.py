"""The in-band detector: strings of digits, pauses, gaps, durations, talk-off."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.media.dtmf import DIGITS, Digit
from pbx.media.inband import FRAME_BYTES, RATE, InbandDetector
from pbx.media.tone_digits import digit_pcm
from tests.media.sounds import VOICES, speech

SILENCE = bytes(RATE)


def heard(pcm: bytes) -> list[Digit]:
    detector = InbandDetector()
    return [
        digit for at in range(0, len(pcm), FRAME_BYTES) for digit in detector.feed(pcm[at : at + FRAME_BYTES])
    ]


@pytest.mark.requirement("MED-05")
@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(DIGITS), st.integers(45, 400), st.integers(40, 200)), max_size=12),
    st.integers(0, 159),
)
def test_a_string_of_digits(presses: list[tuple[str, int, int]], shift: int) -> None:
    pcm = bytes(2 * shift) + b"".join(digit_pcm(key, tone, pause) for key, tone, pause in presses) + SILENCE
    told = heard(pcm)
    assert [digit.key for digit in told] == [key for key, _, _ in presses]
    for digit, (_, tone_ms, _) in zip(told, presses, strict=True):
        assert abs(digit.duration_ms - tone_ms) <= 15


@given(st.lists(st.integers(1, 900), min_size=1, max_size=20))
@settings(max_examples=20)
def test_pieces_of_any_length(pieces: list[int]) -> None:
    pcm = digit_pcm("4", 80, 60) + digit_pcm("2", 80, 60) + SILENCE
    detector, at, told = InbandDetector(), 0, []
    for n_bytes in [*pieces, len(pcm)]:
        told += detector.feed(pcm[at : at + n_bytes])
        at += n_bytes
    assert "".join(digit.key for digit in told) == "42"


def test_a_short_gap_does_not_cut_a_digit_in_two() -> None:
    for at_ms in range(60, 80):
        pcm = bytearray(digit_pcm("8", 160, 100))
        pcm[16 * at_ms : 16 * (at_ms + 10)] = bytes(160)
        assert [digit.key for digit in heard(bytes(pcm))] == ["8"]


def test_a_pause_of_30_ms_parts_two_digits() -> None:
    for shift in range(0, 160, 7):
        pcm = bytes(2 * shift) + digit_pcm("8", 60, 30) + digit_pcm("8", 60, 100)
        assert [digit.key for digit in heard(pcm)] == ["8", "8"]


def test_tone_now() -> None:
    detector = InbandDetector()
    assert not detector.tone_now
    detector.feed(digit_pcm("3", 100, 0))
    assert detector.tone_now
    assert [digit.key for digit in detector.feed(SILENCE)] == ["3"]
    assert not detector.tone_now


def test_neither_noise_nor_a_lone_tone_is_a_digit() -> None:
    random = np.random.default_rng(3)
    noise = random.normal(0, 3000, 60 * RATE).clip(-32768, 32767).astype("<i2").tobytes()
    assert heard(noise) == []
    time = np.arange(RATE) / RATE
    for hz in (350, 440, 697, 941, 1209, 1633):
        assert heard((8000 * np.sin(2 * np.pi * hz * time)).astype("<i2").tobytes()) == []
    assert heard(bytes(range(256)) * 1000) == []


def test_two_minutes_of_speech_hold_no_digit(tmp_path: Path) -> None:
    talk = b"".join(speech(tmp_path, seed, voice)[: 2 * RATE * 45] for seed, voice in enumerate(VOICES[:3]))
    assert len(talk) >= 2 * RATE * 120
    assert heard(talk) == []


@pytest.mark.soak
def test_an_hour_of_speech_holds_no_digit(tmp_path: Path) -> None:
    n_bytes, seed, told = 0, 100, []
    while n_bytes < 2 * RATE * 3600:
        talk = speech(tmp_path, seed, VOICES[seed % len(VOICES)])
        told += heard(talk)
        n_bytes += len(talk)
        seed += 1
    assert told == []
