"""A key that came in one kind is not given to the peer again when it comes in the other."""

import pytest

from pbx.media.digit_merger import WINDOW_S
from pbx.media.dtmf import Digit, event_packets
from pbx.media.presses import Presses

FIVE = Digit("5", 100)


def event(presses: Presses, key: str, rtp_time: int, now: float, duration_ms: int = 100) -> list[bool]:
    packets = event_packets(key, duration_ms)
    return [presses.event(rtp_time, one.payload, now + at * 0.02) for at, one in enumerate(packets)]


@pytest.mark.requirement("MED-05")
def test_info_first_then_no_packet_of_the_event_is_news() -> None:
    presses = Presses()
    assert presses.info(FIVE, 1.0)
    assert not any(event(presses, "5", 800, 1.1))
    assert not presses.is_event_news
    assert all(event(presses, "5", 8000, 1.4)), "pressed again"


@pytest.mark.requirement("MED-05")
def test_the_event_first_then_info_is_no_news() -> None:
    presses = Presses()
    assert presses.is_event_news
    assert all(event(presses, "5", 800, 1.0))
    assert not presses.info(FIVE, 1.2)
    assert presses.info(Digit("6", 100), 1.2)


def test_a_long_press_is_told_by_info_when_it_is_over() -> None:
    presses = Presses()
    assert all(event(presses, "5", 800, 1.0, 3000))
    assert not presses.info(FIVE, 4.0 + WINDOW_S / 2)


def test_a_late_info_is_a_press_of_its_own() -> None:
    presses = Presses()
    event(presses, "5", 800, 1.0)
    assert presses.info(FIVE, 1.0 + 7 * 0.02 + WINDOW_S + 0.01)


def test_a_late_copy_of_an_earlier_event_keeps_its_verdict() -> None:
    presses = Presses()
    presses.info(FIVE, 1.0)
    event(presses, "5", 800, 1.1)
    assert all(event(presses, "6", 2400, 1.3))
    assert not any(event(presses, "5", 800, 1.4))
    assert presses.is_event_news, "of the event that began last"


def test_tones_and_info() -> None:
    presses = Presses()
    assert presses.tone(FIVE, 1.0)
    assert not presses.info(FIVE, 1.1)


def test_an_event_that_is_no_key_is_not_ours_to_judge() -> None:
    presses = Presses()
    assert presses.event(800, bytes((16, 10, 0, 160)), 1.0)
    assert presses.info(FIVE, 1.1)
