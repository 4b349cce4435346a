"""Keys pressed for a party, in frames of 20 ms."""

import pytest

from pbx.media.digit_sender import MAX_MS, MAX_QUEUED, PAUSE_FRAMES, DigitSender, Step
from pbx.media.dtmf import DtmfReceiver, EventPacket
from tests.media.test_payloads import G722, OPUS, PCMU


def all_steps(sender: DigitSender) -> list[tuple[Step, int]]:
    steps = []
    while sender.busy:
        steps.append(sender.step())
    return steps


@pytest.mark.rfc("4733", "2.5.1.4")
def test_an_event_ends_three_times_and_time_goes_on_by_its_length() -> None:
    sender = DigitSender()
    sender.press("5", 100, PCMU)
    steps = all_steps(sender)
    events = [step for step, _ in steps if isinstance(step, EventPacket)]
    assert [step for step, _ in steps[-PAUSE_FRAMES:]] == [None] * PAUSE_FRAMES
    assert [event.marker for event in events] == [True] + [False] * 6
    assert sum(n_units for _, n_units in steps) == 800
    receiver = DtmfReceiver()
    digits = [digit for event in events for digit in receiver.packet(1000, event.payload, 0.0)]
    assert [(digit.key, digit.duration_ms) for digit in digits] == [("5", 100)]


def test_the_clock_is_that_of_the_party() -> None:
    sender = DigitSender()
    sender.press("#", 60, OPUS)
    last = [step for step, _ in all_steps(sender) if isinstance(step, EventPacket)][-1]
    assert int.from_bytes(last.payload[2:]) == 48 * 60


@pytest.mark.requirement("MED-05")
def test_a_party_without_events_hears_the_tones() -> None:
    sender = DigitSender()
    sender.press("1", 80, G722)
    tones = [step for step, _ in all_steps(sender) if isinstance(step, bytes)]
    assert [len(tone) for tone in tones] == [320] * 4
    assert all(any(tone) for tone in tones)


@pytest.mark.parametrize(("asked", "pressed"), [(0, 100), (10, 40), (55, 40), (60, 60), (9000, MAX_MS)])
def test_a_press_has_a_sensible_length(asked: int, pressed: int) -> None:
    sender = DigitSender()
    sender.press("1", asked, PCMU)
    assert sum(n_units for _, n_units in all_steps(sender)) == 8 * pressed


def test_what_is_no_key_is_refused_and_too_many_are_not_pressed() -> None:
    sender = DigitSender()
    with pytest.raises(ValueError, match="DTMF"):
        sender.press("x", 100, PCMU)
    for _ in range(100 * MAX_QUEUED):
        sender.press("1", MAX_MS, PCMU)
    assert len(all_steps(sender)) <= (MAX_QUEUED + 1) * (MAX_MS // 20 + 2 + PAUSE_FRAMES)
    sender.press("1", 100, PCMU)
    sender.clear()
    assert not sender.busy
