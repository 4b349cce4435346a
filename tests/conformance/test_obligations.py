"""Obligations that belong to no machine alone: what the engine as a whole does with a peer played by hand."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import Answer, RefuseReinvite, Register, Reject, Ring, TellIdentity
from pbx.sip.events import CallOffered, LegAnswered, LegRejected, LegRinging, PacketReceived, SendPacket
from pbx.sip.message import Request
from pbx.sip.reliability import Reliable
from tests.sip.conftest import ALICE, ANSWER, OFFER, PBX, PHONE, Network, open_settings, pbx_settings, place
from tests.sip.peer import SOURCE, Peer, called_by_peer, statuses

EXTENSIONS = ("Require", "RSeq", "Session-Expires", "Min-SE")


def first_call_id(peer: Peer) -> str:
    return peer.is_called().call_id


@pytest.mark.rfc("3261", "8.1.1.4")
def test_every_call_has_a_call_id_of_its_own() -> None:
    peer = Peer()
    first = first_call_id(peer)
    peer.respond(peer.last_request("INVITE"), 486)
    assert first_call_id(peer) != first


@pytest.mark.rfc("3261", "8.1.1.9")
@pytest.mark.parametrize(
    ("reliable", "required"), [("supported", None), ("never", None), ("required", "100rel")]
)
def test_nothing_is_required_but_what_the_admin_requires(reliable: Reliable, required: str | None) -> None:
    invite = Peer(replace(open_settings(PBX), reliable=reliable)).is_called()
    assert invite.headers.get("Require") == required
    assert "Proxy-Require" not in invite.headers


@pytest.mark.rfc("3261", "8.1.3.2")
@pytest.mark.parametrize("status", [399, 499, 599, 699])
def test_an_unknown_final_response_refuses_as_its_class_does(status: int) -> None:
    peer = Peer()
    (ack,) = peer.respond(peer.is_called(), status)
    assert isinstance(ack, Request) and ack.method == "ACK"
    assert peer.network.take(PBX, LegRejected).status == status


@pytest.mark.rfc("3261", "8.1.3.2")
@pytest.mark.parametrize(("status", "counts_as"), [(180, 180), (182, 182), (187, 183), (198, 183)])
def test_an_unknown_provisional_response_is_progress(status: int, counts_as: int) -> None:
    peer = Peer()
    peer.respond(peer.is_called(), status)
    assert peer.network.take(PBX, LegRinging).status == counts_as


@pytest.mark.rfc("3261", "8.1.3.3")
def test_a_response_with_two_vias_is_discarded() -> None:
    peer = Peer()
    invite = peer.is_called()
    assert peer.respond(invite, 200, "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKother", body=ANSWER) == []
    assert not peer.network.events[PBX]
    peer.respond(invite, 200, body=ANSWER)
    peer.network.take(PBX, LegAnswered)


@pytest.mark.rfc("3261", "8.2.2.3")
def test_require_is_ignored_in_a_cancel() -> None:
    peer = Peer()
    (trying,) = peer.calls()
    cancelled = peer.request("CANCEL", "Require: nonsense", cseq=1, branch=trying.top_via.branch or "")
    assert statuses(cancelled) == [200, 487]


@pytest.mark.rfc("3261", "8.2.4")
def test_who_supports_nothing_gets_nothing_that_needs_support() -> None:
    peer = Peer()
    peer.calls()
    peer.network.order(PBX, Ring(leg=peer.leg))
    peer.is_answered()
    for status in (100, 180, 200):
        assert not [name for name in EXTENSIONS if name in peer.last_response(status).headers]


@pytest.mark.rfc("3261", "10.2")
def test_a_register_of_one_binding_has_one_call_id() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    remote = Remote("udp", PBX.host, PBX.port)
    network.order(PHONE, Register(aor="sip:alice@example.test", remote=remote, credentials=ALICE))
    network.run(4000)
    sent = network.sent(PHONE, "REGISTER")
    assert len(sent) > 3 and len({one.call_id for one in sent}) == 1
    assert [one.cseq.number for one in sent] == list(range(1, len(sent) + 1))


@pytest.mark.rfc("3261", "10.3")
def test_an_unknown_extension_is_refused_before_the_registration_is_read() -> None:
    network = Network(pbx_settings())
    lines = (
        "REGISTER sip:example.test SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1",
        "From: <sip:alice@example.test>;tag=1",
        "To: <sip:alice@example.test>",
        "Call-ID: 1",
        "CSeq: 1 REGISTER",
        "Contact: *",
        "Require: nonsense",
        "Content-Length: 0",
        "\r\n",
    )
    network.inject(PBX, PacketReceived(octets="\r\n".join(lines).encode(), remote=SOURCE))
    (refusal,) = network.sent(PBX, "420")
    assert refusal.headers.get("Unsupported") == "nonsense"


@pytest.mark.rfc("3261", "12.1.1")
@pytest.mark.rfc("3261", "12.1.2")
def test_a_tag_that_is_missing_is_an_empty_tag() -> None:
    peer = Peer()
    peer.tag = ""
    ack = peer.respond(peer.is_called(), 200, body=ANSWER, tag="")[0]
    peer.network.take(PBX, LegAnswered)
    assert ack.to.tag is None


@pytest.mark.rfc("3261", "13.2.2.4")
def test_the_ack_of_a_2xx_has_the_number_and_the_credentials_of_its_invite() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, target="sip:200@example.test"))
    network.run(0.1)
    network.order(PBX, Answer(leg=network.take(PBX, CallOffered).leg, answer=ANSWER))
    network.run(0.1)
    invite, ack = network.sent(PHONE, "INVITE")[-1], network.sent(PHONE, "ACK")[-1]
    assert ack.cseq.number == invite.cseq.number
    assert ack.headers.get("Authorization") == invite.headers.get("Authorization") is not None


@pytest.mark.rfc("3261", "13.3.1.1")
def test_a_180_is_not_repeated() -> None:
    peer = Peer()
    peer.calls()
    peer.network.order(PBX, Ring(leg=peer.leg))
    peer.network.run(59)
    assert len(peer.network.sent(PBX, "180")) == 1


@pytest.mark.rfc("3261", "13.3.1.3")
def test_a_488_has_a_warning() -> None:
    peer = Peer()
    peer.calls()
    peer.network.order(PBX, Reject(leg=peer.leg, status=488))
    expected = '305 10.0.0.1:5060 "Incompatible media format"'
    assert peer.last_response(488).headers.get("Warning") == expected
    again = called_by_peer()
    again.request("INVITE", body=OFFER)
    again.network.order(PBX, RefuseReinvite(leg=again.leg, status=488))
    assert again.last_response(488).headers.get("Warning") == expected
    assert "Warning" not in peer.last_response(100).headers


@pytest.mark.rfc("3261", "14.2")
def test_a_second_invite_before_the_answer_is_500_with_a_wait() -> None:
    peer = called_by_peer()
    peer.request("INVITE", body=OFFER)
    (refusal,) = peer.request("INVITE", body=OFFER)
    assert statuses([refusal]) == [500]
    assert 0 <= int(refusal.headers.get("Retry-After") or "-1") <= 10


@pytest.mark.rfc("3261", "17.2.3")
def test_without_the_magic_cookie_a_repetition_is_found_by_rfc_2543() -> None:
    peer = Peer()
    head = [
        "INVITE sip:pbx@10.0.0.1 SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.2:5060;branch=1",
        "From: <sip:peer@10.0.0.2>;tag=peer",
        "To: <sip:pbx@10.0.0.1>",
        "Call-ID: old",
        "CSeq: 1 INVITE",
        "Contact: <sip:peer@10.0.0.2>",
    ]
    assert [statuses(peer.inject(head, (), OFFER)) for _ in "12"] == [[100], [100]]
    peer.network.take(PBX, CallOffered)
    assert not peer.network.events[PBX]


@pytest.mark.rfc("3261", "18.2.2")
def test_a_response_takes_the_connection_of_its_request() -> None:
    network, connection = Network(open_settings(PBX)), Remote("tcp", "10.0.0.2", 41000, connection=7)
    lines = (
        "OPTIONS sip:pbx@10.0.0.1 SIP/2.0",
        "Via: SIP/2.0/TCP phone.example.test:5060;branch=z9hG4bK1",  # where it says that it listens
        "From: <sip:peer@10.0.0.2>;tag=peer",
        "To: <sip:pbx@10.0.0.1>",
        "Call-ID: 1",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
        "\r\n",
    )
    packet = PacketReceived(octets="\r\n".join(lines).encode(), remote=connection)
    (response,) = network.inject(PBX, packet)
    assert isinstance(response, SendPacket)
    assert response.octets.startswith(b"SIP/2.0 200 ")
    assert response.remote == connection


@pytest.mark.rfc("3311", "4")
def test_update_is_allowed_in_every_invite() -> None:
    assert "UPDATE" in (Peer().is_called().headers.get("Allow") or "").split(", ")


@pytest.mark.rfc("3311", "5.1")
def test_no_update_before_there_is_a_dialog() -> None:
    peer = Peer()
    invite = peer.is_called()
    peer.network.order(PBX, TellIdentity(leg=peer.leg, uri="sip:200@example.test"))
    peer.respond(invite, 100, tag="")
    assert not peer.network.sent(PBX, "UPDATE")


@pytest.mark.rfc("4028", "7.1")
@pytest.mark.parametrize("session_expires_s", [0, 1800])
def test_timer_is_supported_whether_it_is_asked_for_or_not(session_expires_s: int) -> None:
    peer = Peer(replace(open_settings(PBX), session_expires_s=session_expires_s))
    invite = peer.is_called()
    assert "timer" in (invite.headers.get("Supported") or "").split(", ")
    assert ("Session-Expires" in invite.headers) == bool(session_expires_s)


@pytest.mark.rfc("6026", "8.4")
@pytest.mark.rfc("6026", "8.5")
def test_a_2xx_without_a_transaction_is_dropped() -> None:
    peer = Peer()
    invite = peer.is_called()
    peer.answers()
    peer.network.run(40)
    assert peer.network.endpoints[PBX].n_transactions == 0
    assert peer.respond(invite, 200, body=ANSWER) == []
    assert not peer.network.events[PBX]


@pytest.mark.rfc("6665", "4.1.3")
def test_a_notify_without_a_subscription_is_481() -> None:
    peer = Peer()
    peer.is_called()
    (answer,) = peer.request("NOTIFY", "Event: refer", "Subscription-State: active")
    assert statuses([answer]) == [481]
