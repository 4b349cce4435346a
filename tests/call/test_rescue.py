"""A media worker died: its legs get other ports, their parties are told, and the call goes on."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.call.effects import Audit, CallEffect, CallFinished, CheckCaller
from pbx.call.events import CallEvent, LegLost
from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.media.effects import (
    BridgeLegs,
    CloseLeg,
    ConnectLeg,
    Listen,
    Music,
    OpenLeg,
    Play,
    SetEcho,
    SetGate,
    SetMusic,
    SetSecure,
    StartRecording,
    StopPlay,
    StopRecording,
)
from pbx.media.events import DigitReceived, LegFailed, LegOpened, RecordingStarted, TalkStarted
from pbx.recording.journal import MAX_CHAPTER
from pbx.sip.effects import AcceptTransfer, HangUp, PlaceCall, RefuseTransfer, Reinvite, Reject, SetLine
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegRinging,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
    TransferRequested,
)
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, answer, end_ours, hang_up, offered, talking
from tests.call.support import SUPPORT, to_agents, to_question, type_date

MOVED = ANSWER.replace(b"192.0.2.9", b"192.0.2.10")


class Hesitant(Board):
    """Its worker opens ports only when the test says so, once `waits`."""

    def __init__(self, music: Music | None = None) -> None:
        super().__init__(change=lambda one: replace(one, music=music))
        self.waits = False
        self.asked: list[OpenLeg] = []

    def _surroundings(self, effect: CallEffect) -> Iterator[CallEvent]:
        if self.waits and isinstance(effect, OpenLeg):
            self.asked.append(effect)
            return
        yield from super()._surroundings(effect)

    def open_all(self) -> list[CallEffect]:
        """The new worker has a port for everybody."""
        start, orders, self.asked = len(self.effects), self.asked, []
        for order in orders:
            self.send(LegOpened(leg=order.leg, host="127.0.0.9", port=30000 + len(self.effects)))
        return self.effects[start:]

    def fall(self, *legs: LegId) -> list[CallEffect]:
        """Lose the worker of these legs."""
        self.waits, start = True, len(self.effects)
        for leg in legs:
            self.send(LegLost(leg=leg))
        return self.effects[start:]


@pytest.fixture
def board() -> Hesitant:
    return Hesitant()


def kinds(effects: list[CallEffect]) -> list[str]:
    return [type(one).__name__ for one in effects]


def port_of(order: Reinvite) -> bytes:
    assert order.offer is not None
    return order.offer.split(b"m=audio ")[1].split(b" ")[0]


@pytest.mark.requirement("MED-16")
def test_two_who_talk_are_brought_together_again(board: Hesitant) -> None:
    bob = talking(board)
    assert board.fall(A, bob) == [OpenLeg(leg=A, call=_call(board)), OpenLeg(leg=bob, call=_call(board))]
    effects = board.open_all()
    assert [type(one) for one in effects] == [ConnectLeg, Reinvite, ConnectLeg, BridgeLegs, Reinvite]
    assert [(one.leg, one.host) for one in effects if isinstance(one, ConnectLeg)] == [
        (A, "192.0.2.1"),
        (bob, "192.0.2.9"),
    ]
    assert BridgeLegs(a=A, b=bob) in effects
    offers = [one for one in effects if isinstance(one, Reinvite)]
    assert all(one.offer is not None and b"c=IN IP4 127.0.0.9" in one.offer for one in offers)
    assert [one.leg for one in offers] == [A, bob]
    # The party answers with an address of its own that has changed, or with the same one.
    assert board.send(ReinviteAnswered(leg=bob, answer=ANSWER)) == []
    (connect,) = board.send(ReinviteAnswered(leg=A, answer=MOVED))
    assert isinstance(connect, ConnectLeg) and connect.host == "192.0.2.10"
    hang_up(board, bob)
    end_ours(board)
    assert board.all(CallFinished) != []
    assert (board.record.cause, board.record.ended_by) == ("bye", "callee")


def _call(board: Board) -> CallId:
    return next(iter(board.switchboard.calls))


def test_who_is_held_hears_music_again() -> None:
    music = Music(sources=())
    board = Hesitant(music)
    bob = talking(board)
    board.send(ReinviteOffered(leg=bob, offer=ANSWER + b"a=sendonly\r\n"))
    assert board.last(SetMusic) == SetMusic(leg=A, music=music)
    board.waits = True
    for leg in (A, bob):
        board.send(LegLost(leg=leg))
    again = board.open_all()
    assert [one for one in again if isinstance(one, SetMusic)] == [SetMusic(leg=A, music=music)]


def test_an_exchange_in_the_way_is_waited_for(board: Hesitant) -> None:
    bob = talking(board)
    board.fall(A, bob)
    board.open_all()
    assert board.send(ReinviteRefused(leg=A, status=491)) == []
    (again,) = board.pass_time(0.21)
    assert isinstance(again, Reinvite) and again.leg == A
    assert board.send(ReinviteRefused(leg=A, status=491, retry_s=1.0)) == []
    assert board.pass_time(0.5) == []
    assert kinds(board.send(ReinviteDue(leg=A))) == ["Reinvite"]
    board.send(ReinviteAnswered(leg=A, answer=ANSWER))
    assert board.pass_time(5.0) == []


def test_who_does_not_follow_cannot_be_heard(board: Hesitant) -> None:
    bob = talking(board)
    board.fall(A, bob)
    board.open_all()
    board.send(ReinviteRefused(leg=bob, status=488))
    assert {one.leg for one in board.all(HangUp)} == {A, bob}
    end_ours(board)
    assert board.record.cause == "media_lost"


def test_a_refused_hold_is_nothing(board: Hesitant) -> None:
    bob = talking(board)
    assert board.send(ReinviteRefused(leg=bob, status=488)) == []
    assert board.all(HangUp) == []


def test_without_another_worker_the_call_ends(board: Hesitant) -> None:
    bob = talking(board)
    board.fall(A, bob)
    board.send(LegFailed(leg=A, reason="the media worker is down"))
    end_ours(board)
    assert board.record.cause == "media_lost"


def test_a_caller_that_was_not_answered_is_refused(board: Hesitant) -> None:
    board.waits = True
    board.offer(SUPPORT)
    board.fall(A)
    assert len(board.asked) == 2  # the port it never got, and another
    board.send(LegFailed(leg=A, reason="the media worker is down"))
    assert (board.last(Reject).status, board.last(Reject).retry_after_s) == (503, 10)


def test_who_rings_is_told_once_he_has_answered(board: Hesitant) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    bob = board.last(PlaceCall).leg
    board.send(LegRinging(leg=bob, status=180))
    board.fall(A, bob)
    effects = board.open_all()
    assert kinds(effects) == []  # nothing was agreed, nobody can be told
    effects = board.send(LegAnswered(leg=bob, answer=ANSWER))
    assert BridgeLegs(a=A, b=bob) in effects
    (told,) = board.pass_time(0.0)
    assert isinstance(told, Reinvite) and told.leg == bob
    assert board.send(LegConfirmed(leg=A)) == []
    assert [one.leg for one in board.all(Reinvite)] == [bob]  # the caller's answer had the new place


def test_early_media_go_on_one_way(board: Hesitant) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    bob = board.last(PlaceCall).leg
    board.send(LegRinging(leg=bob, status=183, answer=ANSWER))
    board.fall(A, bob)
    effects = board.open_all()
    assert kinds(effects) == ["ConnectLeg", "ConnectLeg", "BridgeLegs"]
    assert [one.direction for one in effects if isinstance(one, ConnectLeg)] == ["sendonly", "sendrecv"]


def test_what_rings_is_heard_again(board: Hesitant) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    board.offer("+441632960101")
    bob = board.last(PlaceCall).leg
    board.send(LegRinging(leg=bob, status=183, answer=ANSWER))
    board.send(LegRinging(leg=bob, status=180))
    tone = board.last(Play)
    board.fall(A, bob)
    assert [one for one in board.open_all() if isinstance(one, Play)] == [tone]


def test_a_prompt_begins_anew_and_its_secret_stays_one(board: Hesitant) -> None:
    to_question(board)
    question = board.last(Play)
    board.send(DigitReceived(leg=A, digit=Secret("0"), duration_ms=80))
    board.fall(A)
    effects = board.open_all()
    assert kinds(effects)[:2] == ["SetSecure", "SetGate"]  # before the first packet
    assert SetSecure(leg=A, on=True) in effects and SetGate(leg=A, open=True) in effects
    assert [one for one in effects if isinstance(one, Play)] in ([], [question])
    type_date(board, "3021980")
    assert board.last(CheckCaller).date_of_birth is not None


def test_orders_for_a_leg_without_a_port_are_held_back(board: Hesitant) -> None:
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    welcome = board.last(Play)
    board.fall(A)
    held = board.send(DigitReceived(leg=A, digit=Secret("1"), duration_ms=80))
    assert not any(isinstance(one, Play | StopPlay | SetGate | StartRecording) for one in held)
    effects = board.open_all()
    assert [one for one in effects if isinstance(one, Play)][0].leg == welcome.leg
    board.finish_prompt()
    assert not board.all(HangUp)


def test_behind_the_last_chapter_another_recording_begins(board: Hesitant) -> None:
    to_question(board)
    first = board.last(StartRecording)
    for _ in range(MAX_CHAPTER):
        board.fall(A)
        board.open_all()
    orders = [one for one in board.all(StartRecording) if one.recording == first.recording]
    assert [one.chapter for one in orders] == list(range(1, MAX_CHAPTER + 1))
    rest = board.last(StartRecording)
    assert (rest.recording != first.recording, rest.chapter, rest.call) == (True, 1, first.call)


@pytest.mark.requirement("R-09")
def test_the_recording_goes_on_in_its_next_chapter(board: Hesitant) -> None:
    to_question(board)
    first = board.last(StartRecording)
    board.send(RecordingStarted(recording=first.recording))
    board.fall(A)
    effects = board.open_all()
    (second,) = [one for one in effects if isinstance(one, StartRecording)]
    assert (first.chapter, second.chapter) == (1, 2)
    assert replace(second, chapter=1, started_at=first.started_at) == first
    facts = [one.fact.kind for one in effects if isinstance(one, Audit)]
    assert facts == ["recording.interrupted"]
    board.send(RecordingStarted(recording=second.recording))
    assert board.last(Audit).fact.details == {"recording": second.recording}
    hang_up(board, A)
    assert (board.record.recording, board.record.recording_state) == (first.recording, "recorded")


def test_who_leaves_a_message_is_listened_to_anew(board: Hesitant) -> None:
    to_agents(board)
    board.finish_prompt()
    board.send(TalkStarted(leg=A, silent_ms=900, level_dbm0=-20.0))
    board.fall(A)
    effects = board.open_all()
    message = next(one for one in effects if isinstance(one, StartRecording))
    assert Listen(leg=A, talk=True, tones_of="GB") in effects
    assert (message.kind, message.max_silence_ms) == ("voicemail", 1000)
    board.pass_time(10.1)
    assert StopRecording(recording=message.recording) in board.effects


def test_the_echo_test_goes_on(board: Hesitant) -> None:
    board.offer("+441632960102")
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    assert board.all(SetEcho)
    board.fall(A)
    assert SetEcho(leg=A, on=True) in board.open_all()


def test_a_leg_that_ends_while_its_port_is_opened_gives_it_back(board: Hesitant) -> None:
    bob = talking(board)
    board.fall(A, bob)
    hang_up(board, bob)
    assert CloseLeg(leg=bob) in board.effects and CloseLeg(leg=A) in board.effects
    end_ours(board)
    assert board.all(CallFinished)


def test_a_leg_that_was_being_closed_is_over(board: Hesitant) -> None:
    bob = talking(board)
    board.waits = True
    call = board.switchboard.calls[board.record.call]
    call.parts.connect.legs[bob].is_port_closing = True
    assert board.fall(bob) == []
    assert not call.parts.connect.legs[bob].port_open
    assert board.fall(bob, LegId("unknown")) == []


@pytest.mark.requirement("CF-05")
def test_calls_that_have_no_worker_now_are_not_joined(board: Hesitant) -> None:
    bob = talking(board)
    offered(board, "b2", "1002", "1003")
    carl = board.last(PlaceCall).leg
    board.send(LegRinging(leg=carl, status=180))
    answer(board, carl)
    board.send(LegConfirmed(leg=LegId("b2")))
    join = TransferRequested(leg=bob, target="1002", is_attended=True, replaced=LegId("b2"), early_only=False)
    board.fall(LegId("b2"), carl)
    assert [type(one) for one in board.send(join) if not isinstance(one, SetLine)] == [RefuseTransfer]
    assert board.last(RefuseTransfer).status == 503
    board.open_all()
    assert AcceptTransfer(leg=bob) in board.send(join)
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=carl)
