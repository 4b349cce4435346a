"""A fax between Alice (leg `a`) and Bob: asked, agreed, refused, cancelled, late, and back to audio."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit, CallEffect
from pbx.call.events import LegLost
from pbx.call.fax import ANSWER_MAX_S
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.core.srtp import SdesKeys
from pbx.media.effects import ConnectImage, ConnectLeg, NoteInRecording
from pbx.media.events import MediaTimedOut
from pbx.sip.effects import AcceptReinvite, HangUp, PlaceCall, RefuseReinvite, Reinvite
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.sdp import parse_sdp
from pbx.sip.withdrawn import ReinviteWithdrawn
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.call.parties import A, answer, hang_up, internal, refer, talking
from tests.call.support import SUPPORT, to_agents, to_question

pytestmark = pytest.mark.requirement("MED-15")

HEAD = b"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
FAX = HEAD + b"m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n"
AGREES = FAX.replace(b"192.0.2.1", b"192.0.2.9").replace(b":14400", b":9600")
TURNS_DOWN = AGREES.replace(b"m=image 4000", b"m=image 0")


def calm(board: Board) -> LegId:
    """Alice and Bob talk, and what led to it is forgotten."""
    bob = talking(board)
    board.effects.clear()
    return bob


def faxing(board: Board) -> LegId:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    board.effects.clear()
    return bob


def fact(board: Board, kind: str, **details: str) -> Audit:
    (call,) = board.switchboard.calls.values()
    return Audit(fact=AuditFact(kind=kind, call=call.id, tenant="acme", details={**details}))


def refused(board: Board, reason: str) -> list[CallEffect]:
    """What becomes of Alice's offer that nobody takes."""
    return [RefuseReinvite(leg=A, status=488), fact(board, "fax.refused", role="caller", reason=reason)]


def lines(sdp: bytes | None) -> list[str]:
    text = (sdp or b"").decode().split("\r\n")
    return [line for line in text if line[:2] in ("m=", "a=")]


def test_a_fax_is_offered_to_the_other_party_and_its_answer_comes_back(board: Board) -> None:
    bob = calm(board)
    done = board.send(ReinviteOffered(leg=A, offer=FAX))
    (asked,) = done
    assert isinstance(asked, Reinvite) and asked.leg == bob
    assert lines(asked.offer) == [
        "m=image 20002 udptl t38",
        "a=T38FaxVersion:0",
        "a=T38MaxBitRate:14400",
    ]
    done = board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    assert done[:2] == [
        ConnectImage(leg=bob, host="192.0.2.9", port=4000),
        ConnectImage(leg=A, host="192.0.2.1", port=4000),
    ]
    (accepted,) = board.all(AcceptReinvite)
    assert accepted.leg == A
    assert lines(accepted.answer) == [
        "m=image 20000 udptl t38",
        "a=T38FaxVersion:0",
        "a=T38MaxBitRate:9600",
    ]
    assert not board.all(ConnectLeg)


def test_the_party_that_was_called_may_ask_too(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=bob, offer=AGREES))
    assert board.last(Reinvite).leg == A
    board.send(ReinviteAnswered(leg=A, answer=FAX))
    assert board.last(AcceptReinvite).leg == bob
    assert len(board.all(ConnectImage)) == 2


@pytest.mark.parametrize("asker_is_caller", [True, False])
def test_audio_returns_when_either_asks(board: Board, asker_is_caller: bool) -> None:
    bob = faxing(board)
    asker, asked = (A, bob) if asker_is_caller else (bob, A)
    board.send(ReinviteOffered(leg=asker, offer=OFFER))
    (question,) = board.all(Reinvite)
    assert question.leg == asked and lines(question.offer)[0].startswith("m=audio 2000")
    assert not board.all(AcceptReinvite), "its answer waits for the other's"
    board.send(ReinviteAnswered(leg=asked, answer=ANSWER))
    assert [(one.leg, one.host, one.direction) for one in board.all(ConnectLeg)] == [
        (asked, "192.0.2.9", "sendrecv"),
        (asker, "192.0.2.1", "sendrecv"),
    ]
    (accepted,) = board.all(AcceptReinvite)
    assert accepted.leg == asker and lines(accepted.answer)[0].startswith("m=audio 2000")
    board.effects.clear()
    board.send(ReinviteOffered(leg=A, offer=FAX))
    assert board.last(Reinvite).leg == bob, "and a second fax may follow"


def test_when_a_fax_began_and_what_it_gave_way_to_are_facts(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    assert not board.all(Audit), "nobody has agreed yet"
    board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    board.send(ReinviteOffered(leg=A, offer=FAX))  # a refresh is no second fax
    assert board.all(Audit) == [fact(board, "fax.began", role="caller")]
    board.effects.clear()
    board.send(ReinviteOffered(leg=bob, offer=ANSWER))
    board.send(ReinviteAnswered(leg=A, answer=OFFER))
    assert board.all(Audit) == [fact(board, "fax.ended", reason="audio")]


@pytest.mark.parametrize("status", [488, 606, 415, 500])
def test_a_refusal_leaves_the_call_on_its_audio(board: Board, status: int) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    done = board.send(ReinviteRefused(leg=bob, status=status))
    assert done == refused(board, str(status))
    board.effects.clear()
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    board.send(ReinviteAnswered(leg=bob, answer=ANSWER))  # a refresh of ours with another o= line
    assert [type(one) for one in board.effects] == [AcceptReinvite]


def test_an_answer_that_turns_the_fax_down_gives_the_audio_back(board: Board) -> None:
    bob = calm(board)
    for refusal, status in ((TURNS_DOWN, 488), (b"no sdp", 400), (None, 400)):
        board.send(ReinviteOffered(leg=A, offer=FAX))
        *told, again = board.send(ReinviteAnswered(leg=bob, answer=refusal))
        assert told == refused(board, str(status))
        assert isinstance(again, Reinvite) and again.leg == bob
        assert lines(again.offer)[0].startswith("m=audio 20002 ")
        assert board.send(ReinviteAnswered(leg=bob, answer=ANSWER)) == [], "nothing was disturbed"


def test_who_does_not_answer_is_not_waited_for(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    assert board.pass_time(ANSWER_MAX_S - 0.001) == []
    assert board.pass_time(0.001) == refused(board, "no answer")
    assert board.send(ReinviteOffered(leg=A, offer=FAX)) == [RefuseReinvite(leg=A, status=491)]
    (back,) = board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    assert (
        isinstance(back, Reinvite) and back.leg == bob and lines(back.offer)[0].startswith("m=audio 20002 ")
    )
    assert board.send(ReinviteAnswered(leg=bob, answer=ANSWER)) == []
    (again,) = board.send(ReinviteOffered(leg=A, offer=FAX))
    assert isinstance(again, Reinvite) and again.leg == bob


def test_a_late_refusal_is_what_is_wanted(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    board.pass_time(ANSWER_MAX_S)
    assert board.send(ReinviteRefused(leg=bob, status=503, retry_s=4.0)) == []
    assert board.send(ReinviteDue(leg=bob)) == [], "nobody wants it any more"
    assert isinstance(board.send(ReinviteDue(leg=bob))[0], Reinvite), "another is about audio"


def test_a_cancelled_question_is_undone(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    assert board.send(ReinviteWithdrawn(leg=A)) == []
    (back,) = board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    assert isinstance(back, Reinvite) and lines(back.offer)[0].startswith("m=audio 20002 ")
    assert board.pass_time(ANSWER_MAX_S) == []
    assert board.send(ReinviteWithdrawn(leg=A)) == []
    assert board.send(ReinviteWithdrawn(leg=LegId("nobody"))) == []


@pytest.mark.parametrize("who", ["asker", "asked"])
def test_a_bye_while_waiting_ends_the_call(board: Board, who: str) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    gone, stays = (A, bob) if who == "asker" else (bob, A)
    hang_up(board, gone)
    assert board.last(HangUp).leg == stays
    board.send(LegEnded(leg=stays, by_peer=False, how="bye"))
    n_before = len(board.effects)
    board.pass_time(ANSWER_MAX_S)
    assert not [one for one in board.effects[n_before:] if isinstance(one, RefuseReinvite | Reinvite)]


@pytest.mark.rfc("3261", "14.1")
def test_after_glare_the_other_party_is_asked_again(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    assert board.send(ReinviteRefused(leg=bob, status=491, retry_s=3.0)) == []
    assert board.send(ReinviteOffered(leg=bob, offer=AGREES)) == [RefuseReinvite(leg=bob, status=491)]
    board.pass_time(3.0)
    (again,) = board.send(ReinviteDue(leg=bob))
    assert isinstance(again, Reinvite) and lines(again.offer)[0] == "m=image 20002 udptl t38"
    board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    assert board.last(AcceptReinvite).leg == A


@pytest.mark.parametrize("retry_s", [None, ANSWER_MAX_S])
def test_glare_that_lasts_is_told_as_such(board: Board, retry_s: float | None) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    refused = board.send(ReinviteRefused(leg=bob, status=491, retry_s=retry_s))
    assert refused == [RefuseReinvite(leg=A, status=491)]
    if retry_s is not None:
        assert board.send(ReinviteDue(leg=bob)) == []


def test_a_party_that_gives_up_during_glare_is_not_asked_for(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    board.send(ReinviteRefused(leg=bob, status=491, retry_s=3.0))
    board.send(ReinviteWithdrawn(leg=A))
    assert board.send(ReinviteDue(leg=bob)) == []


def test_a_refresh_of_a_fax_is_answered_at_once(board: Board) -> None:
    bob = faxing(board)
    (accepted,) = board.send(ReinviteOffered(leg=A, offer=FAX))
    assert isinstance(accepted, AcceptReinvite) and lines(accepted.answer)[0] == "m=image 20000 udptl t38"
    assert lines(accepted.answer)[2] == "a=T38MaxBitRate:9600"
    moved = AGREES.replace(b"m=image 4000", b"m=image 4444")
    assert board.send(ReinviteAnswered(leg=bob, answer=moved)) == [
        ConnectImage(leg=bob, host="192.0.2.9", port=4444)
    ]
    assert board.send(ReinviteDue(leg=bob)) == []
    assert board.send(ReinviteOffered(leg=A, offer=None)) == [RefuseReinvite(leg=A, status=488)]


def test_a_fax_that_moves_is_put_to_the_other_party(board: Board) -> None:
    bob = faxing(board)
    elsewhere = FAX.replace(b"m=image 4000", b"m=image 4010")
    board.send(ReinviteOffered(leg=A, offer=elsewhere))
    assert board.last(Reinvite).leg == bob
    board.send(ReinviteRefused(leg=bob, status=488))
    assert board.last(RefuseReinvite) == RefuseReinvite(leg=A, status=488)
    board.send(ReinviteOffered(leg=A, offer=elsewhere))
    board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    assert board.last(ConnectImage) == ConnectImage(leg=A, host="192.0.2.1", port=4010)


def test_a_party_that_does_not_return_to_audio_keeps_the_fax(board: Board) -> None:
    bob = faxing(board)
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    assert board.send(ReinviteRefused(leg=bob, status=488)) == [RefuseReinvite(leg=A, status=488)]
    assert board.send(ReinviteAnswered(leg=bob, answer=AGREES))[0] == ConnectImage(
        leg=bob, host="192.0.2.9", port=4000
    )
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    board.pass_time(ANSWER_MAX_S)
    (back,) = board.send(ReinviteAnswered(leg=bob, answer=ANSWER))
    assert isinstance(back, Reinvite) and lines(back.offer)[0] == "m=image 20002 udptl t38"


def test_a_leg_that_can_be_neither_fax_nor_audio_is_hung_up(board: Board) -> None:
    bob = faxing(board)
    board.send(ReinviteOffered(leg=A, offer=OFFER))
    refused, gone = board.send(ReinviteAnswered(leg=bob, answer=TURNS_DOWN))
    assert refused == RefuseReinvite(leg=A, status=488)
    assert gone == HangUp(leg=bob, cause=488)
    assert board.send(ReinviteAnswered(leg=bob, answer=TURNS_DOWN)) == [HangUp(leg=bob, cause=488)]


@pytest.mark.parametrize("offer", [FAX.replace(b"192.0.2.1", b"0.0.0.0"), FAX.replace(b"udptl", b"TCP")])
def test_a_fax_that_nobody_can_send_to_is_refused_without_asking(board: Board, offer: bytes) -> None:
    calm(board)
    assert board.send(ReinviteOffered(leg=A, offer=offer)) == [RefuseReinvite(leg=A, status=488)]


def test_a_flow_is_no_fax(board: Board) -> None:
    to_question(board)
    assert board.send(ReinviteOffered(leg=A, offer=FAX)) == refused(board, "no other party")
    assert not board.all(Reinvite)


def test_a_fax_beside_audio_is_declined_and_the_audio_goes_on(board: Board) -> None:
    calm(board)
    board.send(ReinviteOffered(leg=A, offer=OFFER + b"m=image 4010 udptl t38\r\n"))
    (accepted,) = board.all(AcceptReinvite)
    assert [(one.kind, one.port) for one in parse_sdp(accepted.answer).media] == [
        ("audio", 20000),
        ("image", 0),
    ]
    assert not board.all(Reinvite) and not board.all(ConnectLeg)


@pytest.mark.parametrize("who", ["asker", "asked"])
def test_a_fax_is_never_sent_in_the_clear_where_audio_was_encrypted(board: Board, who: str) -> None:
    bob = calm(board)
    (call,) = board.switchboard.calls.values()
    leg = call.parts.connect.legs[A if who == "asker" else bob]
    assert leg.audio is not None
    keys = SdesKeys(suite="AES_CM_128_HMAC_SHA1_80", local=Secret("k"), remote=Secret("k"))
    leg.audio = replace(leg.audio, security=keys)
    assert board.send(ReinviteOffered(leg=A, offer=FAX)) == refused(board, "encrypted audio")


def test_a_recording_says_when_there_was_no_audio(board: Board) -> None:
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    bob = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=bob, answer=ANSWER))
    board.effects.clear()
    board.send(ReinviteOffered(leg=A, offer=FAX))
    board.send(ReinviteAnswered(leg=bob, answer=AGREES))
    board.send(ReinviteOffered(leg=bob, offer=ANSWER))
    board.send(ReinviteAnswered(leg=A, answer=OFFER))
    assert [(one.kind, one.details) for one in board.all(NoteInRecording)] == [
        ("fax", {"what": "begins"}),
        ("fax", {"what": "ends"}),
    ]


def test_who_has_a_fax_and_is_joined_with_somebody_else_gets_audio(board: Board) -> None:
    callee = internal(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    board.send(ReinviteAnswered(leg=callee, answer=AGREES))
    target = refer(board, callee)
    board.effects.clear()
    answer(board, target)
    (again,) = board.all(Reinvite)
    assert again.leg == A and lines(again.offer)[0].startswith("m=audio 20000 ")
    assert fact(board, "fax.ended", reason="another party") in board.effects
    board.send(ReinviteAnswered(leg=A, answer=ANSWER))
    assert board.last(ConnectLeg).leg == A


def test_a_question_does_not_outlive_the_bridge(board: Board) -> None:
    callee = internal(board)
    target = refer(board, callee)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    answer(board, target)
    assert refused(board, "no other party")[1] in board.effects
    assert RefuseReinvite(leg=A, status=488) in board.effects
    assert board.pass_time(ANSWER_MAX_S) == [] or not board.all(AcceptReinvite)


def test_a_fax_in_which_nothing_moves_ends_the_call(board: Board) -> None:
    bob = faxing(board)
    board.send(MediaTimedOut(leg=bob, silent_ms=60_000))
    assert {one.leg for one in board.all(HangUp)} == {A, bob}


def test_the_flow_of_a_call_that_was_a_fax_before_it_began() -> None:
    """A first offer of T.38 alone has no audio for anybody: it is refused as any call without audio."""
    board = Board()
    board.offer(SUPPORT, sdp=FAX)
    assert not board.all(AcceptReinvite)
    board.send(LegConfirmed(leg=A))
    assert board.record.cause == "488"


@pytest.mark.parametrize("lost", [(0, 1), (1, 0)])
def test_a_fax_whose_worker_died_goes_on_as_audio(board: Board, lost: tuple[int, int]) -> None:
    bob = faxing(board)
    for index in lost:
        board.send(LegLost(leg=(A, bob)[index]))
    assert board.effects.count(fact(board, "fax.ended", reason="media worker")) == 1
    asked = {one.leg: lines(one.offer)[0] for one in board.all(Reinvite)}
    assert set(asked) == {A, bob} and all(line.startswith("m=audio ") for line in asked.values())
    board.send(ReinviteAnswered(leg=A, answer=OFFER))
    board.send(ReinviteAnswered(leg=bob, answer=ANSWER))
    assert [one.leg for one in board.all(ConnectLeg)] == [A, bob]
    assert not board.all(HangUp) and not board.all(ConnectImage)


def test_a_question_does_not_outlive_the_worker(board: Board) -> None:
    bob = calm(board)
    board.send(ReinviteOffered(leg=A, offer=FAX))
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=bob))
    assert RefuseReinvite(leg=A, status=488) in board.effects
    assert board.send(ReinviteRefused(leg=bob, status=491)) == [], "our own offer was in the way"
    assert board.send(ReinviteRefused(leg=bob, status=488)) == [], "the fax was"
    (again,) = board.pass_time(1.0)
    assert isinstance(again, Reinvite) and again.leg == bob
    board.send(ReinviteAnswered(leg=bob, answer=ANSWER))
    board.send(ReinviteAnswered(leg=A, answer=OFFER))
    assert not board.all(HangUp) and not board.all(ConnectImage)
