"""Glare and other refusals for now: how long who waits, and what happens then."""

import pytest

from pbx.core.ids import SeededIds
from pbx.sip import update
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, Reinvite
from pbx.sip.events import (
    CallOffered,
    LegEnded,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.glare import MAX_TRIES, wait_s
from pbx.sip.message import Headers, Response
from tests.sip.conftest import ALICE, ANSWER, LEG, OFFER, PBX, PHONE, Network, open_settings, place
from tests.sip.peer import Peer, called_by_peer, called_by_us, statuses

HOLD = OFFER + b"a=sendonly\r\n"


def refused(status: int, **fields: str) -> Response:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    return Response(status, "X", headers)


@pytest.mark.rfc("3261", "14.1")
def test_the_owner_of_the_call_id_waits_longer() -> None:
    ids = SeededIds()
    owner = [wait_s(refused(491), ids, owns_call_id=True) or 0 for _ in range(500)]
    other = [wait_s(refused(491), ids, owns_call_id=False) or 0 for _ in range(500)]
    assert 2.1 <= min(owner) < 2.2 and 3.9 < max(owner) <= 4.0
    assert 0 <= min(other) < 0.1 and 1.9 < max(other) <= 2.0
    assert all(abs(seconds * 100 - round(seconds * 100)) < 1e-6 for seconds in owner + other)


@pytest.mark.rfc("3261", "20.33")
@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (refused(500, Retry_After="5"), 5.0),
        (refused(503, Retry_After="0 (soon);duration=3600"), 0.0),
        (refused(500, Retry_After="32"), 32.0),
        (refused(500, Retry_After="33"), None),
        (refused(500, Retry_After="x"), None),
        (refused(500), None),
        (refused(488, Retry_After="5"), None),
    ],
)
def test_retry_after(response: Response, seconds: float | None) -> None:
    assert wait_s(response, SeededIds(), owns_call_id=True) == seconds


@pytest.mark.rfc("3261", "14.1")
def test_glare_between_two_engines_is_settled_by_the_waits() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(0.05)
    for at in (PBX, PHONE):
        network.events[at].clear()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.order(PBX, Reinvite(leg=leg, offer=HOLD))
    network.run(0.1)
    waits = [network.take(at, ReinviteRefused).retry_s or 0.0 for at in (PHONE, PBX)]
    assert waits[1] <= 2.0 < 2.1 <= waits[0]
    network.run(2.05)
    assert network.take(PBX, ReinviteDue) == ReinviteDue(leg=leg)
    network.order(PBX, Reinvite(leg=leg, offer=OFFER))
    network.run(0.05)
    network.take(PHONE, ReinviteOffered)
    network.order(PHONE, AcceptReinvite(leg=LEG, answer=ANSWER))
    network.run(0.05)
    assert network.take(PBX, ReinviteAnswered).answer == ANSWER
    network.run(4)
    assert network.take(PHONE, ReinviteDue) == ReinviteDue(leg=LEG)


@pytest.mark.rfc("3261", "14.1")
def test_a_500_with_retry_after_is_honoured_and_not_for_ever() -> None:
    peer = called_by_us()
    for _ in range(MAX_TRIES):
        peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
        peer.respond(peer.last_request("INVITE"), 500, "Retry-After: 3")
        assert peer.network.take(PBX, ReinviteRefused).retry_s == 3.0
        peer.network.run(2.9)
        assert not peer.network.events[PBX]
        peer.network.run(0.2)
        peer.network.take(PBX, ReinviteDue)
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    peer.respond(peer.last_request("INVITE"), 500, "Retry-After: 3")
    assert peer.network.take(PBX, ReinviteRefused).retry_s is None


def test_the_wait_ends_later_while_the_peer_offers() -> None:
    peer = called_by_us()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    peer.respond(peer.last_request("INVITE"), 500, "Retry-After: 1")
    peer.network.take(PBX, ReinviteRefused)
    peer.request("UPDATE", body=HOLD)
    peer.network.take(PBX, ReinviteOffered)
    peer.network.run(3)
    assert not peer.network.events[PBX]
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=ANSWER))
    peer.network.run(1.1)
    peer.network.take(PBX, ReinviteDue)


@pytest.mark.rfc("3311", "5.3")
def test_an_update_without_sdp_is_repeated_as_it_was() -> None:
    peer = called_by_us()
    session = peer.network.endpoints[PBX]._stack.legs[peer.leg]
    update.send(session, (("P-Asserted-Identity", "<sip:1@a>"),), b"", peer.network.now)
    first = session.update_out
    assert first is not None
    peer.network.endpoints[PBX]._flush()
    peer.respond(first, 491)
    peer.network.run(4.1)
    again = peer.last_request("UPDATE")
    assert again.headers.get("P-Asserted-Identity") == "<sip:1@a>"
    assert again.cseq.number == first.cseq.number + 1
    assert not peer.network.events[PBX]


def test_an_ended_leg_offers_nothing_any_more() -> None:
    peer = called_by_us()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    peer.respond(peer.last_request("INVITE"), 491)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    peer.network.run(10)
    assert [type(one) for one in peer.network.events[PBX]] == [ReinviteRefused, LegEnded]


@pytest.mark.rfc("3261", "15.1.2")
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_an_offer_after_our_bye_is_481(method: str) -> None:
    peer = called_by_peer()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert statuses(peer.request(method, body=HOLD)) == [481]


@pytest.mark.rfc("3261", "22.2")
def test_a_challenged_reinvite_is_sent_again_with_credentials() -> None:
    peer = Peer()
    peer.is_called(place(PHONE, credentials=ALICE))
    peer.answers()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    first = peer.last_request("INVITE")
    challenge = 'Proxy-Authenticate: Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"'
    _, again = peer.respond(first, 407, challenge)
    assert (again.body, again.cseq.number) == (HOLD, first.cseq.number + 1)
    assert "Proxy-Authorization" in again.headers
    (ack,) = peer.respond(again, 200, body=ANSWER)
    assert ack.cseq.number == again.cseq.number
    assert peer.network.take(PBX, ReinviteAnswered).answer == ANSWER
