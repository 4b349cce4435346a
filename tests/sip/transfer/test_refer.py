"""REFER at the door: what is asked of the call layer, and what never gets there."""

import pytest

from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.sip.effects import AcceptTransfer, PlaceCall, Refer, ReportTransfer, Ring
from pbx.sip.events import CallOffered, LegRinging, PacketReceived, SendPacket, TransferRequested
from pbx.sip.message import parse_message
from tests.sip.conftest import LEG, PBX, PHONE, Network, endpoint, open_settings, pbx_settings, place
from tests.sip.transfer.conftest import answered, confirm, status

TARGET = "sip:1003@10.0.0.1"


@pytest.mark.rfc("3515", "2.4.2")
def test_the_call_layer_is_asked() -> None:
    network, leg = answered()
    assert status(network, "REFER", f"Refer-To: <{TARGET}>") == ""
    assert network.take(PBX, TransferRequested) == TransferRequested(leg=leg, target="1003")


@pytest.mark.rfc("3515", "2.4.2")
@pytest.mark.rfc("3515", "2.4.1")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), "400"),
        (("Refer-To: <sip:1@a>", "Refer-To: <sip:2@a>"), "400"),
        (("Refer-To: <ftp://a/b>",), "416"),
        (("Refer-To: <sip:1@a;method=REGISTER>",), "403"),
    ],
)
def test_malformed_ones_are_answered_at_once(lines: tuple[str, ...], expected: str) -> None:
    network, _ = answered()
    assert status(network, "REFER", *lines) == expected
    assert not network.events[PBX]


def test_one_transfer_at_a_time() -> None:
    network, leg = answered()
    assert status(network, "REFER", f"Refer-To: <{TARGET}>") == ""
    assert status(network, "REFER", f"Refer-To: <{TARGET}>", cseq=8) == "491"
    network.order(PBX, AcceptTransfer(leg=leg))
    network.run(0.1)
    network.order(PBX, ReportTransfer(leg=leg, status=486))
    assert status(network, "REFER", f"Refer-To: <{TARGET}>", cseq=9) == ""


def second_call(network: Network, *, answer: bool = True) -> LegId:
    """The phone has another call with the engine; the engine's leg."""
    order = place(leg=LegId("second"))
    assert isinstance(order, PlaceCall)
    network.order(PHONE, order)
    if answer:
        return confirm(network)
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Ring(leg=leg))
    network.run(0.05)
    network.take(PHONE, LegRinging)
    return leg


@pytest.mark.rfc("3891", "3")
@pytest.mark.parametrize("answer", [True, False])
def test_the_dialog_of_replaces_is_found(answer: bool) -> None:  # noqa: FBT001
    network, leg = answered()
    other = second_call(network, answer=answer)
    network.order(PHONE, Refer(leg=LEG, target=TARGET, replaced=LegId("second")))
    network.run(0.05)
    assert network.take(PBX, TransferRequested) == TransferRequested(
        leg=leg, target="1003", is_attended=True, replaced=other
    )


@pytest.mark.requirement("S-09")
def test_guessed_tags_name_no_dialog() -> None:
    network, leg = answered()
    second_call(network)
    call_id = network.sent(PHONE, "INVITE")[-1].call_id
    guess = f"Refer-To: <{TARGET}?Replaces={call_id}%3Bto-tag%3D1%3Bfrom-tag%3D2%3Bearly-only>"
    assert status(network, "REFER", guess) == ""
    assert network.take(PBX, TransferRequested) == TransferRequested(
        leg=leg, target="1003", is_attended=True, replaced=None, early_only=True
    )


@pytest.mark.rfc("3515", "2.4.2")
def test_outside_of_a_dialog_it_is_forbidden() -> None:
    text = (
        "REFER sip:200@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKr\r\n"
        "From: <sip:alice@example.test>;tag=1\r\nTo: <sip:200@example.test>\r\nCall-ID: r\r\n"
        f"CSeq: 1 REFER\r\nRefer-To: <{TARGET}>\r\nContent-Length: 0\r\n\r\n"
    )
    packet = PacketReceived(octets=text.encode(), remote=Remote("udp", PHONE.host, PHONE.port))
    (output,) = endpoint(pbx_settings()).handle(packet, 1.0)
    assert isinstance(output, SendPacket)
    answer = parse_message(output.octets)
    assert answer.start_line == "SIP/2.0 403 Forbidden"
    assert answer.headers.get("Warning") == '399 pbx "a transfer needs a call"'


def test_before_the_call_is_answered_it_is_forbidden() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Ring(leg=leg))
    network.run(0.05)
    invite, ringing = network.sent(PHONE, "INVITE")[0], network.sent(PBX, "180")[0]
    text = (
        "REFER sip:pbx@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKr\r\n"
        f"From: {invite.headers.get('From')}\r\nTo: {ringing.headers.get('To')}\r\n"
        f"Call-ID: {invite.call_id}\r\nCSeq: 7 REFER\r\nRefer-To: <{TARGET}>\r\nContent-Length: 0\r\n\r\n"
    )
    packet = PacketReceived(octets=text.encode(), remote=Remote("udp", PHONE.host, PHONE.port))
    (output,) = network.inject(PBX, packet)
    assert isinstance(output, SendPacket)
    assert parse_message(output.octets).start_line == "SIP/2.0 403 Forbidden"


def test_orders_for_nobody_do_nothing() -> None:
    network, leg = answered()
    network.order(PBX, ReportTransfer(leg=leg, status=200), AcceptTransfer(leg=LegId("nobody")))
    assert not network.sent(PBX, "NOTIFY")
