"""What an unanswered caller hears and is told, call by call; recording is not touched by any of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.early_policy import EarlyPolicy
from pbx.core.ids import LegId
from pbx.media.effects import (
    BridgeLegs,
    ConnectLeg,
    Play,
    SetGate,
    StartRecording,
    StopPlay,
    UnbridgeLeg,
)
from pbx.media.events import MediaTimedOut
from pbx.sip.effects import Answer, HangUp, PlaceCall, Progress, Ring
from pbx.sip.events import DeviceOrigin, LegAnswered, LegEnded, LegRejected, LegRinging
from tests.call.conftest import ANSWER, Board, contact

A = LegId("a")
CAROL = "+441632960101"
PHONE = DeviceOrigin(tenant="acme", extension="1001")
OUTSIDE = "901632960999"


@pytest.fixture(autouse=True)
def nothing_is_recorded(board: Board) -> Iterator[None]:
    yield
    assert not board.all(StartRecording)
    assert not board.all(SetGate)


def ringing(board: Board, n_phones: int = 1) -> list[LegId]:
    """A call from outside to Carol, whose phones were sent their INVITEs."""
    board.contacts = {"1003": tuple(contact("1003", 5080 + one) for one in range(n_phones))}
    board.offer(CAROL)
    return [placed.leg for placed in board.all(PlaceCall)]


def direction(board: Board, leg: LegId) -> str:
    return [one.direction for one in board.all(ConnectLeg) if one.leg == leg][-1]


@pytest.mark.requirement("SIP-24")
@pytest.mark.rfc("3960", "3.1")
def test_a_183_with_sdp_is_relayed_and_heard_one_way(board: Board) -> None:
    (callee,) = ringing(board)
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER))
    (progress,) = board.all(Progress)
    assert progress.leg == A and b"m=audio 20000 " in progress.answer
    assert board.all(BridgeLegs) == [BridgeLegs(a=A, b=callee)]
    assert (direction(board, A), direction(board, callee)) == ("sendonly", "sendrecv")
    assert not board.all(Ring)
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    assert direction(board, A) == "sendrecv"
    assert board.last(Answer).answer == progress.answer, "the description has not changed"


@pytest.mark.requirement("SIP-24")
def test_a_180_after_the_183_rings_and_the_tone_is_ours(board: Board) -> None:
    (callee,) = ringing(board)
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER))
    board.send(LegRinging(leg=callee, status=180))
    board.send(LegRinging(leg=callee, status=180))
    assert board.all(Ring) == [Ring(leg=A)]
    assert [(play.leg, play.loop) for play in board.all(Play)] == [(A, True)]
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER))
    assert board.all(StopPlay) == [StopPlay(leg=A)], "the callee is heard again"
    assert len(board.all(Progress)) == 1


@pytest.mark.requirement("SIP-24")
def test_without_early_media_a_phone_rings_by_itself(board: Board) -> None:
    (callee,) = ringing(board)
    board.send(LegRinging(leg=callee, status=180))
    board.send(LegRinging(leg=callee, status=183))
    assert board.all(Ring) == [Ring(leg=A)]
    assert not board.all(Play) and not board.all(BridgeLegs)


@pytest.mark.requirement("SIP-24")
def test_of_several_phones_the_first_is_heard(board: Board) -> None:
    one, two = ringing(board, 2)
    board.send(LegRinging(leg=two, status=183, answer=ANSWER))
    board.send(LegRinging(leg=one, status=183, answer=ANSWER))
    assert board.all(BridgeLegs) == [BridgeLegs(a=A, b=two)]
    assert not board.all(Play), "another phone that rings does not silence the first"
    board.send(LegRejected(leg=two, status=486, reason=""))
    assert board.all(UnbridgeLeg) == [UnbridgeLeg(leg=A)]
    assert len(board.all(Play)) == 1, "the other one still rings"
    board.send(LegRinging(leg=one, status=183, answer=ANSWER))
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=one)
    assert len(board.all(Progress)) == 1
    board.send(LegAnswered(leg=one, answer=ANSWER))
    assert direction(board, A) == "sendrecv"


def test_an_early_dialog_with_another_address_moves_the_audio(board: Board) -> None:
    (callee,) = ringing(board)
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER))
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER.replace(b"192.0.2.9", b"192.0.2.77")))
    assert board.last(ConnectLeg).host == "192.0.2.77"
    assert len(board.all(BridgeLegs)) == 1


def test_early_sdp_that_we_cannot_use_is_ringing(board: Board) -> None:
    (callee,) = ringing(board)
    board.send(LegRinging(leg=callee, status=183, answer=b"rubbish"))
    assert board.all(Ring) and not board.all(Progress)


def test_a_ringing_phone_need_not_say_anything(board: Board) -> None:
    (callee,) = ringing(board)
    board.send(LegRinging(leg=callee, status=183, answer=ANSWER))
    board.send(MediaTimedOut(leg=callee, silent_ms=30_000))
    assert board.switchboard.calls
    board.send(LegAnswered(leg=callee, answer=ANSWER))
    board.send(MediaTimedOut(leg=callee, silent_ms=30_000))
    assert {hang.leg for hang in board.all(HangUp)} == {A, callee}


def test_a_heard_callee_that_ends_leaves_the_ringing_tone(board: Board) -> None:
    one, _ = ringing(board, 2)
    board.send(LegRinging(leg=one, status=183, answer=ANSWER))
    board.send(LegEnded(leg=one, by_peer=True, how="timeout"))
    assert board.all(UnbridgeLeg) and board.last(Play).loop


def test_a_caller_who_is_gone_hears_no_tone(board: Board) -> None:
    """Its port is given back when the callee's leg ends (found by the simulation)."""
    (one,) = ringing(board)
    board.send(LegRinging(leg=one, status=183, answer=ANSWER))
    board.send(LegEnded(leg=A, by_peer=True, how="cancel"))
    board.send(LegEnded(leg=one, by_peer=False, how="cancel"))
    assert not board.all(Play) and not board.all(UnbridgeLeg)


@pytest.mark.requirement("SIP-24")
@pytest.mark.parametrize(
    ("policy", "events", "rings"),
    [
        (EarlyPolicy(empty="ignore"), [(183, None)], 0),
        (EarlyPolicy(empty="ignore"), [(183, None), (180, None)], 1),
        (EarlyPolicy(), [(183, None)], 1),
        (EarlyPolicy(ring_after=False), [(183, ANSWER), (180, None)], 0),
        (EarlyPolicy(ring_after=False), [(180, None)], 1),
    ],
)
def test_a_trunk_says_what_its_responses_mean(
    policy: EarlyPolicy, events: list[tuple[int, bytes | None]], rings: int
) -> None:
    def change(context: CallContext) -> CallContext:
        trunks = {name: replace(trunk, early=policy) for name, trunk in context.trunks.items()}
        return replace(context, trunks=trunks)

    board = Board(change=change)
    board.offer(OUTSIDE, origin=PHONE)
    (placed,) = board.all(PlaceCall)
    for status, answer in events:
        board.send(LegRinging(leg=placed.leg, status=status, answer=answer))
    assert len(board.all(Ring)) == rings
    assert bool(board.all(Play)) is False
