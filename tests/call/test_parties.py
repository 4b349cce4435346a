"""Who of a call talks with whom."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.early_media import RINGBACK
from pbx.media.effects import BridgeLegs, Play, UnbridgeLeg
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import DeviceOrigin
from pbx.sip.negotiation import MediaProfile
from tests.call.conftest import OFFER, Board, contact
from tests.call.parties import A, talking


def test_parted_and_joined_again(board: Board) -> None:
    bob = talking(board)
    connect = next(iter(board.switchboard.calls.values())).parts.connect
    alice, other = connect.legs[A], connect.legs[bob]
    assert (connect.other(alice), connect.other(other)) == (other, alice)
    assert connect.part(other) == [UnbridgeLeg(leg=bob)]
    assert (connect.caller, connect.winner, connect.other(alice)) == (other, None, None)
    (ringback,) = connect.ringback()
    assert isinstance(ringback, Play)
    assert (ringback.leg, ringback.token) == (bob, RINGBACK)
    assert connect.join(alice, other) == [BridgeLegs(a=A, b=bob)]
    connect.wait(alice)
    assert connect.caller is alice
    connect.wait(other)
    assert (connect.caller, connect.winner) == (other, alice)


CAROL = "+441632960101"
COUNTER_MODE = (
    OFFER.replace(b"RTP/AVP 8 101", b"RTP/SAVP 8 101")
    + b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
    + b"A" * 40
    + b"\r\n"
)
UNKNOWN_CODEC = OFFER.replace(b"RTP/AVP 8 101", b"RTP/AVP 18")


def encrypted(context: CallContext) -> CallContext:
    return replace(context, media=MediaProfile(codecs=("opus",), srtp="required"))


@pytest.mark.rfc("3261", "13.3.1.3")
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_nobody_rings_for_a_caller_who_can_never_be_answered(is_encrypted: bool) -> None:  # noqa: FBT001
    board = Board(change=encrypted) if is_encrypted else Board()
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL, sdp=OFFER if is_encrypted else UNKNOWN_CODEC)
    assert not board.all(PlaceCall)
    assert board.last(Reject).status == 488
    assert board.record.cause == "488"


def test_a_call_for_help_needs_no_encryption_and_any_common_codec() -> None:
    board = Board(change=encrypted)
    board.offer("999", origin=DeviceOrigin(tenant="acme", extension="1001"))
    assert board.last(PlaceCall).target == "sip:999@127.0.0.2:5070"
    assert not board.all(Reject)


def by_gcm(context: CallContext) -> CallContext:
    return replace(context, media=MediaProfile(srtp="required", suites=("AEAD_AES_256_GCM",)))


@pytest.mark.requirement("MED-07")
@pytest.mark.parametrize(("number", "is_answered"), [("999", True), (CAROL, False)])
def test_a_call_for_help_may_be_encrypted_by_any_suite(number: str, is_answered: bool) -> None:  # noqa: FBT001
    board = Board(change=by_gcm)
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(number, sdp=COUNTER_MODE, origin=DeviceOrigin(tenant="acme", extension="1001"))
    assert bool(board.all(PlaceCall)) == is_answered
    assert [refused.status for refused in board.all(Reject)] == ([] if is_answered else [488])
