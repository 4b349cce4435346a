"""The tones of a country as they are recognised."""

import pytest

from pbx.media.io.clips import load_tones
from pbx.media.tone_cadence import (
    N_BURSTS,
    NEAR_HZ,
    NEVER_MS,
    Cadence,
    Stretch,
    country_tones,
    is_near,
)

BOOK = load_tones()
ON, OFF = Stretch((425.0,), 500), Stretch((), 500)
BUSY = Cadence(tone="busy", stretches=(ON, OFF, ON), near_hz=NEAR_HZ)


def test_a_cadence_is_so_many_bursts_of_a_tone() -> None:
    busy = next(one for one in country_tones(BOOK, "DE").cadences if one.tone == "busy")
    assert [stretch.hz for stretch in busy.stretches] == [(425.0,), (), (425.0,), (), (425.0,), (), (425.0,)]
    assert [stretch.duration_ms for stretch in busy.stretches] == [480] * (2 * N_BURSTS - 1)


def test_a_cycle_of_two_bursts_may_begin_with_either() -> None:
    congestion = [one for one in country_tones(BOOK, "gb").cadences if one.tone == "congestion"]
    first_ms = [[stretch.duration_ms for stretch in one.stretches[:4]] for one in congestion]
    assert first_ms == [[400, 350, 225, 525], [225, 525, 400, 350]]


def test_special_information_is_one_signal() -> None:
    for country in ("us", "gb", "se"):
        (sit,) = [one for one in country_tones(BOOK, country).cadences if one.tone == "sit"]
        assert [stretch.hz for stretch in sit.stretches] == [(950.0,), (1400.0,), (1800.0,)]


def test_what_may_come_again() -> None:
    tones = country_tones(BOOK, "us")
    assert tones.pairs == {(480.0, 620.0)}
    assert tones.pauses == ()
    assert (425.0, 4000) in country_tones(BOOK, "de").pauses  # the ringing tone
    assert (400.0, NEVER_MS) in country_tones(BOOK, "jp").pauses  # it swells
    assert country_tones(BOOK, "xx") == country_tones(BOOK, "gb")


@pytest.mark.parametrize(("off_ms", "fits"), [(0, True), (90, True), (91, False), (-90, True), (-91, False)])
def test_how_true_a_duration_has_to_be(off_ms: int, fits: bool) -> None:
    heard = [ON, Stretch((), 500 + off_ms), ON]
    assert (BUSY.error_ms(heard) is not None) == fits
    if fits:
        assert BUSY.error_ms([OFF, *heard]) == abs(off_ms)


def test_what_is_no_cadence() -> None:
    assert BUSY.error_ms([OFF, ON]) is None
    assert BUSY.error_ms([OFF, ON, OFF]) is None
    assert BUSY.error_ms([Stretch((425.0 + NEAR_HZ + 1,), 500), OFF, ON]) is None


def test_sounds_that_are_near() -> None:
    assert is_near((425.0,), (440.0,), 15)
    assert not is_near((425.0,), (440.1,), 15)
    assert not is_near((425.0,), (425.0, 450.0), 15)
    assert is_near((), (), 15)
