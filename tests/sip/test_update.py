"""UPDATE in both directions, in early and in confirmed dialogs (RFC 3311)."""

import pytest

from pbx.sip import update
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, RefuseReinvite, Reinvite, Ring
from pbx.sip.events import (
    LegEnded,
    LegRinging,
    ReinviteAnswered,
    ReinviteOffered,
    ReinviteRefused,
    SendPacket,
)
from pbx.sip.invite_session import InviteSession
from pbx.sip.message import Request, parse_message
from tests.sip.conftest import ANSWER, OFFER, PBX, Network
from tests.sip.peer import Peer, called_by_peer, called_by_us, statuses

HOLD = OFFER + b"a=sendonly\r\n"


def session_of(peer: Peer) -> InviteSession:
    return peer.network.endpoints[PBX]._stack.legs[peer.leg]


def send(peer: Peer, *fields: tuple[str, str], body: bytes = b"") -> Request | None:
    """Order an UPDATE as another part of the stack would; return what went out."""
    if not update.send(session_of(peer), fields, body, peer.network.now):
        return None
    return flushed(peer.network)


def flushed(network: Network) -> Request | None:
    sent = [one for one in network.endpoints[PBX]._flush() if isinstance(one, SendPacket)]
    message = parse_message(sent[-1].octets) if sent else None
    assert message is None or isinstance(message, Request)
    return message


@pytest.mark.rfc("3311", "5.2")
def test_an_update_with_sdp_is_answered_in_its_200() -> None:
    peer = called_by_peer()
    assert statuses(peer.request("UPDATE", body=HOLD)) == []
    assert peer.network.take(PBX, ReinviteOffered) == ReinviteOffered(
        leg=peer.leg, offer=HOLD, source="10.0.0.2"
    )
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=ANSWER))
    ok = peer.last_response(200)
    assert (ok.cseq.method, ok.body, ok.content_type) == ("UPDATE", ANSWER, "application/sdp")
    assert "Contact" in ok.headers


@pytest.mark.rfc("3311", "5.2")
def test_an_update_without_sdp_refreshes_the_target() -> None:
    peer = called_by_peer()
    assert statuses(peer.request("UPDATE", "Contact: <sip:moved@10.0.0.2:5060>")) == [200]
    assert not peer.network.events[PBX]
    peer.request("UPDATE")
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert peer.last_request("BYE").uri == "sip:peer@10.0.0.2:5060"


@pytest.mark.rfc("3311", "5.2")
def test_a_second_update_before_the_answer_is_500_with_a_wait() -> None:
    peer = called_by_peer()
    peer.request("UPDATE", body=HOLD)
    (refusal,) = peer.request("UPDATE", body=OFFER)
    assert statuses([refusal]) == [500]
    assert 0 <= int(refusal.headers.get("Retry-After") or "-1") <= 10
    assert statuses(peer.request("INVITE", body=OFFER)) == [500]
    peer.network.take(PBX, ReinviteOffered)
    assert not peer.network.events[PBX]


@pytest.mark.rfc("3311", "5.2")
def test_an_offer_against_ours_is_491() -> None:
    peer = called_by_peer()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    assert statuses(peer.request("UPDATE", body=OFFER)) == [491]
    assert statuses(peer.request("UPDATE")) == [200], "without SDP there is no glare"


@pytest.mark.rfc("3311", "5.2")
def test_an_offer_while_the_invite_waits_for_its_answer_is_500() -> None:
    peer = Peer()
    peer.calls()
    peer.network.order(PBX, Ring(leg=peer.leg))
    assert statuses(peer.request("UPDATE", body=OFFER)) == [500]
    assert statuses(peer.request("UPDATE")) == [200]
    assert not peer.network.events[PBX]


@pytest.mark.rfc("3311", "5.2")
def test_the_call_layer_may_refuse_the_offer_of_an_update() -> None:
    peer = called_by_peer()
    peer.request("UPDATE", body=HOLD)
    peer.network.order(PBX, RefuseReinvite(leg=peer.leg, status=488))
    assert peer.last_response(488).cseq.method == "UPDATE"
    assert statuses(peer.request("UPDATE", body=HOLD)) == []


def test_a_body_that_is_no_sdp_is_415() -> None:
    peer = called_by_peer()
    assert statuses(peer.request("UPDATE", "Content-Type: text/plain", body=b"x")) == [415]


@pytest.mark.rfc("3311", "5.2")
def test_hanging_up_answers_the_pending_update() -> None:
    peer = called_by_peer()
    peer.request("UPDATE", body=HOLD)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert peer.last_response(487).cseq.method == "UPDATE"
    assert statuses(peer.request("UPDATE")) == [481]


@pytest.mark.rfc("3311", "5.1")
def test_our_update_carries_what_it_is_given_and_one_waits_for_the_other() -> None:
    peer = called_by_us()
    first = send(peer, ("P-Asserted-Identity", "<sip:1@a>"))
    assert first is not None
    assert (first.headers.get("P-Asserted-Identity"), first.body) == ("<sip:1@a>", b"")
    assert "Contact" in first.headers
    assert send(peer, ("P-Asserted-Identity", "<sip:2@a>")) is None
    assert send(peer, ("P-Asserted-Identity", "<sip:3@a>")) is None
    (second,) = peer.respond(first, 200)
    assert second.headers.get("P-Asserted-Identity") == "<sip:3@a>"
    assert second.cseq.number == first.cseq.number + 1
    assert peer.respond(second, 200) == []
    assert not peer.network.events[PBX]


@pytest.mark.rfc("3311", "5.1")
def test_a_peer_that_does_not_allow_update_gets_none() -> None:
    peer = Peer()
    invite = peer.is_called()
    assert not update.send(session_of(peer), (), b"", 0.0), "there is no dialog yet"
    peer.respond(invite, 180, "Allow: INVITE, BYE")
    assert not update.is_possible(session_of(peer))
    peer.respond(invite, 180, "Allow: INVITE, BYE", "Allow: UPDATE", tag="other")
    assert not update.is_possible(session_of(peer)), "the first dialog counts"


@pytest.mark.rfc("3311", "5.1")
def test_our_offer_by_update_is_answered_or_refused() -> None:
    peer = called_by_us()
    out = send(peer, body=HOLD)
    assert out is not None
    assert out.body == HOLD
    assert not update.send(session_of(peer), (), OFFER, 0.0), "one offer at a time"
    peer.respond(out, 200, body=ANSWER)
    assert peer.network.take(PBX, ReinviteAnswered).answer == ANSWER
    again = send(peer, body=OFFER)
    assert again is not None
    peer.respond(again, 488)
    assert peer.network.take(PBX, ReinviteRefused).status == 488
    exchange = session_of(peer).dialogs[0].exchange
    assert (exchange.local, exchange.remote) == (HOLD, ANSWER)


@pytest.mark.rfc("3261", "12.2.1.2")
def test_a_peer_that_lost_the_dialog_ends_the_leg() -> None:
    peer = called_by_us()
    out = send(peer, ("P-Asserted-Identity", "<sip:1@a>"))
    assert out is not None
    peer.respond(out, 481)
    assert peer.network.take(PBX, LegEnded).how == "timeout"


@pytest.mark.rfc("3311", "5.1")
def test_an_order_to_offer_before_the_answer_becomes_no_reinvite() -> None:
    peer = Peer()
    invite = peer.is_called()
    peer.respond(invite, 180, "Allow: INVITE, UPDATE")
    peer.network.take(PBX, LegRinging)
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    assert peer.network.take(PBX, ReinviteRefused).status == 491, "the INVITE's offer is not answered yet"
    assert len(peer.network.sent(PBX, "INVITE")) == 1


def test_a_late_answer_is_no_second_one() -> None:
    peer = called_by_peer()
    peer.request("UPDATE", body=HOLD)
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=ANSWER))
    n_sent = len(peer.network.log)
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=ANSWER))
    peer.network.order(PBX, Answer(leg=peer.leg, answer=ANSWER))
    assert len(peer.network.log) == n_sent
