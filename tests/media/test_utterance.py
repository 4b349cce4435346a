"""Where an answer begins and ends."""

import numpy as np

from pbx.media.talk_watch import FRAME_BYTES, FRAME_MS
from pbx.media.utterance import END_S, LEAD_S, LIMIT_S, LONGEST_S, SILENCE_S, End, Utterance

RATE = 8000


def quiet(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def talk(seconds: float) -> bytes:
    """Syllables of noise, four in a second, with 60 ms between them."""
    rng = np.random.default_rng(1)
    n = round(seconds * RATE)
    samples = rng.normal(0.0, 2500.0, n) * ((np.arange(n) % 2000) < 1520)
    return samples.astype("<i2").tobytes()


def fed(utterance: Utterance, pcm: bytes, piece: int = FRAME_BYTES) -> float:
    """Feed in pieces until it ends; return how many seconds are part of the answer."""
    answer = b""
    for at in range(0, len(pcm), piece):
        answer += utterance.feed(pcm[at : at + piece])
    return len(answer) / 2 / RATE


def test_an_answer_has_its_pauses_and_neither_the_silence_before_nor_what_follows() -> None:
    utterance = Utterance()
    said_s = fed(utterance, quiet(2.0) + talk(1.0) + quiet(0.9) + talk(1.0) + quiet(END_S + 0.1) + talk(1.0))
    assert utterance.end is End.SAID
    assert abs(said_s - (LEAD_S + 1.0 + 0.9 + 1.0 + END_S)) < 0.2


def test_the_first_sound_is_part_of_it() -> None:
    utterance = Utterance()
    begin = quiet(1.0) + talk(0.1)
    assert fed(utterance, begin) > 0.1
    assert utterance.end is None


def test_who_says_nothing() -> None:
    utterance = Utterance()
    assert fed(utterance, quiet(SILENCE_S - FRAME_MS / 1000)) == 0
    assert utterance.end is None
    assert fed(utterance, quiet(FRAME_MS / 1000)) == 0
    assert utterance.end is End.SILENCE


def test_who_talks_on_and_on() -> None:
    utterance = Utterance()
    said_s = fed(utterance, talk(LONGEST_S + 3.0))
    assert utterance.end is End.ENDLESS
    assert LONGEST_S <= said_s < LONGEST_S + LEAD_S + 0.1


def test_each_way_ends_within_the_limit() -> None:
    utterance = Utterance()
    fed(utterance, quiet(SILENCE_S - 0.5) + talk(LONGEST_S + 1.0))
    assert utterance.end is not None
    assert SILENCE_S + LONGEST_S + END_S <= LIMIT_S


def test_pieces_may_have_any_length() -> None:
    pcm = quiet(0.5) + talk(1.0) + quiet(2.0)
    whole, odd = Utterance(), Utterance()
    assert fed(whole, pcm) == fed(odd, pcm, 554)
    assert whole.end is odd.end is End.SAID
