"""Reliable provisional responses seen by the UAC: what is acknowledged, and with what (RFC 3262 §4-5)."""

from dataclasses import replace

import pytest

from pbx.sip.effects import AnswerOffer
from pbx.sip.events import LegAnswered, LegRinging, SipEvent
from pbx.sip.message import Message
from tests.sip.conftest import ALICE, ANSWER, OFFER, PBX, PHONE, place
from tests.sip.peer import Peer

DELAYED = place(PHONE, offer=b"")


def called(*, offer: bool = True) -> Peer:
    peer = Peer()
    peer.is_called(None if offer else DELAYED)
    return peer


def reliably(peer: Peer, status: int, rseq: int, body: bytes = b"", tag: str = "peer") -> list[Message]:
    assert peer.invite is not None
    return peer.respond(peer.invite, status, "Require: 100rel", f"RSeq: {rseq}", body=body, tag=tag)


def racks(messages: list[Message]) -> list[str | None]:
    return [one.headers.get("RAck") for one in messages]


def events(peer: Peer) -> list[SipEvent]:
    taken, peer.network.events[PBX] = peer.network.events[PBX], []
    return taken


@pytest.mark.rfc("3262", "4")
def test_reliable_responses_are_acknowledged_in_order_and_a_gap_is_not() -> None:
    peer = called()
    assert peer.invite is not None
    assert "100rel" in (peer.invite.headers.get("Supported") or "")
    (first,) = reliably(peer, 180, 7)
    assert first.start_line == "PRACK sip:peer@10.0.0.2:5060 SIP/2.0"
    assert (first.headers.get("RAck"), first.cseq.number) == ("7 1 INVITE", 2)
    assert reliably(peer, 180, 7) == [], "a copy"
    assert reliably(peer, 183, 9) == [], "8 is missing"
    assert racks(reliably(peer, 183, 8)) == ["8 1 INVITE"]
    assert [one.status for one in events(peer) if isinstance(one, LegRinging)] == [180, 183]


@pytest.mark.rfc("3262", "4")
def test_each_early_dialog_counts_for_itself() -> None:
    peer = called()
    assert racks(reliably(peer, 180, 7, tag="one")) == ["7 1 INVITE"]
    assert racks(reliably(peer, 180, 99, tag="two")) == ["99 1 INVITE"]
    (third,) = reliably(peer, 183, 8, tag="one")
    assert (third.to.tag, third.cseq.number) == ("one", 3)


@pytest.mark.rfc("3261", "13.2.1")
@pytest.mark.rfc("3262", "5")
def test_the_answer_in_a_reliable_response_counts_and_later_ones_are_ignored() -> None:
    peer = called()
    reliably(peer, 183, 7, ANSWER)
    assert events(peer) == [LegRinging(leg=peer.leg, status=183, answer=ANSWER)]
    reliably(peer, 183, 8, OFFER)
    assert events(peer) == [LegRinging(leg=peer.leg, status=183)]
    assert peer.invite is not None
    peer.respond(peer.invite, 200, body=OFFER)
    assert events(peer) == [LegAnswered(leg=peer.leg, answer=ANSWER)]


@pytest.mark.rfc("3262", "5")
def test_an_offer_in_a_reliable_response_is_answered_in_the_prack() -> None:
    peer = called(offer=False)
    assert peer.invite is not None
    assert (peer.invite.body, peer.invite.content_type) == (b"", "")
    assert reliably(peer, 183, 7, OFFER) == []
    assert events(peer) == [LegRinging(leg=peer.leg, status=183, offer=OFFER)]
    peer.network.order(PBX, AnswerOffer(leg=peer.leg, answer=ANSWER))
    prack = peer.last_request("PRACK")
    assert (prack.headers.get("RAck"), prack.body) == ("7 1 INVITE", ANSWER)
    assert reliably(peer, 183, 7, OFFER) == []
    (ack,) = peer.respond(peer.invite, 200)
    assert (ack.cseq.number, ack.body) == (1, b"")
    assert events(peer) == [LegAnswered(leg=peer.leg, answer=OFFER)]


@pytest.mark.rfc("3261", "13.2.1")
@pytest.mark.rfc("3262", "5")
def test_sdp_in_an_unreliable_response_is_no_offer() -> None:
    peer = called(offer=False)
    assert peer.invite is not None
    peer.respond(peer.invite, 183, body=OFFER)
    assert events(peer) == [LegRinging(leg=peer.leg, status=183)]


def test_a_2xx_that_overtakes_the_answer_takes_it_in_the_ack() -> None:
    peer = called(offer=False)
    assert peer.invite is not None
    reliably(peer, 183, 7, OFFER)
    events(peer)
    assert peer.respond(peer.invite, 200) == []
    assert events(peer) == [LegAnswered(leg=peer.leg, answer=None, offer=OFFER)]
    peer.network.order(PBX, AnswerOffer(leg=peer.leg, answer=ANSWER))
    assert peer.last_request("ACK").body == ANSWER


@pytest.mark.rfc("3262", "4")
def test_a_challenged_prack_is_sent_again_with_credentials() -> None:
    peer = Peer()
    peer.is_called(place(PHONE, credentials=ALICE))
    (prack,) = reliably(peer, 180, 7)
    challenge = 'WWW-Authenticate: Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"'
    (again,) = peer.respond(prack, 401, challenge)
    assert (again.cseq.number, again.headers.get("RAck")) == (3, "7 1 INVITE")
    assert "Authorization" in again.headers
    assert peer.respond(again, 200) == []


def test_a_leg_may_require_or_forbid_reliability() -> None:
    required = Peer().is_called(replace(place(PHONE), reliable="required"))
    assert required.headers.get("Require") == "100rel"
    peer = Peer()
    never = peer.is_called(replace(place(PHONE), reliable="never"))
    assert "100rel" not in (never.headers.get("Supported") or "")
    assert reliably(peer, 180, 7) == [], "who was not offered it must not ask for it"
