"""What a peer's fmtp asks of a sender of Opus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.audio import OpusWish
from pbx.sip.opus_parameters import BIT_RATES, opus_wish

pytestmark = pytest.mark.rfc("7587", "6.1")


def test_who_asks_for_nothing_gets_what_the_rfc_assumes() -> None:
    assert (
        opus_wish("")
        == OpusWish()
        == opus_wish("minptime=10; stereo=1; sprop-stereo=1; sprop-maxcapturerate=8000")
    )


def test_everything_at_once() -> None:
    asked = "maxplaybackrate=16000; MaxAverageBitRate=20000;cbr=1;useinbandfec=1; usedtx=1"
    assert opus_wish(asked) == OpusWish(max_rate=16000, max_bit_rate=20000, constant=True, fec=True, dtx=True)


def test_no_is_no() -> None:
    assert opus_wish("useinbandfec=0;usedtx=0;cbr=0") == OpusWish()


@pytest.mark.parametrize(
    ("asked", "taken"), [(5999, 510_000), (6000, 6000), (510_000, 510_000), (510_001, 510_000)]
)
def test_bit_rates_outside_of_the_limits_are_ignored(asked: int, taken: int) -> None:
    assert opus_wish(f"maxaveragebitrate={asked}").max_bit_rate == taken


@pytest.mark.parametrize(("asked", "taken"), [(0, 8000), (8000, 8000), (12000, 12000), (96000, 48000)])
def test_playback_rates_are_brought_within_the_limits(asked: int, taken: int) -> None:
    assert opus_wish(f"maxplaybackrate={asked}").max_rate == taken


@pytest.mark.parametrize("value", ["", "-1", "1.0", "yes", "\u0661", "1" * 10, "2"])
def test_what_is_malformed_asks_for_nothing(value: str) -> None:
    asked = ("maxaveragebitrate", "cbr", "useinbandfec", "usedtx")
    assert opus_wish(";".join(f"{name}={value}" for name in asked)) == OpusWish()


@given(st.text(max_size=200))
def test_any_text_is_a_wish(text: str) -> None:
    wish = opus_wish(text)
    assert 8000 <= wish.max_rate <= 48000 and wish.max_bit_rate in BIT_RATES
