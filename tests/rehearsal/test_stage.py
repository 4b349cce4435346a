"""The network, telephones and worker of a rehearsal: what each does, and that who has left does no more."""

from dataclasses import replace

import pytest

from pbx.core.ids import CallId, LegId, RecordingId
from pbx.media.effects import BridgeLegs, OpenLeg, StartRecording
from pbx.media.events import LegOpened, RecordingFailed
from pbx.rehearsal.scenario import Phone
from pbx.rehearsal.stage import FULL, Stage
from pbx.sip.effects import HangUp
from pbx.sip.events import LegEnded
from tests.rehearsal.conftest import CALLER, Play

A, B = LegId("caller"), LegId("b")
RECORD = StartRecording(
    recording=RecordingId("r"),
    leg=A,
    tenant="acme",
    call=CallId("c"),
    kind="call",
    recipients=(),
    started_at="",
)


@pytest.mark.parametrize(
    ("phone", "cause", "rings"),
    [
        (Phone(), "487", ("1003",)),
        (Phone(refuses=486), "486", ("1003",)),
        (Phone(refuses=603, after_s=3.0), "603", ("1003",)),
        (Phone(is_away=True), "480", ()),
    ],
)
def test_what_a_telephone_does(play: Play, phone: Phone, cause: str, rings: tuple[str, ...]) -> None:
    came = play(called="01632960101", phones={"extension/1003": phone}, replies=())
    assert came.record is not None
    assert (came.record.cause in (cause, "480"), came.rings, came.answered_by) == (True, rings, "")


def test_a_trunk_that_does_not_respond(play: Play) -> None:
    came = play(called="01632960101", phones={"extension/1003": Phone(answers_s=2.0)}, gives_up_s=1.0)
    assert came.record is not None
    assert (came.record.ended_by, came.record.cause) == ("caller", "cancel")


def test_who_has_left_does_nothing_more() -> None:
    stage = Stage(A, CALLER, "GB")
    left = stage.leaves()
    assert isinstance(left, LegEnded) and left.by_peer
    assert stage.leaves() is None
    assert list(stage.follow(HangUp(leg=A), CALLER, "", 0.0)) == []


def test_the_caller_hangs_up_once_however_often_he_is_bridged() -> None:
    stage = Stage(A, CALLER, "GB")
    first = list(stage.follow(BridgeLegs(a=A, b=B), CALLER, "", 0.0))
    assert [seconds for seconds, _ in first] == [CALLER.talks_s]
    assert list(stage.follow(BridgeLegs(a=B, b=A), CALLER, "", 0.0)) == []


@pytest.mark.requirement("N-20")
def test_a_full_spool_is_said_with_the_port_and_fails_the_recording() -> None:
    full, stage = replace(CALLER, has_room=False), Stage(A, CALLER, "GB")
    ((_, opened),) = stage.follow(OpenLeg(leg=A, call=CallId("c")), full, "", 0.0)
    ((_, failed),) = stage.follow(RECORD, full, "", 0.0)
    told, lost = opened(), failed()
    assert isinstance(told, LegOpened) and told.no_room == FULL
    assert isinstance(lost, RecordingFailed)
