"""A call in a codec that is only passed on, between two telephones that have nothing else."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.core.ids import LegId
from pbx.media.effects import BridgeLegs, ConnectLeg
from pbx.sip.effects import Answer, HangUp, PlaceCall, Reject
from pbx.sip.events import LegAnswered
from pbx.sip.negotiation import MediaProfile
from pbx.sip.sdp import Media, parse_sdp
from tests.call.conftest import OFFER, Board, contact

CAROL, ECHO = "+441632960101", "+441632960102"
A = LegId("a")
LINE = b"m=audio 4000 RTP/AVP 8 101\r\n"
CALLER = OFFER.replace(
    LINE, b"m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 AMR/8000\r\na=fmtp:96 octet-align=1;mode-set=0,2\r\n"
)


def answering(fmtp: bytes) -> bytes:
    return OFFER.replace(LINE, b"m=audio 4002 RTP/AVP 117 101\r\na=rtpmap:117 AMR/8000\r\na=fmtp:117 " + fmtp)


def mobile(context: CallContext) -> CallContext:
    return replace(context, media=MediaProfile(codecs=("PCMA", "AMR")))


def audio(description: bytes | None) -> Media:
    assert description is not None
    return parse_sdp(description).media[0]


@pytest.fixture
def board() -> Board:
    made = Board(change=mobile)
    made.contacts = {"1003": (contact("1003"),)}
    made.offer(CAROL, sdp=CALLER)
    return made


@pytest.mark.requirement("MED-01")
@pytest.mark.rfc("4867", "8.3.1")
def test_both_hear_each_other_as_they_speak(board: Board) -> None:
    placed = board.last(PlaceCall)
    assert audio(placed.offer).formats == ("114", "101")
    assert audio(placed.offer).fmtp["114"] == "mode-set=0,2; octet-align=1"
    board.send(LegAnswered(leg=placed.leg, answer=answering(b"mode-set=0,2;octet-align=1\r\n")))
    answer = board.last(Answer)
    assert (answer.leg, audio(answer.answer).formats, audio(answer.answer).fmtp["96"]) == (
        A,
        ("96", "101"),
        "mode-set=0,2; octet-align=1",
    )
    formats = {
        order.leg: (order.format.encoding, order.format.payload_type) for order in board.all(ConnectLeg)
    }
    assert formats == {A: ("AMR", 96), placed.leg: ("AMR", 117)}
    assert board.last(BridgeLegs) == BridgeLegs(a=A, b=placed.leg)


@pytest.mark.requirement("MED-01")
def test_packets_that_the_caller_cannot_read_are_not_agreed_to(board: Board) -> None:
    placed = board.last(PlaceCall)
    board.send(LegAnswered(leg=placed.leg, answer=answering(b"mode-set=0,2\r\n")))
    assert not board.all(Answer) and not board.all(BridgeLegs)
    assert board.last(HangUp).leg == placed.leg


def test_a_flow_cannot_speak_it() -> None:
    board = Board(change=mobile)
    board.offer(ECHO, sdp=CALLER)
    assert board.last(Reject).status == 488
