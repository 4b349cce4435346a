"""re-INVITE in both directions, and other requests inside a dialog."""

import pytest

from pbx.core.address import Address, Remote
from pbx.core.ids import LegId
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, RefuseReinvite, Reinvite
from pbx.sip.events import (
    CallOffered,
    InfoDigit,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    PacketReceived,
    ReinviteAnswered,
    ReinviteOffered,
    ReinviteRefused,
    SendPacket,
)
from pbx.sip.message import parse_message
from pbx.sip.withdrawn import ReinviteWithdrawn
from tests.sip.conftest import ANSWER, LEG, OFFER, PBX, PHONE, Network, open_settings, place

HOLD = OFFER + b"a=sendonly\r\n"


def answered() -> tuple[Network, LegId]:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(0.05)
    network.take(PHONE, LegAnswered)
    network.take(PBX, LegConfirmed)
    return network, leg


@pytest.mark.rfc("3261", "14")
def test_both_directions_are_offered_and_answered() -> None:
    network, leg = answered()
    for offerer, taker, own, foreign in ((PHONE, PBX, LEG, leg), (PBX, PHONE, leg, LEG)):
        network.order(offerer, Reinvite(leg=own, offer=HOLD))
        network.run(0.05)
        offered = ReinviteOffered(leg=foreign, offer=HOLD, source=offerer.host)
        assert network.take(taker, ReinviteOffered) == offered
        network.order(taker, AcceptReinvite(leg=foreign, answer=ANSWER))
        network.run(0.05)
        assert network.take(offerer, ReinviteAnswered).answer == ANSWER
        assert not network.events[taker]
    network.order(PBX, HangUp(leg=leg))
    network.run(70)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("3261", "14.2")
@pytest.mark.rfc("3261", "14.1")
def test_refusal_keeps_the_call() -> None:
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(0.05)
    network.take(PBX, ReinviteOffered)
    network.order(PBX, RefuseReinvite(leg=leg, status=488))
    network.run(40)
    assert network.take(PHONE, ReinviteRefused).status == 488
    assert not network.events[PBX]
    assert network.endpoints[PBX].n_legs == 1


@pytest.mark.rfc("3261", "14.2")
def test_glare_is_491_on_both_sides() -> None:
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.order(PBX, Reinvite(leg=leg, offer=HOLD))
    network.run(0.1)
    assert network.take(PHONE, ReinviteRefused).status == 491
    assert network.take(PBX, ReinviteRefused).status == 491


@pytest.mark.rfc("3261", "14.1")
def test_an_order_against_a_pending_offer_is_refused_here() -> None:
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(0.05)
    network.take(PBX, ReinviteOffered)
    n_sent = len(network.log)
    network.order(PBX, Reinvite(leg=leg, offer=HOLD))
    assert network.take(PBX, ReinviteRefused).status == 491
    assert len(network.log) == n_sent


def test_hang_up_with_a_pending_reinvite_answers_it_with_487() -> None:
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(0.05)
    network.take(PBX, ReinviteOffered)
    network.order(PBX, HangUp(leg=leg))
    network.run(70)
    assert len(network.sent(PBX, "487")) == 1
    assert network.take(PHONE, ReinviteRefused).status == 487
    network.take(PHONE, LegEnded)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("3261", "12.2.1.2")
def test_a_peer_that_forgot_the_dialog_ends_the_leg() -> None:
    network, leg = answered()
    network.endpoints[PBX] = Network(open_settings(PBX)).endpoints[PBX]
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(0.05)
    assert network.take(PHONE, ReinviteRefused).status == 481
    assert network.take(PHONE, LegEnded) == LegEnded(leg=LEG, by_peer=True, how="timeout")


def in_dialog(network: Network, method: str, *lines: str, cseq: int = 7, body: bytes = b"") -> list[str]:
    """Send a request of the phone's side by hand; return the first lines of what the engine sends."""
    invite = network.sent(PHONE, "INVITE")[0]
    ok = network.sent(PBX, "200")[0]
    text = "\r\n".join(
        [
            f"{method} sip:pbx@10.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{method}{cseq}",
            f"From: {invite.headers.get('From')}",
            f"To: {ok.headers.get('To')}",
            f"Call-ID: {invite.call_id}",
            f"CSeq: {cseq} {method}",
            *lines,
            f"Content-Length: {len(body)}",
            "\r\n",
        ]
    )
    packet = PacketReceived(octets=text.encode() + body, remote=Remote("udp", PHONE.host, PHONE.port))
    outputs = network.inject(PBX, packet)
    return [
        str(parse_message(one.octets).start_line.split(" ")[1])
        for one in outputs
        if isinstance(one, SendPacket)
    ]


@pytest.mark.parametrize(
    ("content_type", "body", "digit", "duration_ms"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5", 160),
        ("application/dtmf-relay", b"Signal= #\nDuration= 99999\n", "#", 5000),
        ("Application/DTMF-Relay", b"signal=*\r\n", "*", 250),
        ("application/dtmf", b"d\r\n", "D", 250),
    ],
)
def test_info_digit(content_type: str, body: bytes, digit: str, duration_ms: int) -> None:
    network, leg = answered()
    assert in_dialog(network, "INFO", f"Content-Type: {content_type}", body=body) == ["200"]
    event = network.take(PBX, InfoDigit)
    assert (event.leg, event.digit.reveal(), event.duration_ms) == (leg, digit, duration_ms)
    assert "Secret(***)" in repr(event)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/dtmf-relay", b"Signal=55\r\n", "400"),
        ("application/dtmf", "٣".encode(), "400"),
        ("text/plain", b"5", "415"),
        ("application/dtmf", b"", "200"),
    ],
)
def test_info_without_a_digit(content_type: str, body: bytes, status: str) -> None:
    network, _ = answered()
    assert in_dialog(network, "INFO", f"Content-Type: {content_type}", body=body) == [status]
    assert not network.events[PBX]


@pytest.mark.parametrize(
    ("method", "lines", "status"),
    [
        ("OPTIONS", (), "200"),
        ("REFER", (), "400"),
        ("PRACK", (), "400"),
        ("PRACK", ("RAck: 1 1 INVITE",), "481"),
        ("PUBLISH", (), "405"),
        ("OPTIONS", ("Require: x-unknown",), "420"),
    ],
)
def test_other_methods(method: str, lines: tuple[str, ...], status: str) -> None:
    network, _ = answered()
    assert in_dialog(network, method, *lines) == [status]


@pytest.mark.rfc("3261", "15.1.2")
@pytest.mark.rfc("3261", "12.2.2")
def test_out_of_order_is_500_and_unknown_is_481() -> None:
    network, leg = answered()
    assert in_dialog(network, "OPTIONS", cseq=9) == ["200"]
    assert in_dialog(network, "INFO", cseq=8) == ["500"]
    assert in_dialog(network, "BYE", cseq=10) == ["200"]
    assert network.take(PBX, LegEnded).leg == leg
    assert in_dialog(network, "BYE", cseq=11) == ["481"]


@pytest.mark.rfc("3261", "12.2.2")
@pytest.mark.rfc("3261", "14.2")
def test_delayed_offer_takes_the_answer_from_the_ack() -> None:
    network, leg = answered()
    contact = "Contact: <sip:moved@10.0.0.2:5060>"
    assert in_dialog(network, "INVITE", contact, cseq=20) == ["100"]
    assert network.take(PBX, ReinviteOffered).offer is None
    network.order(PBX, AcceptReinvite(leg=leg, answer=OFFER))
    in_dialog(network, "ACK", "Content-Type: application/sdp", cseq=20, body=ANSWER)
    assert network.take(PBX, LegConfirmed).answer == ANSWER
    network.order(PBX, HangUp(leg=leg))
    assert network.sent(PBX, "BYE")[0].start_line == "BYE sip:moved@10.0.0.2:5060 SIP/2.0"


def test_cancel_of_a_reinvite_keeps_the_call() -> None:
    network, leg = answered()
    contact = "Contact: <sip:a@10.0.0.2:5060>"
    in_dialog(network, "INVITE", contact, cseq=20)
    network.take(PBX, ReinviteOffered)
    invite_branch = "z9hG4bKINVITE20"
    text = (
        "CANCEL sip:pbx@10.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 10.0.0.2:5060;branch={invite_branch}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
        "Call-ID: x\r\nCSeq: 20 CANCEL\r\nContent-Length: 0\r\n\r\n"
    )
    network.inject(PBX, PacketReceived(octets=text.encode(), remote=Remote("udp", PHONE.host, PHONE.port)))
    assert network.flow()[-2:] == ["10.0.0.1: 200", "10.0.0.1: 487"]
    assert network.take(PBX, ReinviteWithdrawn) == ReinviteWithdrawn(leg=leg)
    network.order(PBX, AcceptReinvite(leg=leg, answer=OFFER))
    assert not network.events[PBX]
    assert network.endpoints[PBX].n_legs == 1


@pytest.mark.rfc("3261", "15")
@pytest.mark.parametrize("ender", [PBX, PHONE])
def test_a_pending_reinvite_ends_with_its_dialog(ender: Address) -> None:
    """Its final response is lost, and whoever left the dialog repeats none (found by the simulation)."""
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(0.05)
    network.lost = lambda message: message.start_line == "SIP/2.0 200 OK" and message.cseq.method == "INVITE"
    network.order(PBX, AcceptReinvite(leg=leg, answer=ANSWER))
    network.order(ender, HangUp(leg=leg if ender == PBX else LEG))
    network.run(200)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]
