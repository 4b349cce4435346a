"""Talk and silence of a party: when, how long, how loud; noise and clicks are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.media.talk_watch import BEGIN_MS, END_MS, FRAME_BYTES, FRAME_MS, TalkChange, TalkWatch
from tests.media.sounds import Samples, noise, pcm16, silence, sine

LEVEL_DBM0 = -20.0


def voice(duration_ms: int, dbm0: float = LEVEL_DBM0) -> Samples:
    """Syllables of 160 ms that swell, 40 ms between them."""
    syllable = np.concatenate((sine(220, 160, dbm0) * np.hanning(1280) ** 0.25, silence(40)))
    return np.tile(syllable, -(-duration_ms // 200))[: duration_ms * 8]


def heard(*parts: Samples) -> list[TalkChange]:
    return TalkWatch().feed(pcm16(np.concatenate(parts)))


@pytest.mark.requirement("MED-13")
def test_talk_begins_after_silence_and_ends_with_its_length_and_level() -> None:
    begun, ended = heard(silence(3000), voice(5000), silence(2000))
    assert (begun.talks, begun.talked_ms) == (True, 0)
    assert abs(begun.silent_ms - 3000) <= 40
    assert (ended.talks, ended.silent_ms) == (False, END_MS)
    assert abs(ended.talked_ms - 5000) <= 80
    for change in (begun, ended):
        assert abs(change.level_dbm0 - LEVEL_DBM0) < 2


def test_the_pauses_of_a_sentence_are_no_silence() -> None:
    parts = [part for _ in range(8) for part in (voice(800), silence(END_MS - 140))]
    assert [change.talks for change in heard(*parts, silence(1000))] == [True, False]


def test_a_pause_of_one_second_is_silence() -> None:
    changes = heard(voice(1000), silence(1000), voice(1000), silence(1000))
    assert [change.talks for change in changes] == [True, False, True, False]
    assert abs(changes[2].silent_ms - 1040) <= 60


def test_a_click_is_no_talk() -> None:
    assert heard(*(part for _ in range(10) for part in (sine(900, BEGIN_MS // 2), silence(400)))) == []


@pytest.mark.parametrize("dbm0", [-60, -50, -45])
def test_the_noise_of_a_line_is_silence(dbm0: float) -> None:
    assert heard(noise(20_000, dbm0)) == []


@pytest.mark.parametrize("dbm0", [-40, -30, -25])
def test_a_loud_background_is_silence_after_some_seconds(dbm0: float) -> None:
    changes = heard(noise(20_000, dbm0))
    assert [change.talks for change in changes] in ([], [True, False])
    assert sum(change.talked_ms for change in changes) < 8000


@pytest.mark.parametrize("dbm0", [-55, -45, -35])
def test_a_voice_over_noise_is_heard(dbm0: float) -> None:
    background = noise(24_000, dbm0)
    background[12_000 * 8 : 18_000 * 8] += voice(6000)
    late = [change for change in heard(background) if change.talks or change.silent_ms]
    begun, ended = late[-2:]
    assert (begun.talks, ended.talks) == (True, False)
    assert abs(ended.talked_ms - 6000) < 300


def test_who_talks_from_the_first_packet_on_is_heard_at_once() -> None:
    (begun,) = heard(voice(1000))
    assert begun.silent_ms == 0


def test_talk_of_a_minute_without_an_end_is_one() -> None:
    assert [change.talks for change in heard(voice(60_000))] == [True]


def test_how_long_the_silence_lasts() -> None:
    watch = TalkWatch()
    watch.feed(pcm16(silence(1000)))
    assert watch.silent_ms == 1000
    watch.feed(pcm16(voice(500)))
    assert watch.talks
    assert watch.silent_ms <= 2 * FRAME_MS  # between two syllables
    watch.feed(pcm16(silence(4000)))
    assert not watch.talks
    assert 4000 <= watch.silent_ms <= 4040


@settings(max_examples=20)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=20))
def test_pieces_of_any_length(pieces: list[int]) -> None:
    pcm = pcm16(np.concatenate((silence(500), voice(1000), silence(1000))))
    watch, at, told = TalkWatch(), 0, []
    for n_bytes in [*pieces, len(pcm)]:
        told += watch.feed(pcm[at : at + n_bytes])
        at += n_bytes
    assert told == TalkWatch().feed(pcm)
    assert len(pcm) % FRAME_BYTES == 0
