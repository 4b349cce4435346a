"""A leg whose party says nothing, with a clock that is moved: who rests or holds stays, who is gone ends."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.core.audio import Direction
from tests.media.io.telephone import MU, NOISE, VOICE, Telephone

pytestmark = pytest.mark.requirement("MED-11")


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telephone]:
    one = Telephone()
    monkeypatch.setattr("pbx.media.io.leg.monotonic", lambda: one.now)
    yield one
    one.close()


def test_who_breaks_off_is_gone(telephone: Telephone) -> None:
    telephone.connect()
    telephone.say(VOICE)
    assert telephone.wait(60) == 30
    assert telephone.wait(60) == 0  # told once
    telephone.say(VOICE)
    assert telephone.wait(60, reports_every_s=5) == 30  # a report is no audio


@pytest.mark.rfc("3389", "4")
def test_who_rests_after_one_comfort_noise_stays(telephone: Telephone) -> None:
    telephone.connect()
    telephone.say(VOICE)
    telephone.say(NOISE)
    assert telephone.wait(1900, reports_every_s=5) == 0
    assert telephone.wait(60) == 30  # its reports have stopped
    telephone.say(VOICE)
    telephone.say(NOISE)
    assert telephone.wait(1900) == 1800  # who never reports
    telephone.say(NOISE)
    telephone.say(VOICE)
    assert telephone.wait(60) == 30  # who talked again, and broke off


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_nothing_is_expected_of_whom_we_hold(telephone: Telephone, direction: Direction) -> None:
    telephone.connect()
    telephone.say(VOICE)
    telephone.connect(direction)
    assert telephone.wait(1900) == 0
    telephone.connect()  # resumed: the silence begins now
    assert telephone.wait(60) == 30


def test_who_holds_us_need_not_send_anything(telephone: Telephone) -> None:
    telephone.connect()
    telephone.say(VOICE)
    telephone.wait(20)
    telephone.connect("recvonly")
    assert telephone.wait(1900, reports_every_s=5) == 0
    telephone.connect("recvonly")  # a refresh changes nothing
    assert telephone.wait(60) == 30
    telephone.say(VOICE)
    assert telephone.wait(1900) == 1800
    telephone.say(VOICE)
    assert telephone.wait(1000) == 0
    telephone.connect()  # resumed after long, and the first packet is still on its way
    assert telephone.wait(60) == 30


def test_comfort_noise_that_was_not_agreed_is_no_rest(telephone: Telephone) -> None:
    telephone.connect(fmt=replace(MU, comfort_noise_type=None))
    telephone.say(VOICE)
    telephone.say(NOISE)
    assert telephone.wait(60) == 30
