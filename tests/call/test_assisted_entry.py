"""One of two who talk types a secret: who is mute, who hears what, who gets the digits, and how it ends."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pbx.call.assisted_entry import (
    ALONE,
    BUSY,
    DELIVERY_S,
    FIRST_S,
    IDLE,
    KEY_TONE,
    LONGEST_S,
    MAX_DIGITS,
    NO_RECEIVER,
    REASON,
)
from pbx.call.context import CallContext
from pbx.call.effects import CallEffect, CheckCaller, DeliverEntry, EntryField
from pbx.call.events import CallerChecked, EntryDelivered, LegLost, RecordingOrdered, SecureEntryOrdered
from pbx.core.audio import DigitKind
from pbx.core.ids import CallId, LegId
from pbx.media.effects import (
    BridgeLegs,
    NoteInRecording,
    Play,
    SendDigit,
    SetSecure,
    StartRecording,
    TakeDigit,
)
from pbx.media.entry_guard import MAX_HELD_S, TAIL_S
from pbx.media.events import PlayEnded
from pbx.recording.indication import WORDS
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import PlaceCall, SendInfo
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, ReinviteOffered, TransferRequested
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, answer, hang_up, internal, offered, refer, talking
from tests.call.support import board_with, facts, said
from tests.call.test_key_orders import press
from tests.call.test_telling import heard, ruled

pytestmark = pytest.mark.requirement("R-20")
BIRTH, DIGITS = "*64", "*65"
DATE, CARD = "03021980", "4000123412341234"
EN = WORDS["en-GB"]
ON, OFF = SetSecure(leg=A, on=True), SetSecure(leg=A, on=False)


@pytest.fixture
def board() -> Board:
    """Whose tenant has a receiver of digits."""
    return board_with(takes_entries=True)


def kinds(effects: list[CallEffect]) -> list[str]:
    return [type(one).__name__ for one in effects]


def order(board: Board, *, on: bool = True, what: EntryField = "digits") -> list[CallEffect]:
    call = CallId(next(iter(board.switchboard.calls)))
    return board.send(SecureEntryOrdered(call=call, on=on, what=what, actor="operator/anna"))


def typing(board: Board, code: str = DIGITS) -> LegId:
    """Bob has let Alice type; his leg."""
    bob = talking(board)
    press(board, bob, code)
    assert board.all(SetSecure) == [ON]
    board.finish_prompt(bob)
    return bob


def how(board: Board) -> list[object]:
    return [one["how"] for one in facts(board, "secure_entry.ended")]


@pytest.mark.parametrize("way", ["code", "operator"])
def test_whom_an_agent_asks_is_mute_before_anything_else(board: Board, way: str) -> None:
    bob = talking(board)
    before = len(board.effects)
    press(board, bob, DIGITS) if way == "code" else order(board)
    assert board.effects[before] == ON
    (fact,) = facts(board, "secure_entry.began")
    assert fact["actor"] == ("extension/1003" if way == "code" else "operator/anna")
    assert (fact["party"], fact["what"]) == ("trunk/carrier", "digits")
    assert said(board)[-1] == EN["entry_begins"]


@pytest.mark.parametrize("kind", ["rfc4733", "info", "inband"])
def test_no_key_reaches_the_agent_and_each_is_a_tone_to_him(board: Board, kind: DigitKind) -> None:
    """One field by one kind; where a telephone sends two, a key counts once."""
    bob = typing(board)
    before = len(board.effects)
    press(board, A, "12", kind)
    new = board.effects[before:]
    assert not [one for one in new if isinstance(one, SendInfo | SendDigit | TakeDigit)]
    tones = [one for one in board.all(Play) if one.token == KEY_TONE]
    assert [one.leg for one in tones] == ([bob] * 2 if kind != "inband" else []), "tones were not agreed"


def test_digits_go_to_the_receiver_and_what_comes_of_it_to_the_agent(board: Board) -> None:
    typing(board)
    press(board, A, f"12*{CARD}#")
    deliver = board.last(DeliverEntry)
    assert deliver.digits.reveal() == CARD
    assert CARD not in repr(board.effects)
    assert deliver.actor == "extension/1003"
    assert board.all(SetSecure) == [ON, OFF]
    assert how(board) == ["complete"]
    board.send(EntryDelivered(call=deliver.call, token=deliver.token))
    assert said(board)[-1] == EN["entry_confirmed"]
    assert facts(board, "secure_entry.delivered") == [{"failed": ""}]
    board.send(EntryDelivered(call=deliver.call, token=deliver.token, failed="late"))
    assert len(facts(board, "secure_entry.delivered")) == 1


@pytest.mark.parametrize("silent", [True, False])
def test_what_is_not_delivered_is_told(board: Board, silent: bool) -> None:
    typing(board)
    press(board, A, "1234#")
    deliver = board.last(DeliverEntry)
    if silent:
        board.pass_time(DELIVERY_S)
    else:
        board.send(EntryDelivered(call=deliver.call, token=deliver.token, failed="pay.example answered 500"))
    assert said(board)[-1] == EN["entry_unconfirmed"]
    assert [bool(one["failed"]) for one in facts(board, "secure_entry.delivered")] == [True]


def test_a_field_has_its_length(board: Board) -> None:
    typing(board)
    press(board, A, "1" * (MAX_DIGITS - 1))
    assert not board.all(DeliverEntry)
    press(board, A, "1")
    assert len(board.last(DeliverEntry).digits.reveal()) == MAX_DIGITS


@pytest.mark.parametrize("matched", [True, False])
def test_a_date_of_birth_is_compared(matched: bool) -> None:
    """The verdict takes as long as that of a flow, and is the call's own."""
    board = Board()
    typing(board, BIRTH)
    press(board, A, DATE)
    check = board.last(CheckCaller)
    assert check.date_of_birth is not None
    assert check.date_of_birth.reveal() == "19800203"
    assert board.all(SetSecure) == [ON, OFF]
    asked = said(board)
    board.send(CallerChecked(call=check.call, token=check.token, matched=matched, customer="c-1"))
    assert said(board) == asked, "not before its time"
    board.pass_time(1.0)
    assert said(board)[-1] == EN["entry_confirmed" if matched else "entry_unconfirmed"]
    assert board.switchboard.calls[check.call].record().verification == ("V2" if matched else "V0")


def test_what_is_no_date_may_be_typed_again() -> None:
    board = Board()
    bob = typing(board, BIRTH)
    press(board, A, "99999999")
    assert said(board)[-1] == EN["entry_malformed"]
    assert board.all(SetSecure) == [ON, OFF]
    press(board, bob, BIRTH)
    press(board, A, DATE)
    assert len(board.all(CheckCaller)) == 1


ENDS: dict[str, tuple[Callable[[Board, LegId], object], str]] = {
    "the code": (lambda board, bob: press(board, bob, DIGITS), "cancelled"),
    "the other code": (lambda board, bob: press(board, bob, BIRTH), "cancelled"),
    "an operator": (lambda board, bob: order(board, on=False), "cancelled"),
    "# and no digit": (lambda board, bob: press(board, A, "#"), "incomplete"),
    "no key": (lambda board, bob: board.pass_time(FIRST_S), "timed out"),
    "a transfer": (lambda board, bob: answer(board, refer(board, bob)), "parted"),
}


@pytest.mark.parametrize("way", ENDS)
def test_it_ends_by(board: Board, way: str) -> None:
    bob = typing(board)
    act, wanted = ENDS[way]
    act(board, bob)
    assert board.all(SetSecure) == [ON, OFF]
    assert how(board) == [wanted]
    assert not board.all(DeliverEntry)
    if wanted != "parted":
        assert EN["entry_ends"] in said(board)


@pytest.mark.parametrize("who", ["typist", "agent"])
def test_it_ends_with_the_call(board: Board, who: str) -> None:
    """A port that closes needs no order, and digits that nobody has finished go nowhere."""
    bob = typing(board)
    press(board, A, "4000")
    hang_up(board, A if who == "typist" else bob)
    board.pass_time(LONGEST_S)
    assert not board.all(DeliverEntry)
    assert ON in board.all(SetSecure)


def test_who_types_for_ever_is_heard_again(board: Board) -> None:
    typing(board)
    for _ in range(int(LONGEST_S // 10)):
        board.pass_time(9.0)
        press(board, A, "1*")
    board.pass_time(10.0)
    assert how(board) == ["timed out"]


def test_a_hold_keeps_him_mute(board: Board) -> None:
    """He may go on typing while the agent is away: opened by the hold, his keys would be recorded."""
    bob = typing(board)
    board.send(ReinviteOffered(leg=bob, offer=ANSWER.replace(b"m=audio", b"a=sendonly\r\nm=audio")))
    press(board, A, "4000")
    assert board.all(SetSecure) == [ON]


def test_a_worker_that_dies_leaves_him_mute(board: Board) -> None:
    bob = typing(board)
    before = len(board.effects)
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=bob))
    new = [one for one in board.effects[before:] if isinstance(one, SetSecure | BridgeLegs)]
    assert new[0] == ON
    press(board, A, "4000#")
    assert board.last(DeliverEntry).digits.reveal() == "4000"


def test_an_attended_transfer_ends_it_before_the_calls_are_joined() -> None:
    board = board_with(takes_entries=True)
    bob = typing(board)
    offered(board, "c", "1002", "1003")
    second = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=second, answer=ANSWER))
    board.send(LegConfirmed(leg=LegId("c")))
    board.send(TransferRequested(leg=bob, target="1002", replaced=LegId("c")))
    assert board.all(SetSecure) == [ON, OFF]
    assert how(board) == ["parted"]


def recorded() -> tuple[Board, LegId]:
    """Alice and Bob are recorded; his leg."""

    def change(context: CallContext) -> CallContext:
        return replace(context, takes_entries=True)

    board = ruled(otherwise="always", change=change)
    bob = talking(board)
    heard(board, A)
    return board, bob


def pauses(board: Board) -> list[str]:
    return [one.details["on"] for one in board.all(NoteInRecording) if one.kind == "pause"]


def test_the_recording_pauses_by_itself_and_goes_on() -> None:
    board, bob = recorded()
    press(board, bob, DIGITS)
    assert pauses(board) == ["true"]
    assert [one["reason"] for one in facts(board, "recording.paused")] == [REASON]
    press(board, bob, DIGITS)
    assert pauses(board) == ["true", "false"]


def test_nobody_makes_it_go_on_before_the_end() -> None:
    board, bob = recorded()
    press(board, bob, DIGITS)
    call = CallId(next(iter(board.switchboard.calls)))
    board.send(RecordingOrdered(call=call, on=True, actor="operator/anna", reason=""))
    press(board, bob, "*62")
    assert pauses(board)[-1] == "true"


def test_a_pause_of_somebody_else_stays() -> None:
    board, bob = recorded()
    press(board, bob, "*61")
    press(board, bob, DIGITS)
    press(board, bob, DIGITS)
    assert pauses(board) == ["true"]


def test_a_recording_that_begins_meanwhile_is_paused() -> None:
    board = ruled(otherwise="always", change=lambda context: replace(context, takes_entries=True))
    bob = talking(board)
    call = board.switchboard.calls[CallId(next(iter(board.switchboard.calls)))]
    assert call.parts.assisted.refusal("digits", on=True), "while he is told of the recording"
    heard(board, A)
    press(board, bob, DIGITS)
    assert board.all(StartRecording)
    assert pauses(board) == ["true"]


def test_keys_of_the_last_moment_are_for_nobody(board: Board) -> None:
    """The worker holds the tone back for 300 ms; a key by INFO would pass signalling."""
    typing(board)
    press(board, A, "4000#")
    board.now -= 0.5
    before = len(board.effects)
    press(board, A, "1")
    assert not [one for one in board.effects[before:] if isinstance(one, SendInfo | TakeDigit)]
    board.now += TAIL_S
    board.pass_time(MAX_HELD_S + TAIL_S)
    call = next(iter(board.switchboard.calls.values()))
    assert not call.parts.assisted.is_busy


def test_of_two_colleagues_the_caller_types_for_an_operator(board: Board) -> None:
    internal(board)
    order(board)
    assert board.last(SetSecure) == ON


def test_whom_an_extension_has_called_types_for_it(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    board.offer("02079460123", origin=DeviceOrigin(tenant="acme", extension="1001"))
    far = board.last(PlaceCall).leg
    answer(board, far)
    board.send(LegConfirmed(leg=A))
    order(board)
    assert board.last(SetSecure) == SetSecure(leg=far, on=True)
    order(board, on=False)
    board.finish_prompt(A)
    press(board, A, BIRTH)
    board.finish_prompt(A)
    assert said(board)[-1] == EN["entry_refused"], "only who has called can be verified"


def test_what_cannot_begin_says_why(board: Board) -> None:
    bob = talking(board)
    call = next(iter(board.switchboard.calls.values()))
    assisted = call.parts.assisted
    assert assisted.refusal("digits", on=False) == IDLE
    assert assisted.refusal("digits", on=True) == ""
    press(board, bob, DIGITS)
    assert assisted.refusal("digits", on=True) == BUSY
    assert assisted.refusal("digits", on=False) == ""
    hang_up(board, bob)
    assert assisted.refusal("digits", on=True) in (ALONE, BUSY)
    other = Board()
    far = talking(other)
    press(other, far, DIGITS)
    assert said(other)[-1] == EN["entry_refused"]
    found = next(iter(other.switchboard.calls.values()))
    assert found.parts.assisted.refusal("digits", on=True) == NO_RECEIVER
    before = len(other.effects)
    order(other)
    assert not [one for one in other.effects[before:] if isinstance(one, SetSecure)]


def test_a_key_tone_that_ends_is_no_news(board: Board) -> None:
    bob = typing(board)
    press(board, A, "4")
    ended = PlayEnded(leg=bob, token=KEY_TONE, played_ms=60, total_ms=60, completed=True)
    assert kinds(board.send(ended)) == []


def test_a_call_without_entry_is_as_before() -> None:
    board = Board(recording=RecordingRules())
    bob = talking(board)
    press(board, A, "123")
    press(board, bob, "456")
    assert not board.all(SetSecure)
