"""Every place an offer may stand in, in both roles (RFC 3264, RFC 6337 §2; RFC 3261 §13-14)."""

import pytest

from pbx.sip.effects import AcceptReinvite, Answer, AnswerOffer, HangUp, Reinvite
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    ReinviteAnswered,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.negotiation import Negotiation
from pbx.sip.sdp import parse_sdp
from tests.sip.conftest import ANSWER, OFFER, PBX, PHONE, place
from tests.sip.peer import Peer, called_by_peer, called_by_us, statuses

HOLD = OFFER + b"a=sendonly\r\n"
AUDIO = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"
    b"m=video 5000 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 8\r\nm=application 9 DTLS/SCTP 5000\r\n"
)


@pytest.mark.rfc("3261", "13.2.1")
def test_delayed_offer_in_the_200_is_answered_in_the_ack() -> None:
    peer = Peer()
    peer.calls(body=b"")
    peer.network.order(PBX, Answer(leg=peer.leg, answer=OFFER))
    assert peer.last_response(200).body == OFFER
    peer.request("ACK", body=ANSWER, cseq=1)
    assert peer.network.take(PBX, LegConfirmed) == LegConfirmed(leg=peer.leg, answer=ANSWER)


@pytest.mark.rfc("3261", "13.2.1")
def test_an_ack_without_the_answer_ends_the_call() -> None:
    peer = Peer()
    peer.calls(body=b"")
    peer.network.order(PBX, Answer(leg=peer.leg, answer=OFFER))
    (bye,) = peer.request("ACK", cseq=1)
    assert bye.headers.get("Reason") == 'SIP;cause=488;text="No answer to the offer"'
    assert peer.network.take(PBX, LegEnded) == LegEnded(leg=peer.leg, by_peer=False, how="no_sdp", cause=488)
    peer.respond(bye, 200)
    assert statuses(peer.request("UPDATE")) == [481]


@pytest.mark.rfc("3261", "14.2")
def test_an_ack_without_the_answer_to_an_unhold_keeps_the_session() -> None:
    peer = called_by_peer()
    peer.request("INVITE")
    assert peer.network.take(PBX, ReinviteOffered).offer is None
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=HOLD))
    assert peer.request("ACK", cseq=peer.cseq) == []
    exchange = peer.network.endpoints[PBX]._stack.legs[peer.leg].dialogs[0].exchange
    assert (exchange.pending, exchange.local, exchange.remote) == ("", ANSWER, OFFER)


@pytest.mark.rfc("3261", "13.2.2.4")
def test_an_offer_in_the_200_to_our_invite_is_answered_in_the_ack() -> None:
    peer = Peer()
    invite = peer.is_called(place(PHONE, offer=b""))
    assert peer.respond(invite, 200, body=OFFER) == []
    assert peer.network.take(PBX, LegAnswered) == LegAnswered(leg=peer.leg, answer=None, offer=OFFER)
    assert peer.respond(invite, 200, body=OFFER) == [], "a copy finds no ACK yet"
    peer.network.order(PBX, AnswerOffer(leg=peer.leg, answer=ANSWER))
    ack = peer.last_request("ACK")
    assert (ack.body, ack.content_type, ack.cseq.number) == (ANSWER, "application/sdp", 1)
    (again,) = peer.respond(invite, 200, body=OFFER)
    assert bytes(again) == bytes(ack)
    peer.network.order(PBX, AnswerOffer(leg=peer.leg, answer=ANSWER))
    assert len(peer.network.sent(PBX, "ACK")) == 2, "an answer is given once"


@pytest.mark.rfc("3261", "13.2.2.4")
def test_an_offer_that_nobody_wants_is_refused_before_the_bye() -> None:
    peer = Peer()
    invite = peer.is_called(place(PHONE, offer=b""))
    peer.respond(invite, 200, body=AUDIO)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    ack, bye = peer.network.log[-2][2], peer.network.log[-1][2]
    assert [one.start_line.split()[0] for one in (ack, bye)] == ["ACK", "BYE"]
    assert [media.port for media in parse_sdp(ack.body).media] == [0, 0, 0]


@pytest.mark.rfc("3261", "14.1")
def test_our_reinvite_without_sdp_asks_for_the_peers_offer() -> None:
    peer = called_by_us()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=None))
    invite = peer.last_request("INVITE")
    assert (invite.body, invite.content_type) == (b"", "")
    assert peer.respond(invite, 200, body=HOLD) == []
    offered = ReinviteAnswered(leg=peer.leg, answer=None, offer=HOLD)
    assert peer.network.take(PBX, ReinviteAnswered) == offered
    assert statuses(peer.request("UPDATE", body=OFFER)) == [500], "its own offer waits"
    peer.network.order(PBX, AnswerOffer(leg=peer.leg, answer=ANSWER))
    ack = peer.last_request("ACK")
    assert (ack.body, ack.cseq.number) == (ANSWER, invite.cseq.number)


@pytest.mark.rfc("3264", "4")
def test_a_second_offer_of_ours_waits_for_the_first() -> None:
    peer = called_by_us()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD), Reinvite(leg=peer.leg, offer=OFFER))
    assert peer.network.take(PBX, ReinviteRefused).status == 491
    assert len(peer.network.sent(PBX, "INVITE")) == 2


@pytest.mark.rfc("3264", "6")
@pytest.mark.rfc("3264", "8")
def test_streams_that_we_refuse_keep_their_place_for_ever() -> None:
    leg = Negotiation(("10.0.0.1", 20000), 5)
    first, _ = leg.answer(AUDIO)
    assert [(one.kind, one.port) for one in parse_sdp(first).media] == [
        ("video", 0),
        ("audio", 20000),
        ("application", 0),
    ]
    again, _ = leg.answer(AUDIO)
    assert again == first, "nothing has changed, nor has the version"
    ours = leg.offer("inactive")
    assert [one.port for one in parse_sdp(ours).media] == [0, 20000, 0]
    assert parse_sdp(ours).origin.version == parse_sdp(first).origin.version + 1
