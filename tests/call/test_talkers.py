"""Who can be heard in a call, and in how wide a room."""

from dataclasses import replace

from pbx.call.talkers import are_wide, holds, is_away, talking
from pbx.core.audio import AudioFormat
from pbx.sip.events import LegAnswered, ReinviteOffered
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.call.parties import A, hang_up
from tests.call.parties import talking as talk


def test_two_talk_from_the_answer_to_the_end(board: Board) -> None:
    board.contacts = {"1003": (contact("1003"),)}
    bob = talk(board)
    (call,) = board.switchboard.calls.values()
    two = talking(call)
    assert two is not None
    assert [leg.id for leg in two] == [A, bob]
    assert not any(map(is_away, two))
    hang_up(board, bob)
    assert talking(call) is None


def test_who_holds_hears_nothing_by_his_own_wish(board: Board) -> None:
    talk(board)
    (call,) = board.switchboard.calls.values()
    caller = call.caller
    assert not holds(caller)
    for direction, is_held in (("recvonly", False), ("sendonly", True), ("inactive", True)):
        board.send(ReinviteOffered(leg=A, offer=OFFER + f"a={direction}\r\n".encode()))
        assert holds(caller) is is_held


def test_a_room_is_as_wide_as_the_narrowest(board: Board) -> None:
    talk(board)
    (call,) = board.switchboard.calls.values()
    two = talking(call)
    assert two is not None
    assert not are_wide(*two)
    for leg, fmt in zip(two, ("G722", "opus"), strict=True):
        assert leg.audio is not None
        rate = 8000 if fmt == "G722" else 48000
        wide = AudioFormat(encoding=fmt, payload_type=9, clock_rate=rate)  # type: ignore[arg-type]
        leg.audio = replace(leg.audio, format=wide)
    assert are_wide(*two)


def test_nobody_talks_with_an_answer_without_media(board: Board) -> None:
    bob = talk(board)
    (call,) = board.switchboard.calls.values()
    board.send(LegAnswered(leg=bob, answer=ANSWER))
    call.caller.is_lost = True
    assert talking(call) is None
