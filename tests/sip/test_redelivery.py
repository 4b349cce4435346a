"""Requests in a dialog whose next hop has several addresses (RFC 3263 §4.3)."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import HangUp, Reinvite
from pbx.sip.events import LegEnded, ReinviteAnswered, ReinviteRefused, TransportFailed
from pbx.sip.locate.events import AddressRecord, DnsAnswered
from pbx.sip.message import Message
from pbx.sip.settings import TrunkPeer
from tests.sip.conftest import OFFER, PBX, PHONE, open_settings
from tests.sip.peer import ALLOW, Peer

OTHER = "10.0.0.3"
EDGE = "<sip:edge.example;lr>"
pytestmark = [pytest.mark.requirement("SIP-19"), pytest.mark.rfc("3263", "4.3")]


def calling(*, is_carrier: bool = True) -> Peer:
    """A call that the engine placed, answered through a proxy that is a host name."""
    trunk = TrunkPeer(name="carrier", tenant="acme", networks=("10.0.0.0/24",))
    settings = replace(open_settings(PBX), trunks=(trunk,) if is_carrier else ())
    peer = Peer(settings)
    peer.is_called()
    peer.answers(f"Record-Route: {EDGE}")
    return peer


def found(peer: Peer, *hosts: str) -> None:
    """DNS says where the proxy is."""
    for question in list(peer.network.questions):
        peer.network.questions.remove(question)
        records = tuple(AddressRecord(host=host) for host in hosts) if question.type == "A" else ()
        answer = DnsAnswered(name=question.name, type=question.type, records=records, ttl_s=60.0)
        peer.network.inject(PBX, answer)
    if peer.network.questions:
        found(peer, *hosts)


def sent(peer: Peer, method: str) -> list[tuple[str, Message]]:
    """Where each request went, copies left out."""
    wire = [(host, one) for host, one in peer.network.addressed if one.start_line.startswith(f"{method} ")]
    return list({one.top_via.branch: (host, one) for host, one in wire if one.to.tag}.values())


def hosts(peer: Peer, method: str) -> list[str]:
    return [host for host, _ in sent(peer, method)]


def test_a_bye_that_gets_503_goes_to_the_other_address_with_the_same_number() -> None:
    peer = calling()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    (_, bye), *_ = sent(peer, "BYE")
    peer.respond(bye, 503)
    found(peer, PHONE.host, OTHER)
    assert hosts(peer, "BYE") == [PHONE.host, OTHER]
    first, second = (one for _, one in sent(peer, "BYE"))
    assert str(first.cseq) == str(second.cseq)
    assert first.top_via.branch != second.top_via.branch
    peer.respond(second, 200)
    peer.network.run(40)
    assert peer.network.endpoints[PBX].n_transactions == 0
    assert len(sent(peer, "BYE")) == 2


def test_silence_leads_on_too() -> None:
    peer = calling()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    peer.network.run(33)
    found(peer, OTHER)
    assert hosts(peer, "BYE") == [PHONE.host, OTHER]


def test_a_dead_transport_leads_on_too() -> None:
    peer = calling()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    peer.network.inject(PBX, TransportFailed(remote=Remote("udp", PHONE.host, PHONE.port)))
    found(peer, OTHER)
    assert hosts(peer, "BYE") == [PHONE.host, OTHER]


def test_a_reinvite_goes_on_and_its_answer_comes_from_the_other_address() -> None:
    peer = calling()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=OFFER))
    peer.respond(sent(peer, "INVITE")[-1][1], 503)
    found(peer, PHONE.host, OTHER)
    assert hosts(peer, "INVITE") == [PHONE.host, OTHER]
    peer.respond(sent(peer, "INVITE")[-1][1], 200, ALLOW, body=OFFER)
    assert peer.network.take(PBX, ReinviteAnswered).answer == OFFER
    assert hosts(peer, "ACK")[-1] == OTHER  # the dialog goes on there
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert hosts(peer, "BYE") == [OTHER]


def test_without_another_address_the_failure_counts_once() -> None:
    peer = calling()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=OFFER))
    peer.respond(sent(peer, "INVITE")[-1][1], 503)
    found(peer, PHONE.host)
    assert peer.network.take(PBX, ReinviteRefused).status == 503
    assert not peer.network.events[PBX]
    assert hosts(peer, "INVITE") == [PHONE.host]


@pytest.mark.requirement("S-07")
def test_the_contact_of_anybody_else_is_not_looked_up() -> None:
    peer = calling(is_carrier=False)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    peer.respond(sent(peer, "BYE")[0][1], 503)
    assert not peer.network.questions


def test_a_bye_of_the_peer_meanwhile_ends_the_call() -> None:
    peer = calling()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=OFFER))
    peer.respond(sent(peer, "INVITE")[-1][1], 503)
    (ok,) = peer.request("BYE")
    assert ok.start_line.startswith("SIP/2.0 200 ")
    assert peer.network.take(PBX, LegEnded).by_peer
    found(peer, OTHER)
    assert hosts(peer, "INVITE") == [PHONE.host]
