"""The tones of machines: of every country's exchange, of fax and answering machines; and of no voice."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pbx.core.audio import ToneName
from pbx.media.dtmf import DIGITS
from pbx.media.io.clips import load_tones
from pbx.media.tone_book import find_tone
from pbx.media.tone_cadence import CountryTones, country_tones
from pbx.media.tone_digits import digit_pcm
from pbx.media.tone_listener import BEEP_MS, CED_MS, CNG_MS, HeardTone, ToneListener
from pbx.media.tones import tone_clip
from tests.media.sounds import VOICES, Samples, noise, pcm16, silence, sine, speech

BOOK = load_tones()
SAME_AS_BUSY = {"au", "hu", "is", "jp", "mx", "my", "pl", "ua"}  # their congestion tone, but for its level


@cache
def tones(country: str) -> CountryTones:
    return country_tones(BOOK, country)


def heard(*parts: Samples, country: str = "gb") -> list[HeardTone]:
    return ToneListener(tones(country)).feed(pcm16(np.concatenate(parts)))


def names(*parts: Samples, country: str = "gb") -> list[ToneName]:
    return [one.tone for one in heard(*parts, country=country)]


def tone(country: str, name: str, duration_ms: int) -> Samples:
    """As the exchanges of a country send it, -15 dBm0."""
    found = find_tone(BOOK, country, name)
    assert found is not None
    return np.frombuffer(tone_clip(found, duration_ms).pcm, "<i2").astype(np.float64)


@pytest.mark.requirement("MED-13")
@pytest.mark.parametrize("country", sorted({tones(country): country for country in sorted(BOOK)}.values()))
def test_the_tones_of_a_country_are_told_from_each_other(country: str) -> None:
    """Of all countries that have the same tones, one."""
    congestion = "busy" if country in SAME_AS_BUSY else "congestion"
    for name, wanted in (("busy", "busy"), ("congestion", congestion), ("sit", "sit")):
        sent = np.concatenate((silence(7), tone(country, name, 5800), silence(300)))
        assert names(sent, country=country) == [wanted], name


@pytest.mark.parametrize("country", ["de", "us", "jp", "gb"])
def test_tones_that_tell_nothing(country: str) -> None:
    for name in ("ring", "dial"):
        assert names(tone(country, name, 12_000), silence(7000), country=country) == [], name


@pytest.mark.parametrize("country", ["de", "us"])
def test_a_soft_tone_on_a_noisy_line(country: str) -> None:
    for name in ("busy", "congestion", "sit"):
        sent = np.concatenate((silence(13), tone(country, name, 5987) / 10))
        assert names(sent + noise(6000, -55), country=country) == [name]


def test_a_busy_tone_is_certain_with_its_fourth_burst() -> None:
    busy = tone("de", "busy", 4 * 480 + 3 * 480)
    assert heard(busy[: -8 * 480], silence(200), country="de") == []
    (told,) = heard(busy, silence(200), country="de")
    assert abs(told.duration_ms - 7 * 480) <= 40


def test_another_countrys_busy_tone_is_none() -> None:
    assert names(tone("us", "busy", 8000), country="de") == []


def test_a_busy_tone_after_a_voice_and_again_after_another(tmp_path: Path) -> None:
    voice = np.frombuffer(speech(tmp_path, 7, "kal", 2), "<i2").astype(np.float64)
    busy = tone("us", "busy", 4500)
    assert names(voice, busy, voice, busy, country="us") == ["busy", "busy"]


@pytest.mark.parametrize("off_hz", [-38, 0, 38])
@pytest.mark.parametrize("off_ms", [-75, 0, 75])
def test_a_fax_that_calls(off_hz: int, off_ms: int) -> None:
    call = np.concatenate((sine(1100 + off_hz, 500 + off_ms, -30), silence(3000)))
    assert names(silence(300), call, call, call) == ["cng"]


def test_what_is_no_fax_that_calls() -> None:
    assert names(sine(1150, 500), silence(500)) == ["beep"]
    assert names(sine(1100, CNG_MS[1] + 60), silence(500)) == ["beep"]
    assert names(sine(1100, 500), sine(1300, 500), silence(500)) == []


@pytest.mark.parametrize("off_hz", [-15, 0, 15])
def test_a_fax_that_was_called(off_hz: int) -> None:
    (told,) = heard(silence(200), sine(2100 + off_hz, 3300, -35), silence(500))
    assert told.tone == "ced"
    assert told.duration_ms <= CED_MS + 40


def test_the_phase_of_an_answer_tone_may_turn_and_its_level_swell() -> None:
    """ITU-T V.8 §3.3: ANSam turns its phase each 450 ms and is modulated by 15 Hz with a fifth."""
    turns = np.concatenate([sine(2100, 450) * (-1) ** at for at in range(7)])
    swell = 1 + 0.2 * np.sin(2 * np.pi * 15 * np.arange(len(turns)) / 8000)
    assert names(turns * swell, silence(400)) == ["ced"]


@pytest.mark.parametrize("hz", [400, 440, 850, 1000, 1400, 2000])
@pytest.mark.parametrize("duration_ms", [BEEP_MS[0] + 10, 400, 2000])
def test_an_answering_machine(hz: int, duration_ms: int) -> None:
    (told,) = heard(silence(200), sine(hz, duration_ms), silence(1000), country="us")
    assert told.tone == "beep"
    assert abs(told.duration_ms - duration_ms) <= 40


def test_what_is_no_beep() -> None:
    for hz, duration_ms in ((380, 500), (2030, 500), (1000, BEEP_MS[0] - 40), (1000, BEEP_MS[1] + 60)):
        assert names(silence(200), sine(hz, duration_ms), silence(1000), country="us") == []
    assert names(sine(800, 300) + sine(1010, 300), silence(1000), country="us") == []
    melody = [sine(hz, 300) for hz in (600, 900, 700)]
    assert names(*melody, silence(1000), country="us") == []


def test_a_beep_that_could_be_a_burst_of_the_country_is_told_when_no_other_follows() -> None:
    listener = ToneListener(tones("de"))
    assert listener.feed(pcm16(np.concatenate((sine(425, 500), silence(4000))))) == []
    assert [one.tone for one in listener.feed(pcm16(silence(1000)))] == ["beep"]


@pytest.mark.parametrize("duration_ms", [60, 120, 500])
def test_digits_are_no_tones_of_machines(duration_ms: int) -> None:
    for key in DIGITS:
        twisted = digit_pcm(key, duration_ms, 200, low_dbm0=-15, high_dbm0=-6)
        for pcm in (digit_pcm(key, duration_ms, 200), twisted):
            assert ToneListener(tones("us")).feed(pcm * 5) == []


def test_noise_is_none() -> None:
    assert names(noise(60_000, -20)) == []


def test_pieces_of_any_length() -> None:
    pcm = pcm16(np.concatenate((tone("gb", "busy", 6000), silence(500))))
    listener, at, told = ToneListener(tones("gb")), 0, []
    for n_bytes in (1, 319, 321, 900, 5, len(pcm)):
        told += listener.feed(pcm[at : at + n_bytes])
        at += n_bytes
    assert told == ToneListener(tones("gb")).feed(pcm) != []


def told_of(tmp_path: Path, seed: int, n_sentences: int = 28) -> list[HeardTone]:
    talk = speech(tmp_path, seed, VOICES[seed % len(VOICES)], n_sentences)
    return [one for country in ("de", "us") for one in ToneListener(tones(country)).feed(talk)]


def test_minutes_of_speech_hold_no_tone(tmp_path: Path) -> None:
    assert [one for seed in range(4, 6) for one in told_of(tmp_path, seed, 14)] == []


@pytest.mark.soak
def test_an_hour_of_speech_holds_no_tone(tmp_path: Path) -> None:
    """Each seed is 97 s at least."""
    assert [one for seed in range(300, 338) for one in told_of(tmp_path, seed)] == []
