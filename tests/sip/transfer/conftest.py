"""Two endpoints in a call, and requests inside it that are written by hand."""

from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.sip.effects import Answer
from pbx.sip.events import CallOffered, LegAnswered, LegConfirmed, PacketReceived, SendPacket
from pbx.sip.message import Message, parse_message
from tests.sip.conftest import ANSWER, PBX, PHONE, Network, open_settings, place


def answered() -> tuple[Network, LegId]:
    """The phone has called the engine; the engine's leg."""
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    return network, confirm(network)


def confirm(network: Network) -> LegId:
    """The engine answers the INVITE that is on its way."""
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(0.05)
    network.take(PHONE, LegAnswered)
    network.take(PBX, LegConfirmed)
    return leg


def in_dialog(
    network: Network, method: str, *lines: str, cseq: int = 7, body: bytes = b""
) -> tuple[list[Message], Network]:
    """Send a request of the phone by hand; what the engine sends in return, at once."""
    invite, ok = network.sent(PHONE, "INVITE")[0], network.sent(PBX, "200")[0]
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
    return [parse_message(one.octets) for one in outputs if isinstance(one, SendPacket)], network


def status(network: Network, method: str, *lines: str, cseq: int = 7, body: bytes = b"") -> str:
    """The status that the engine answers a request with, "" = it has not answered yet."""
    messages, _ = in_dialog(network, method, *lines, cseq=cseq, body=body)
    return messages[0].start_line.split(" ")[1] if messages else ""


def reported(network: Network) -> list[tuple[str, str]]:
    """Body and Subscription-State of every NOTIFY that the engine sent."""
    return [
        (one.body.decode().strip(), one.headers.get("Subscription-State") or "")
        for one in network.sent(PBX, "NOTIFY")
    ]
