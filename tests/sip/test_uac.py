"""CANCEL races, forks and challenges on the calling side."""

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import Answer, HangUp, Ring
from pbx.sip.events import (
    CallOffered,
    DeviceOrigin,
    LegAnswered,
    LegEnded,
    LegRejected,
    LegRinging,
    PacketReceived,
)
from pbx.sip.message import Message, Request
from tests.sip.conftest import ALICE, ANSWER, LEG, PBX, PHONE, Network, open_settings, pbx_settings, place
from tests.sip.peer import Peer, statuses

PEER = Remote("udp", PBX.host, PBX.port)


def response(invite: Message, status: int, tag: str, body: bytes = b"") -> PacketReceived:
    """A response as a proxy behind the peer would send it."""
    copied = [
        f"{name}: {value}" for name, value in invite.headers if name in ("Via", "From", "Call-ID", "CSeq")
    ]
    lines = [
        f"SIP/2.0 {status} X",
        *copied,
        "To: <sip:200@10.0.0.1>" + (f";tag={tag}" if tag else ""),
        f"Contact: <sip:200@10.0.0.1;fork={tag}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
        "\r\n",
    ]
    return PacketReceived(octets="\r\n".join(lines).encode() + body, remote=PEER)


def calling() -> tuple[Network, Request]:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place())
    invite = network.log[0][2]
    assert isinstance(invite, Request)
    return network, invite


@pytest.mark.rfc("3261", "9.1")
def test_cancel_waits_for_the_first_provisional_response() -> None:
    network, invite = calling()
    network.order(PHONE, HangUp(leg=LEG, cause=200, text='answered "elsewhere"'))
    assert network.take(PHONE, LegEnded) == LegEnded(leg=LEG, by_peer=False, how="cancel", cause=200)
    assert network.flow() == ["10.0.0.2: INVITE"]
    network.inject(PHONE, response(invite, 100, ""))
    assert network.flow() == ["10.0.0.2: INVITE", "10.0.0.2: CANCEL"]
    cancel = network.log[-1][2]
    assert cancel.headers.get("Reason") == 'SIP;cause=200;text="answered \\"elsewhere\\""'
    assert cancel.headers.get("Via") == invite.headers.get("Via")
    assert (cancel.cseq.number, cancel.to.tag) == (invite.cseq.number, None)
    network.inject(PHONE, response(invite, 487, "a"))
    assert network.flow()[-1] == "10.0.0.2: ACK"
    network.run(70)
    assert not network.events[PHONE]
    assert network.endpoints[PHONE].n_transactions == 0


@pytest.mark.rfc("3261", "13.2.2.1")
def test_cancel_of_a_ringing_call_ends_both_sides() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Ring(leg=leg))
    network.run(0.05)
    network.take(PHONE, LegRinging)
    network.order(PHONE, HangUp(leg=LEG, cause=487))
    network.run(0.05)
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=True, how="cancel", cause=487)
    assert network.flow()[-4:] == ["10.0.0.2: CANCEL", "10.0.0.1: 200", "10.0.0.1: 487", "10.0.0.2: ACK"]
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(70)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("3261", "13.2.2.4")
def test_200_that_crosses_our_cancel_is_acked_and_ended() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.order(PHONE, HangUp(leg=LEG))
    network.run(1)
    assert network.take(PHONE, LegEnded).how == "cancel"
    assert not network.events[PHONE]
    assert network.flow()[3:] == [
        "10.0.0.2: CANCEL",
        "10.0.0.2: ACK",
        "10.0.0.2: BYE",
        "10.0.0.1: 200",
        "10.0.0.1: 200",
    ]
    assert [type(event) for event in network.events[PBX]][-1] is LegEnded
    network.run(70)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("3261", "9.1")
def test_cancelled_invite_without_final_response_is_destroyed() -> None:
    network, invite = calling()
    network.inject(PHONE, response(invite, 180, "a"))
    network.order(PHONE, HangUp(leg=LEG))
    network.run(70)
    assert network.endpoints[PHONE].n_transactions == 0
    assert network.endpoints[PHONE].deadline is None


@pytest.mark.rfc("3261", "13.2.2.4")
def test_a_second_fork_that_answers_gets_ack_and_bye() -> None:
    network, invite = calling()
    network.inject(PHONE, response(invite, 200, "first", ANSWER))
    network.take(PHONE, LegAnswered)
    network.inject(PHONE, response(invite, 200, "second", ANSWER))
    network.inject(PHONE, response(invite, 200, "second", ANSWER))
    network.inject(PHONE, response(invite, 200, "first", ANSWER))
    assert not network.events[PHONE]
    sent = [(one.start_line.split(" SIP")[0], one.to.tag) for _, _, one in network.log[1:]]
    assert sent == [
        ("ACK sip:200@10.0.0.1;fork=first", "first"),
        ("ACK sip:200@10.0.0.1;fork=second", "second"),
        ("BYE sip:200@10.0.0.1;fork=second", "second"),
        ("ACK sip:200@10.0.0.1;fork=second", "second"),
        ("ACK sip:200@10.0.0.1;fork=first", "first"),
    ]
    network.run(70)
    network.order(PHONE, HangUp(leg=LEG))
    assert network.log[-1][2].to.tag == "first"


@pytest.mark.rfc("3261", "8.1.3.5")
def test_challenged_invite_is_repeated_once_with_credentials() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, target="sip:200@example.test"))
    network.run(0.1)
    offered = network.take(PBX, CallOffered)
    assert offered.origin == DeviceOrigin(tenant="acme", extension="alice")
    assert network.flow() == [
        "10.0.0.2: INVITE",
        "10.0.0.1: 401",
        "10.0.0.2: ACK",
        "10.0.0.2: INVITE",
        "10.0.0.1: 100",
    ]
    first, second = network.sent(PHONE, "INVITE")
    assert (second.call_id, second.cseq.number) == (first.call_id, first.cseq.number + 1)
    assert first.top_via.branch != second.top_via.branch
    network.order(PBX, Answer(leg=offered.leg, answer=ANSWER))
    network.run(0.1)
    network.take(PHONE, LegAnswered)
    network.order(PHONE, HangUp(leg=LEG))
    network.run(0.1)
    assert network.sent(PHONE, "BYE")[0].cseq.number == 3


def test_wrong_password_is_rejected_after_one_try() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    wrong = type(ALICE)(username="bob", password=ALICE.password, realm=ALICE.realm)
    network.order(PHONE, place(credentials=wrong, from_uri="sip:bob@example.test"))
    network.run(0.2)
    assert network.take(PHONE, LegRejected).status == 401
    assert len(network.sent(PHONE, "INVITE")) == 2
    assert not network.events[PBX]


@pytest.mark.rfc("3261", "15.1.2")
@pytest.mark.parametrize("final", [0, 200, 487])
def test_a_bye_in_an_early_dialog_leaves_nothing_behind(final: int) -> None:
    """Its 200 was lost: the peer was in a dialog that was early for us, and no final response comes."""
    peer = Peer()
    invite = peer.is_called()
    peer.respond(invite, 180)
    peer.network.take(PBX, LegRinging)
    (ok,) = peer.request("BYE")
    assert statuses([ok]) == [200]
    assert peer.network.take(PBX, LegEnded).by_peer
    if final:
        peer.respond(invite, final, body=ANSWER if final == 200 else b"")
        for bye in peer.network.sent(PBX, "BYE"):
            peer.respond(bye, 200)
    peer.network.run(40)
    assert not peer.network.events[PBX]
    assert peer.network.endpoints[PBX].n_transactions == 0
    assert peer.network.endpoints[PBX].n_dialogs == 0
