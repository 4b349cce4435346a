"""One press is one key."""

import pytest

from pbx.call.keys import Keys
from pbx.core.audio import DigitKind
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed
from pbx.media.events import DigitReceived
from pbx.sip.events import InfoDigit


def media(key: str, kind: DigitKind = "rfc4733") -> DigitReceived:
    return DigitReceived(leg=LegId("a"), digit=Secret(key), duration_ms=100, kind=kind)


def info(key: str) -> InfoDigit:
    return InfoDigit(leg=LegId("a"), digit=Secret(key), duration_ms=100)


FIVE = DigitPressed(digit=Secret("5"))


@pytest.mark.requirement("MED-05")
def test_a_press_that_comes_in_two_kinds_counts_once() -> None:
    keys = Keys()
    assert keys.pressed(media("5"), 0.0) == [FIVE]
    assert keys.pressed(info("5"), 0.1) == []
    assert keys.pressed(media("5", "inband"), 0.2) == []


@pytest.mark.requirement("MED-05")
def test_a_key_pressed_twice_counts_twice() -> None:
    keys = Keys()
    for at in (0.0, 0.2):
        assert keys.pressed(media("5"), at) == [FIVE]
        assert keys.pressed(info("5"), at + 0.05) == []
    assert keys.pressed(info("6"), 0.5) == [DigitPressed(digit=Secret("6"))]
