"""The two rates: nothing of what one cannot carry folds back into the other."""

import math

import numpy as np
import pytest

from pbx.media.codecs.halfband import Narrow, Widen
from tests.media.codecs.test_table import tone


def level_db(pcm: bytes, skip: int) -> float:
    return 20 * math.log10(max(float(np.frombuffer(pcm, "<i2")[skip:].std()), 0.1) / (8000 / math.sqrt(2)))


@pytest.mark.parametrize("hz", [300, 1000, 3000, 3300])
def test_speech_passes(hz: int) -> None:
    assert abs(level_db(Narrow().feed(tone(16000, hz)), 200)) < 0.3
    assert abs(level_db(Widen().feed(tone(8000, hz)), 400)) < 0.3


@pytest.mark.parametrize("hz", [4800, 5000, 6000, 7500])
def test_what_8_khz_cannot_carry_does_not_alias(hz: int) -> None:
    assert level_db(Narrow().feed(tone(16000, hz)), 200) < -50


def test_widening_leaves_no_image() -> None:
    wide = np.frombuffer(Widen().feed(tone(8000, 1000)), "<i2")[400:].astype(float)
    spectrum = np.abs(np.fft.rfft(wide * np.hanning(len(wide))))
    hz = np.fft.rfftfreq(len(wide), 1 / 16000)
    assert spectrum[hz > 4500].max() < spectrum.max() / 300


@pytest.mark.parametrize("change", [Widen, Narrow])
def test_pieces_make_the_same_stream_as_the_whole(change: type[Widen] | type[Narrow]) -> None:
    pcm = tone(8000, 777)
    pieces = change()
    assert b"".join(pieces.feed(pcm[i : i + 320]) for i in range(0, len(pcm), 320)) == change().feed(pcm)
