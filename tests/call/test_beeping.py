"""When a recording's parties are to hear a beep, and which."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pbx.call.agreements import Agreements
from pbx.call.beeping import Beeping
from pbx.call.context import CallContext
from pbx.consent.beeps import BeepChoice
from pbx.consent.io.shipped import shipped_beeps, shipped_rules
from pbx.core.ids import LegId, RecordingId
from pbx.media.effects import NoteInRecording, SetBeep, StartRecording
from pbx.sip.events import LegConfirmed
from tests.call.captures import CONTEXT, NOW, capture, decision, proof
from tests.call.conftest import Board
from tests.call.support import SUPPORT, A

ONE, TWO = RecordingId("one"), RecordingId("two")


def context(name: str = "region") -> CallContext:
    return replace(CONTEXT, rules=shipped_rules(), beep=BeepChoice(name=name, profiles=shipped_beeps()))


def beeping(name: str = "region") -> tuple[Beeping, Callable[..., None]]:
    """Beeping, and how to say where those who talk may be."""
    agreements = Agreements(context(name))

    def talk_in(*regions: str) -> None:
        agreements.decision = replace(decision(), regions=regions)

    return Beeping(context(name), agreements), talk_in


@pytest.mark.requirement("R-22")
def test_a_beep_is_ordered_when_it_changes_and_noted_by_name() -> None:
    beeps, talk_in = beeping()
    assert beeps.follow(ONE) == []  # nobody was asked
    talk_in("GB")
    assert beeps.follow(ONE) == []
    talk_in("GB", "US-CT")
    assert beeps.follow(ONE) == [
        SetBeep(recording=ONE, beep=shipped_beeps()["us-classic"].beep),
        NoteInRecording(recording=ONE, kind="beep", details={"profile": "us-classic"}),
    ]
    talk_in("US-CT")
    assert beeps.follow(ONE) == []
    talk_in("GB")
    assert beeps.follow(ONE) == [
        SetBeep(recording=ONE, beep=None),
        NoteInRecording(recording=ONE, kind="beep", details={"profile": "off"}),
    ]


def test_a_recording_that_follows_another_is_told_anew() -> None:
    beeps, _ = beeping("fs1037")
    assert len(beeps.follow(ONE)) == 2
    assert beeps.follow(ONE) == beeps.follow(None) == []
    (order, _) = beeps.follow(TWO)
    assert order == SetBeep(recording=TWO, beep=shipped_beeps()["fs1037"].beep)


def test_a_call_beeps_and_a_message_does_not() -> None:
    a = capture(context("gb"))
    started = a.settle(LegId("a"), proof(), True, NOW)
    kinds = [type(effect) for effect in started]
    assert kinds.index(StartRecording) < kinds.index(SetBeep)
    assert SetBeep not in map(type, capture(context("gb")).take_message(LegId("a"), "1001", NOW))


def test_a_caller_from_connecticut_hears_his_tone() -> None:
    board = Board(change=lambda one: replace(one, beep=context().beep))
    board.offer(SUPPORT, number="+12035550100")
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.finish_prompt()
    assert [order.beep for order in board.all(SetBeep)] == [shipped_beeps()["us-classic"].beep]


@pytest.mark.requirement("R-22")
def test_the_next_media_worker_is_told_of_the_beep() -> None:
    beeps, talk_in = beeping()
    talk_in("US-CT")
    told = beeps.follow(ONE)
    assert told and beeps.follow(ONE) == []
    beeps.renew()
    assert beeps.follow(ONE) == told
