"""Direct media: who is told of whom, and everything that takes the audio back."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.direct import MAX_RETURNS, SETTLE_S
from pbx.call.effects import CallEffect
from pbx.call.events import LegLost
from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import ConnectLeg, JoinRoom, StartRecording
from pbx.media.events import DigitReceived
from pbx.sip.effects import AcceptReinvite, HangUp, PlaceCall, Reinvite
from pbx.sip.events import (
    DeviceOrigin,
    InfoDigit,
    LegAnswered,
    LegConfirmed,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
    TransferRequested,
)
from pbx.sip.negotiation import MediaProfile
from pbx.sip.record_header import RecordRequested
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.call.parties import CAROL, A, hang_up, offered
from tests.call.test_telling import heard, ruled

pytestmark = pytest.mark.requirement("MED-12")
DIRECT = MediaProfile(codecs=("PCMA", "PCMU"), direct=True)
STAFF = ("1001", "1002", "1003")
A_HOST, B_HOST, OURS = b"192.0.2.1", b"192.0.2.9", b"127.0.0.1"
HOLD = OFFER.replace(b"m=audio", b"a=sendonly\r\nm=audio")


def allowed(context: CallContext) -> CallContext:
    return replace(
        context,
        media=DIRECT,
        supervisors={"1003": frozenset({"1001"})},
        staff_acknowledged=frozenset(STAFF),
    )


@pytest.fixture
def board() -> Board:
    return Board(change=allowed)


def talking(board: Board, *, answer: bytes = ANSWER, source: str = "192.0.2.1") -> LegId:
    """1001 (leg `a`) talks with 1002, each where its signalling is; the leg of 1002."""
    phones = {user: replace(contact(user), remote=Remote("udp", "192.0.2.9", 5060)) for user in STAFF}
    board.contacts = {user: (phone,) for user, phone in phones.items()}
    origin = DeviceOrigin(tenant="acme", extension="1001")
    board.offer("1002", origin=origin, source=Remote("udp", source, 5060))
    callee = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=callee, answer=answer))
    board.send(LegConfirmed(leg=A))
    return callee


def direct(board: Board) -> LegId:
    """They send each other their audio; the leg of 1002."""
    callee = talking(board)
    told(board.pass_time(SETTLE_S))
    board.send(ReinviteAnswered(leg=A, answer=OFFER))
    board.send(ReinviteAnswered(leg=callee, answer=ANSWER))
    return callee


def told(effects: list[CallEffect]) -> dict[LegId, bytes]:
    """Return where each party is told to send, by its leg."""
    offers = {one.leg: one.offer or b"" for one in effects if isinstance(one, Reinvite)}
    return {leg: offer.split(b"\nc=IN IP4 ")[1].split(b"\r")[0] for leg, offer in offers.items()}


def connected(effects: list[CallEffect]) -> dict[LegId, str]:
    """Return the last direction of each leg that the media worker is told."""
    return {one.leg: one.direction for one in effects if isinstance(one, ConnectLeg)}


def test_two_are_told_of_each_other_and_our_ports_rest(board: Board) -> None:
    callee = talking(board)
    assert board.pass_time(SETTLE_S - 0.01) == []
    effects = board.pass_time(0.02)
    assert told(effects) == {A: B_HOST, callee: A_HOST}
    offer = board.last(Reinvite).offer or b""
    assert b"m=audio 4000 RTP/AVP 8 101\r\n" in offer  # the agreed codec, and no other
    assert board.send(ReinviteAnswered(leg=A, answer=OFFER)) == []
    effects = board.send(ReinviteAnswered(leg=callee, answer=ANSWER))
    assert connected(effects) == {A: "inactive", callee: "inactive"}
    assert told(board.pass_time(3600.0)) == {}


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (ANSWER, "198.51.100.7"),  # behind a NAT, or the address of somebody else
        (ANSWER.replace(b"RTP/AVP 8", b"RTP/AVP 0"), "192.0.2.1"),
        (ANSWER.replace(b"101", b"96"), "192.0.2.1"),  # other numbers for keys
        (ANSWER + b"a=sendonly\r\n", "192.0.2.1"),
    ],
)
def test_who_needs_us_stays(board: Board, answer: bytes, source: str) -> None:
    talking(board, answer=answer, source=source)
    assert told(board.pass_time(60.0)) == {}


def test_both_have_to_be_allowed_to(board: Board) -> None:
    def one_of_them(context: CallContext) -> CallContext:
        party_media = {"extension/1002": replace(DIRECT, direct=False)}
        return replace(allowed(context), party_media=party_media)

    board = Board(change=one_of_them)
    talking(board)
    assert told(board.pass_time(60.0)) == {}


def test_a_hold_takes_the_other_one_back_and_the_answer_the_holder(board: Board) -> None:
    callee = direct(board)
    effects = board.send(ReinviteOffered(leg=callee, offer=ANSWER + b"a=sendonly\r\n"))
    assert told(effects) == {A: OURS}
    [accepted] = [one for one in effects if isinstance(one, AcceptReinvite)]
    assert b"c=IN IP4 " + OURS in accepted.answer
    assert connected(effects) == {A: "sendrecv", callee: "recvonly"}
    board.send(ReinviteAnswered(leg=A, answer=OFFER))
    assert told(board.pass_time(60.0)) == {}
    board.send(ReinviteOffered(leg=callee, offer=ANSWER))
    assert told(board.pass_time(SETTLE_S)) == {A: B_HOST, callee: A_HOST}


def test_a_transfer_takes_back_whoever_stays(board: Board) -> None:
    callee = direct(board)
    effects = board.send(TransferRequested(leg=callee, target="1003"))
    assert told(effects)[A] == OURS


def test_a_watch_takes_both_back_for_good(board: Board) -> None:
    callee = direct(board)
    offered(board, "s", "*901001", "1003")
    effects = board.send(LegConfirmed(leg=LegId("s")))
    assert told(effects) == {A: OURS, callee: OURS}
    assert [one.leg for one in board.all(JoinRoom)] == [A, callee, "s"]
    for leg in (A, callee):
        board.send(ReinviteAnswered(leg=leg, answer=OFFER if leg == A else ANSWER))
    hang_up(board, LegId("s"))
    assert told(board.pass_time(60.0)) == {}


@pytest.mark.requirement("CF-22")
def test_a_three_way_call_takes_both_back(board: Board) -> None:
    callee, held = direct(board), LegId("h")
    offered(board, held, "1003", "1001")
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    board.send(LegConfirmed(leg=held))
    board.send(ReinviteOffered(leg=held, offer=OFFER + b"a=sendonly\r\n"))
    board.send(InfoDigit(leg=A, digit=Secret("*"), duration_ms=80))
    effects = board.send(InfoDigit(leg=A, digit=Secret("3"), duration_ms=80))
    assert told(effects) == {A: OURS, callee: OURS}
    assert [one.leg for one in board.all(JoinRoom)][:2] == [A, callee]


@pytest.mark.parametrize("refuses", ["caller", "callee"])
def test_who_refuses_is_not_asked_again_and_the_other_comes_back(board: Board, refuses: str) -> None:
    callee = talking(board)
    board.pass_time(SETTLE_S)
    bad, good = (A, callee) if refuses == "caller" else (callee, A)
    board.send(ReinviteAnswered(leg=good, answer=OFFER if good == A else ANSWER))
    effects = board.send(ReinviteRefused(leg=bad, status=488))
    assert told(effects) == {good: OURS}
    assert connected(effects) == {A: "sendrecv", callee: "sendrecv"}
    board.send(ReinviteAnswered(leg=good, answer=OFFER if good == A else ANSWER))
    assert told(board.pass_time(60.0)) == {}
    assert board.all(HangUp) == []


def test_glare_is_waited_out(board: Board) -> None:
    callee = talking(board)
    board.pass_time(SETTLE_S)
    assert told(board.send(ReinviteRefused(leg=A, status=491, retry_s=1.0))) == {}
    assert told(board.send(ReinviteDue(leg=A))) == {A: B_HOST}
    board.send(ReinviteAnswered(leg=callee, answer=ANSWER))
    assert connected(board.send(ReinviteAnswered(leg=A, answer=OFFER))) == {A: "inactive", callee: "inactive"}


def test_another_address_in_the_answer_brings_both_back(board: Board) -> None:
    callee = talking(board)
    board.pass_time(SETTLE_S)
    elsewhere = ANSWER.replace(b"m=audio 4000", b"m=audio 4444")
    effects = board.send(ReinviteAnswered(leg=callee, answer=elsewhere))
    assert told(effects) == {A: OURS, callee: OURS}


def test_who_names_another_port_each_time_is_left_alone_at_last(board: Board) -> None:
    callee = talking(board)
    for n in range(MAX_RETURNS + 1):
        is_told = told(board.pass_time(2 * SETTLE_S)) == {A: B_HOST, callee: A_HOST}
        assert is_told == (n < MAX_RETURNS)
        board.send(ReinviteAnswered(leg=A, answer=OFFER))
        port = b"m=audio %d" % (5000 + 2 * n)
        board.send(ReinviteAnswered(leg=callee, answer=ANSWER.replace(b"m=audio 4000", port)))
        board.send(ReinviteAnswered(leg=A, answer=OFFER))
        board.send(ReinviteAnswered(leg=callee, answer=ANSWER.replace(b"m=audio 4000", port)))


def test_a_dead_worker_is_replaced_first(board: Board) -> None:
    callee = direct(board)
    assert told(board.send(LegLost(leg=A)))[callee] == OURS


def test_the_end_is_no_time_to_come_back(board: Board) -> None:
    callee = direct(board)
    effects = board.send(ReinviteOffered(leg=A, offer=HOLD))
    assert told(effects) == {callee: OURS}
    board = Board(change=allowed)
    callee = direct(board)
    n_before = len(board.all(Reinvite))
    hang_up(board, A)
    assert len(board.all(Reinvite)) == n_before
    assert [one.leg for one in board.all(HangUp)] == [callee]


def test_nobody_leaves_while_a_stranger_is_asked_for_the_recording() -> None:
    board = ruled(otherwise="always", mode="optin_all", change=allowed)
    phone = replace(contact("1003"), remote=Remote("udp", "192.0.2.9", 5060))
    board.contacts = {"1003": (phone,)}
    board.offer(CAROL, source=Remote("udp", "192.0.2.1", 5060))
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    assert not told(board.pass_time(2 * SETTLE_S)), "he has to hear the question, and we his key"
    board.send(DigitReceived(leg=A, digit=Secret("2"), duration_ms=100))
    heard(board, A)
    assert told(board.pass_time(2 * SETTLE_S)), "he does not want it, and we are not needed"


def test_the_record_key_takes_both_back() -> None:
    board = ruled(otherwise="on_demand", change=allowed)
    callee = direct(board)
    ordered = board.send(RecordRequested(leg=A, on=True))
    assert told(ordered) == {A: OURS, callee: OURS}
    assert [one for one in ordered if isinstance(one, StartRecording)]
