"""To whom a leg proves who we are, and to whom never."""

import pytest

from pbx.core.address import Address, Remote
from pbx.sip.effects import AcceptReinvite, HangUp
from pbx.sip.events import LegAnswered, LegEnded, LegRejected, PacketReceived
from pbx.sip.message import Message
from tests.sip.conftest import ALICE, ANSWER, LEG, PBX, Network, open_settings, place

CARRIER, ROGUE = Address("192.0.2.1", 5060), Address("198.51.100.66", 5060)
NONCE = 'Digest realm="example.test", nonce="n", algorithm=SHA-256, qop="auth"'
OURS, STALE = f"WWW-Authenticate: {NONCE}", f"WWW-Authenticate: {NONCE}, stale=true"
FOREIGN = OURS.replace("example.test", "evil.test")

pytestmark = pytest.mark.requirement("S-07")


def calling() -> Network:
    network = Network(open_settings(PBX))
    network.order(PBX, place(to=CARRIER, credentials=ALICE))
    return network


def last(network: Network, method: str) -> Message:
    return [one for _, one in network.addressed if one.start_line.startswith(f"{method} ")][-1]


def n_answers(network: Network, method: str) -> int:
    """How many requests carried credentials, copies not counted."""
    return len(
        {
            one.top_via.branch
            for _, one in network.addressed
            if one.start_line.startswith(f"{method} ") and "Authorization" in one.headers
        }
    )


def respond(network: Network, method: str, status: int, *lines: str, source: Address = CARRIER) -> None:
    request = last(network, method)
    names = ("Via", "From", "Call-ID", "CSeq")
    copied = [f"{name}: {value}" for name, value in request.headers if name in names]
    own = ["To: <sip:200@192.0.2.1>;tag=c", f"Contact: <sip:c@{CARRIER.host}>", *lines]
    text = "\r\n".join([f"SIP/2.0 {status} X", *copied, *own, "Content-Length: 0", "\r\n"])
    remote = Remote("udp", source.host, source.port)
    network.inject(PBX, PacketReceived(octets=text.encode(), remote=remote))


def answered() -> Network:
    network = calling()
    respond(network, "INVITE", 200)
    network.take(PBX, LegAnswered)
    return network


def test_the_carrier_that_we_called_is_answered() -> None:
    network = calling()
    respond(network, "INVITE", 401, OURS)
    assert n_answers(network, "INVITE") == 1
    respond(network, "INVITE", 401, OURS)
    assert network.take(PBX, LegRejected).status == 401
    assert n_answers(network, "INVITE") == 1


def test_a_foreign_realm_is_not() -> None:
    network = calling()
    respond(network, "INVITE", 401, FOREIGN)
    assert network.take(PBX, LegRejected).status == 401
    assert n_answers(network, "INVITE") == 0


def test_a_nonce_that_is_always_stale_is_not_answered_for_ever() -> None:
    network = calling()
    for _ in range(20):
        respond(network, "INVITE", 401, STALE)
    assert network.take(PBX, LegRejected).status == 401
    assert n_answers(network, "INVITE") == 5


def test_the_carrier_may_challenge_the_bye() -> None:
    network = answered()
    network.order(PBX, HangUp(leg=LEG))
    respond(network, "BYE", 401, OURS)
    assert n_answers(network, "BYE") == 1


def test_who_took_over_the_dialog_may_not() -> None:
    network = answered()
    invite = last(network, "INVITE")
    lines = [
        "INVITE sip:pbx@10.0.0.1:5060 SIP/2.0",
        "Via: SIP/2.0/UDP 198.51.100.66:5060;branch=z9hG4bKrogue",
        "From: <sip:200@192.0.2.1>;tag=c",
        f"To: {invite.headers.get('From')}",
        f"Call-ID: {invite.call_id}",
        "CSeq: 1 INVITE",
        "Contact: <sip:c@198.51.100.66>",
        "Content-Length: 0",
        "\r\n",
    ]
    remote = Remote("udp", ROGUE.host, ROGUE.port)
    network.inject(PBX, PacketReceived(octets="\r\n".join(lines).encode(), remote=remote))
    network.order(PBX, AcceptReinvite(leg=LEG, answer=ANSWER))
    network.events[PBX].clear()
    network.order(PBX, HangUp(leg=LEG))
    respond(network, "BYE", 401, OURS, source=ROGUE)
    assert n_answers(network, "BYE") == 0
    assert network.take(PBX, LegEnded).how == "bye"  # the call ends cleanly all the same
    assert network.endpoints[PBX].n_legs == 0
