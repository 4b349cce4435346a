"""Keys that we tell a peer by SIP INFO."""

import pytest

from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.sip.digit_info import MAX_MS, MAX_WAITING, MIN_MS
from pbx.sip.effects import HangUp, SendInfo
from pbx.sip.events import InfoDigit, LegEnded
from pbx.sip.message import Message, Request
from tests.sip.conftest import LEG, PBX, PHONE, Network, open_settings, place
from tests.sip.transfer.conftest import answered


def press(leg: LegId, key: str, duration_ms: int = 100) -> SendInfo:
    return SendInfo(leg=leg, digit=Secret(key), duration_ms=duration_ms)


def infos(network: Network) -> list[Message]:
    return network.sent(PBX, "INFO")


@pytest.mark.requirement("MED-05")
def test_the_body_is_that_of_dtmf_relay_and_the_peer_reads_it() -> None:
    network, leg = answered()
    network.order(PBX, press(leg, "#", 160))
    network.run(0.1)
    info = infos(network)[0]
    assert isinstance(info, Request)
    assert info.headers.get("Content-Type") == "application/dtmf-relay"
    assert info.body == b"Signal=#\r\nDuration=160\r\n"
    pressed = network.take(PHONE, InfoDigit)
    assert (pressed.digit.reveal(), pressed.duration_ms) == ("#", 160)


@pytest.mark.parametrize(
    ("asked_ms", "told_ms"),
    [(0, MIN_MS), (MIN_MS, MIN_MS), (MIN_MS + 1, MIN_MS + 1), (MAX_MS, MAX_MS), (MAX_MS + 1, MAX_MS)],
)
def test_durations_are_bounded(asked_ms: int, told_ms: int) -> None:
    network, leg = answered()
    network.order(PBX, press(leg, "1", asked_ms))
    assert f"Duration={told_ms}\r\n".encode() in bytes(infos(network)[0])


@pytest.mark.rfc("3261", "12.2.2")
def test_keys_come_in_order_because_each_waits_for_the_one_before() -> None:
    network, leg = answered()
    network.order(PBX, *(press(leg, key) for key in "159"))
    assert len(infos(network)) == 1
    network.run(0.2)
    keys = [event.digit.reveal() for event in network.events[PHONE] if isinstance(event, InfoDigit)]
    assert keys == ["1", "5", "9"]


def test_a_lost_info_is_repeated_and_pressed_once() -> None:
    network, leg = answered()
    left = iter((True, False, False))
    network.lost = lambda message: message.start_line.startswith("INFO") and next(left)
    network.order(PBX, press(leg, "1"))
    network.run(2.0)
    assert len(infos(network)) == 2
    assert [type(event) for event in network.events[PHONE]] == [InfoDigit]


def test_more_keys_than_fit_are_not_pressed() -> None:
    network, leg = answered()
    network.order(PBX, *(press(leg, "1") for _ in range(MAX_WAITING + 2)))
    network.run(5.0)
    assert len(infos(network)) == MAX_WAITING + 1  # one is on its way


@pytest.mark.rfc("3261", "12.2.1.2")
def test_a_peer_that_never_answers_is_out_of_the_dialog() -> None:
    network, leg = answered()
    network.lost = lambda message: message.start_line.startswith("INFO")
    network.order(PBX, press(leg, "1"), press(leg, "2"))
    network.run(40.0)
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=True, how="timeout")
    assert network.sent(PBX, "BYE")
    assert {bytes(info)[-24:] for info in infos(network)} == {b"Signal=1\r\nDuration=100\r\n"}


def test_what_waits_is_forgotten_with_the_leg() -> None:
    network, leg = answered()
    network.order(PBX, press(leg, "1"), press(leg, "2"), HangUp(leg=leg))
    network.run(1.0)
    assert len(infos(network)) == 1
    network.order(PBX, press(leg, "3"))
    assert len(infos(network)) == 1


def test_before_the_answer_nothing_is_pressed() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    network.order(PHONE, press(LEG, "1"))
    assert network.sent(PHONE, "INFO") == []
