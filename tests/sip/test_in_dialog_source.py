"""Requests in a dialog from somebody who has seen it: Call-ID and tags are not enough (S-09)."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import Answer, Register
from pbx.sip.events import CallOffered, LegEnded, PacketReceived, SendPacket
from pbx.sip.message import Response, parse_message
from tests.sip.conftest import ALICE, ANSWER, PBX, PHONE, Network, open_settings, pbx_settings, place

THIEF = Remote("udp", "198.51.100.66", 5060)
MOVED = Remote("udp", "198.51.100.77", 5060)
pytestmark = pytest.mark.requirement("S-09")


def talking() -> Network:
    """Alice's telephone has called and was answered."""
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, target="sip:200@example.test"))
    network.run(0.1)
    network.order(PBX, Answer(leg=network.take(PBX, CallOffered).leg, answer=ANSWER))
    network.run(0.1)
    network.events[PBX].clear()
    return network


def send(network: Network, method: str, source: Remote, *lines: str, cseq: int = 50) -> list[int]:
    """Send a request with everything that the dialog has; the statuses that come back."""
    invite, ok = network.sent(PHONE, "INVITE")[-1], network.sent(PBX, "200")[-1]
    head = (
        f"{method} sip:pbx@10.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP {source.host};rport;branch=z9hG4bK{method}{source.port}{cseq}",
        f"From: {invite.headers.get('From')}",
        f"To: {ok.headers.get('To')}",
        f"Call-ID: {invite.call_id}",
        f"CSeq: {cseq} {method}",
        f"Contact: <sip:x@{source.host}>",
        *lines,
        "Content-Length: 0",
        "\r\n",
    )
    outputs = network.inject(PBX, PacketReceived(octets="\r\n".join(head).encode(), remote=source))
    found = [parse_message(one.octets) for one in outputs if isinstance(one, SendPacket)]
    assert all(one.remote == source for one in outputs if isinstance(one, SendPacket))
    return [one.status for one in found if isinstance(one, Response)]


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        ("BYE", ()),
        ("REFER", ("Refer-To: <sip:+449098790000@example.test>",)),
        ("UPDATE", ()),
        ("INVITE", ()),
        ("INFO", ("Content-Type: application/dtmf-relay",)),
        ("MESSAGE", ()),
    ],
)
def test_a_thief_of_the_dialog_is_refused_and_nothing_happens(method: str, lines: tuple[str, ...]) -> None:
    network = talking()
    assert send(network, method, THIEF, *lines) == [403]
    assert not network.events[PBX]
    assert network.endpoints[PBX].stopped["foreign"] == 1
    assert send(network, "BYE", Remote("udp", PHONE.host, 40000), cseq=60) == [
        200
    ]  # its CSeq did not move ours
    assert network.take(PBX, LegEnded).by_peer


def test_an_ack_of_a_thief_is_dropped() -> None:
    network = talking()
    assert send(network, "ACK", THIEF, cseq=1) == []
    assert network.endpoints[PBX].stopped["foreign"] == 1


def test_a_telephone_that_moved_and_registered_there_goes_on() -> None:
    network = talking()
    there = replace(open_settings(PHONE), listen=replace(PHONE, host=MOVED.host))
    moved = Network(pbx_settings(), there)
    moved.endpoints[PBX] = network.endpoints[PBX]
    remote = Remote("udp", PBX.host, PBX.port)
    moved.order(there.listen, Register(aor="sip:alice@example.test", remote=remote, credentials=ALICE))
    moved.run(0.5)
    assert send(network, "BYE", MOVED) == [200]


def test_another_user_s_own_address_is_not_enough() -> None:
    """Whoever is registered somewhere is no party of every dialog."""
    network = talking()
    network.endpoints[PBX].handle(
        PacketReceived(octets=b"OPTIONS sip:example.test SIP/2.0\r\n\r\n", remote=THIEF), network.now
    )
    assert send(network, "BYE", THIEF) == [403]


def test_a_carrier_of_ours_may_answer_from_another_address() -> None:
    network = talking()
    assert send(network, "BYE", Remote("udp", "192.0.2.77", 5060)) == [200]


def test_a_cancel_comes_from_where_the_invite_came_from() -> None:
    network = Network(pbx_settings(), open_settings(PHONE))
    network.order(PHONE, place(credentials=ALICE, target="sip:200@example.test"))
    network.run(0.1)
    invite = network.sent(PHONE, "INVITE")[-1]

    def cancel(source: Remote) -> list[int]:
        via = invite.headers.get("Via")
        head = (
            "CANCEL sip:200@example.test SIP/2.0",
            f"Via: {via}",
            f"From: {invite.headers.get('From')}",
            f"To: {invite.headers.get('To')}",
            f"Call-ID: {invite.call_id}",
            f"CSeq: {invite.cseq.number} CANCEL",
            "Content-Length: 0",
            "\r\n",
        )
        outputs = network.inject(PBX, PacketReceived(octets="\r\n".join(head).encode(), remote=source))
        found = [parse_message(one.octets) for one in outputs if isinstance(one, SendPacket)]
        return [one.status for one in found if isinstance(one, Response)]

    assert cancel(THIEF) == [481]
    assert cancel(Remote("udp", PHONE.host, PHONE.port)) == [200, 487]
