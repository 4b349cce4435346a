"""Telephones that know of recording: what they are told of it in SDP, when, and how often they are asked."""

import re
from collections.abc import Mapping

import pytest

from pbx.call.effects import Audit
from pbx.call.events import RecordingOrdered
from pbx.call.record_indications import MAX_TRIES
from pbx.core.ids import CallId, LegId
from pbx.media.effects import ConnectLeg
from pbx.media.events import RecordingFailed, RecordingStarted
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import Answer, PlaceCall, Reinvite
from pbx.sip.events import (
    DeviceOrigin,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
)
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.call.parties import answer, offered
from tests.call.support import A, board_with, to_agents
from tests.call.test_attended import recorded as alice_is_recorded
from tests.call.test_three_way import B2, press

pytestmark = pytest.mark.requirement("R-29")
ANN = DeviceOrigin(tenant="acme", extension="1001")


def state_in(sdp: bytes | None) -> str | None:
    found = re.findall(rb"\r\na=record:(\w+)\r\n", sdp or b"")
    assert len(found) <= 1
    return found[0].decode() if found else None


def asked(board: Board, leg: LegId = A) -> list[str | None]:
    """What each offer inside the dialog of a leg says of recording."""
    return [state_in(one.offer) for one in board.all(Reinvite) if one.leg == leg]


def agree(board: Board, leg: LegId = A) -> None:
    """The party takes our last offer, with the audio that it had."""
    board.send(ReinviteAnswered(leg=leg, answer=OFFER if leg == A else ANSWER))


def facts(board: Board, kind: str) -> list[Mapping[str, object]]:
    return [one.fact.details for one in board.all(Audit) if one.fact.kind == kind]


def recorded(board: Board | None = None) -> Board:
    """Ann, whose telephone knows, talks with Bob, whose does not; both are recorded."""
    made = board or Board(recording=RecordingRules(otherwise="always"))
    made.contacts["1002"] = (contact("1002"),)
    made.offer("1002", origin=ANN, aware=True)
    bob = next(one for one in made.switchboard.calls.values()).parts.connect
    made.send(LegAnswered(leg=next(leg for leg in bob.legs if leg != A), answer=ANSWER))
    made.send(LegConfirmed(leg=A))
    return made


def only_call(board: Board) -> CallId:
    (call,) = board.switchboard.calls
    return call


def paused(board: Board, *, on: bool) -> None:
    board.send(RecordingOrdered(call=only_call(board), on=on, actor="admin", reason="card"))


def started(board: Board) -> None:
    capture = board.switchboard.calls[only_call(board)].parts.capture
    assert capture.recording is not None
    board.send(RecordingStarted(recording=capture.recording))


@pytest.mark.rfc("7866", "7.1.2")
def test_the_answer_says_that_nothing_is_recorded_yet_and_an_offer_that_it_is() -> None:
    board = recorded()
    assert state_in(board.last(Answer).answer) == "off"
    assert asked(board) == ["on"]
    agree(board)
    assert asked(board) == ["on"]
    assert facts(board, "consent.indicated") == [{"party": "extension/1001", "state": "on"}]


@pytest.mark.rfc("7866", "7.1.2")
def test_who_does_not_know_of_recording_is_told_nothing() -> None:
    board = Board(recording=RecordingRules(otherwise="always"))
    board.contacts["1002"] = (contact("1002"),)
    board.offer("1002", origin=ANN)
    callee = next(leg for leg in _legs(board) if leg != A)
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    assert board.all(Reinvite) == [] and state_in(board.last(Answer).answer) is None


@pytest.mark.rfc("7866", "7.1.2")
def test_a_callee_that_knows_is_told_once_it_has_answered() -> None:
    board = Board(recording=RecordingRules(otherwise="always"))
    board.contacts["1002"] = (contact("1002"),)
    board.offer("1002", origin=ANN)
    callee = next(leg for leg in _legs(board) if leg != A)
    board.send(LegAnswered(leg=callee, answer=ANSWER, is_record_aware=True))
    assert asked(board, callee) == ["on"] and asked(board) == []


@pytest.mark.rfc("7866", "7.1.2")
def test_nothing_is_offered_before_the_answer_is_acknowledged() -> None:
    board = Board(recording=RecordingRules(otherwise="always"))
    board.contacts["1002"] = (contact("1002"),)
    board.offer("1002", origin=ANN, aware=True)
    board.send(LegAnswered(leg=next(leg for leg in _legs(board) if leg != A), answer=ANSWER))
    assert asked(board) == []
    board.send(LegConfirmed(leg=A))
    assert asked(board) == ["on"]


@pytest.mark.rfc("7866", "7.1.2")
def test_the_same_audio_goes_on() -> None:
    board = recorded()
    (told,) = board.all(Reinvite)
    before = len(board.all(ConnectLeg))
    agree(board)
    assert len(board.all(ConnectLeg)) == before
    assert (told.offer or b"").replace(b"a=record:on", b"a=record:off").splitlines()[3:] == (
        board.last(Answer).answer.splitlines()[3:]
    )


@pytest.mark.rfc("7866", "7.1.2")
def test_a_pause_and_its_end_are_told() -> None:
    board = recorded()
    agree(board)
    started(board)
    paused(board, on=False)
    agree(board)
    paused(board, on=True)
    assert asked(board) == ["on", "paused", "on"]


@pytest.mark.rfc("7866", "7.1.2")
def test_what_changes_during_an_exchange_is_told_in_the_next_as_it_is_by_then() -> None:
    board = recorded()
    started(board)
    paused(board, on=False)
    paused(board, on=True)
    paused(board, on=False)
    assert asked(board) == ["on"]
    agree(board)
    assert asked(board) == ["on", "paused"]


@pytest.mark.rfc("7866", "7.1.2")
def test_what_is_as_it_was_after_an_exchange_is_not_told_again() -> None:
    board = recorded()
    started(board)
    paused(board, on=False)
    paused(board, on=True)
    agree(board)
    assert asked(board) == ["on"]


@pytest.mark.rfc("7866", "7.1.2")
def test_a_recording_that_fails_is_off() -> None:
    board = recorded()
    agree(board)
    capture = board.switchboard.calls[only_call(board)].parts.capture
    assert capture.recording is not None
    board.send(RecordingFailed(recording=capture.recording, reason="disk full"))
    assert asked(board) == ["on", "off"]


@pytest.mark.rfc("7866", "7.1.2")
def test_a_caller_is_told_after_the_announcement_and_while_a_secret_is_entered() -> None:
    """R-20: the dialogue that asks for the date of birth begins at once after the announcement."""
    board = Board()
    board.offer("+441632960100", aware=True)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    assert asked(board) == []
    board.finish_prompt()
    agree(board)
    assert asked(board)[-1] == "paused"


@pytest.mark.rfc("7866", "7.1.2")
def test_a_message_is_recorded_whatever_its_speaker_wished() -> None:
    board = Board()
    to_agents(board)
    leg = board.switchboard.calls[only_call(board)].parts.connect.caller
    leg.is_record_aware = True
    board.send(ReinviteOffered(leg=A, offer=OFFER + b"a=recordpref:off\r\n"))
    board.finish_prompt()
    assert asked(board)[-1] == "on"


@pytest.mark.rfc("7866", "7.1.2")
def test_who_wishes_not_to_be_recorded_reads_that_he_is_not() -> None:
    board = recorded()
    agree(board)
    board.send(ReinviteOffered(leg=A, offer=OFFER + b"a=recordpref:off\r\n"))
    assert asked(board) == ["on", "off"]
    board.send(LegConfirmed(leg=A, answer=OFFER))
    assert asked(board) == ["on", "off"]


@pytest.mark.rfc("7866", "7.1.2")
def test_who_is_recorded_against_his_wish_reads_that_he_is() -> None:
    board = recorded(board_with(recordpref="note", recording=RecordingRules(otherwise="always")))
    agree(board)
    board.send(ReinviteOffered(leg=A, offer=OFFER + b"a=recordpref:off\r\n"))
    assert asked(board) == ["on"]


@pytest.mark.rfc("7866", "7.1.2")
def test_an_exchange_in_the_way_is_waited_for_longer_each_time_and_not_for_ever() -> None:
    board = recorded()
    for _ in range(MAX_TRIES):
        board.send(ReinviteRefused(leg=A, status=491))
        before = len(asked(board))
        board.pass_time(30.0)
        assert len(asked(board)) == before + 1
    board.send(ReinviteRefused(leg=A, status=491))
    board.pass_time(100.0)
    assert len(asked(board)) == 1 + MAX_TRIES
    assert facts(board, "consent.not_indicated") == [
        {"party": "extension/1001", "state": "on", "status": "491"}
    ]


@pytest.mark.rfc("7866", "7.1.2")
def test_after_glare_the_call_offers_as_it_is_by_then() -> None:
    board = recorded()
    started(board)
    board.send(ReinviteRefused(leg=A, status=491, retry_s=1.0))
    paused(board, on=False)
    assert asked(board) == ["on"]
    board.send(ReinviteDue(leg=A))
    assert asked(board) == ["on", "paused"]
    agree(board)
    assert asked(board) == ["on", "paused"]


@pytest.mark.rfc("7866", "7.1.2")
def test_who_refuses_is_not_asked_the_same_again_and_the_call_goes_on() -> None:
    board = recorded()
    started(board)
    board.send(ReinviteRefused(leg=A, status=488))
    board.pass_time(60.0)
    assert asked(board) == ["on"] and facts(board, "consent.not_indicated")[0]["status"] == "488"
    paused(board, on=False)
    assert asked(board) == ["on", "paused"] and board.switchboard.calls


@pytest.mark.rfc("7866", "7.1.2")
def test_our_answer_to_an_offer_of_the_party_tells_it_as_well() -> None:
    board = recorded()
    started(board)
    board.send(ReinviteRefused(leg=A, status=491))
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    board.pass_time(10.0)
    assert asked(board) == ["on"]


@pytest.mark.rfc("7866", "7.1.2")
def test_who_has_gone_is_forgotten() -> None:
    board = recorded()
    board.send(ReinviteRefused(leg=A, status=491))
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    callee = next(one.leg for one in board.record.legs if one.leg != A)
    board.send(LegEnded(leg=callee, by_peer=False, how="bye"))
    assert board.switchboard.deadline is None and asked(board) == ["on"]


@pytest.mark.rfc("7866", "7.1.2")
def test_who_is_recorded_in_the_call_of_somebody_else_is_told_as_well() -> None:
    """Three talk, and only the first call is recorded: its host sits there by the leg of his second call."""
    board = Board()
    agent = alice_is_recorded(board)
    extension = board.last(PlaceCall).to.removeprefix("sip:").partition("@")[0]
    board.send(ReinviteOffered(leg=agent, offer=ANSWER + b"a=sendonly\r\n"))
    offered(board, "b2", "1003", extension)
    answer(board, board.last(PlaceCall).leg)
    board.send(LegConfirmed(leg=B2))
    first, second = board.switchboard.calls.values()
    second.parts.connect.legs[B2].is_record_aware = True
    press(board)
    agree(board, B2)
    for on in (False, True):
        board.send(RecordingOrdered(call=first.id, on=on, actor="admin", reason="card"))
        agree(board, B2)
    board.send(ReinviteOffered(leg=agent, offer=ANSWER + b"a=sendrecv\r\n"))
    assert asked(board, B2) == ["on", "paused", "on", "off"]


def _legs(board: Board) -> list[LegId]:
    (call,) = board.switchboard.calls.values()
    return list(call.parts.connect.legs)
