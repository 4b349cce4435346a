"""Call flows between two endpoints on a manual clock."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.core.address import Address, Remote
from pbx.core.ids import LegId
from pbx.sip.capabilities import ALLOW, SUPPORTED
from pbx.sip.effects import Answer, HangUp, Progress, Reject, Ring
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    PacketReceived,
    SendPacket,
    TransportFailed,
    TrunkOrigin,
)
from tests.sip.conftest import ALICE, ANSWER, LEG, OFFER, PBX, PHONE, Network, open_settings, place

FOREIGN = Address("10.0.0.7", 5060)


def two(lose_every: int = 0) -> Network:
    return Network(open_settings(PBX), open_settings(PHONE), lose_every=lose_every)


def answered(network: Network, transport: str = "udp") -> LegId:
    """Set a call up; return the leg at the called side."""
    network.order(PHONE, place(transport=transport))
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Ring(leg=leg), Answer(leg=leg, answer=ANSWER))
    network.run(0.05)
    network.take(PHONE, LegRinging)
    network.take(PHONE, LegAnswered)
    network.take(PBX, LegConfirmed)
    return leg


@pytest.mark.rfc("3261", "13")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_call_is_answered_and_ended_by_the_called(transport: str) -> None:
    network = two()
    network.order(PHONE, place(transport=transport))
    network.run(0.05)
    offered = network.take(PBX, CallOffered)
    assert (offered.called, offered.called_domain, offered.from_user) == ("200", "10.0.0.1", "alice")
    assert (offered.origin, offered.offer) == (TrunkOrigin(trunk="peer", tenant=""), OFFER)
    network.order(PBX, Ring(leg=offered.leg))
    network.run(0.05)
    assert network.take(PHONE, LegRinging).status == 180
    network.order(PBX, Progress(leg=offered.leg, answer=ANSWER))
    network.run(0.05)
    assert network.take(PHONE, LegRinging).answer == ANSWER
    network.order(PBX, Answer(leg=offered.leg, answer=ANSWER))
    network.run(0.05)
    assert network.take(PHONE, LegAnswered).answer == ANSWER
    assert network.take(PBX, LegConfirmed).answer is None
    network.order(PBX, HangUp(leg=offered.leg, cause=200, text="done"))
    network.run(0.05)
    assert network.take(PBX, LegEnded) == LegEnded(leg=offered.leg, by_peer=False, how="bye", cause=200)
    assert network.take(PHONE, LegEnded) == LegEnded(leg=LEG, by_peer=True, how="bye", cause=200)
    assert network.flow() == [
        "10.0.0.2: INVITE",
        "10.0.0.1: 100",
        "10.0.0.1: 180",
        "10.0.0.1: 183",
        "10.0.0.2: PRACK",
        "10.0.0.1: 200",
        "10.0.0.1: 200",
        "10.0.0.2: ACK",
        "10.0.0.1: BYE",
        "10.0.0.2: 200",
    ]
    network.run(60)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]
    assert not network.events[PBX] and not network.events[PHONE]


def test_caller_hangs_up_and_leaves_nothing_behind() -> None:
    network = two()
    leg = answered(network)
    network.order(PHONE, HangUp(leg=LEG))
    network.run(60)
    assert network.take(PHONE, LegEnded).by_peer is False
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=True, how="bye")
    for one in network.endpoints.values():
        assert (one.n_legs, one.n_transactions, one.deadline) == (0, 0, None)


@pytest.mark.rfc("3261", "17.1.1.2")
@pytest.mark.parametrize("lose_every", [3, 4, 5, 7])
def test_retransmissions_recover_from_loss(lose_every: int) -> None:
    network = two(lose_every)
    network.order(PHONE, place())
    network.run(10)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(20)
    network.take(PHONE, LegAnswered)
    network.take(PBX, LegConfirmed)
    network.order(PBX, HangUp(leg=leg))
    network.run(70)
    network.take(PBX, LegEnded)
    network.take(PHONE, LegEnded)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("3261", "8.1.3.1")
@pytest.mark.rfc("3261", "17.1.1.2")
def test_silent_peer_is_408_after_timer_b() -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place())
    network.run(31.9)
    assert not network.events[PHONE]
    network.run(0.2)
    assert network.take(PHONE, LegRejected).status == 408
    assert [round(at - 1000, 2) for at, _, _ in network.log] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


@pytest.mark.rfc("3261", "8.1.3.1")
def test_dead_transport_is_503() -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place())
    network.inject(PHONE, TransportFailed(remote=Remote("udp", PBX.host, PBX.port)))
    assert network.take(PHONE, LegRejected).status == 503


@pytest.mark.rfc("3261", "13.3.1.4")
def test_200_is_repeated_and_a_missing_ack_ends_the_leg() -> None:
    network = two()
    network.lost = lambda message: message.start_line.startswith("ACK")
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(31.9)
    assert len(network.sent(PBX, "200")) == 11  # 0, .5, 1.5, 3.5, then every 4 s
    assert len(network.sent(PHONE, "ACK")) == 11
    assert len({bytes(ack) for ack in network.sent(PHONE, "ACK")}) == 1
    network.run(0.2)
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=False, how="no_ack")
    network.take(PHONE, LegAnswered)
    assert network.take(PHONE, LegEnded).how == "bye"


@pytest.mark.rfc("3261", "15")
@pytest.mark.rfc("3261", "15.1.1")
def test_bye_waits_for_the_ack() -> None:
    network = two()
    network.lost = lambda message: message.start_line.startswith("ACK")
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER), HangUp(leg=leg))
    network.run(0.3)
    assert network.take(PBX, LegEnded).how == "bye"
    assert not network.sent(PBX, "BYE")
    network.lost = lambda message: False
    network.run(0.5)
    assert len(network.sent(PBX, "BYE")) == 1
    assert not network.events[PBX]


@pytest.mark.requirement("FRD-03")
@pytest.mark.rfc("8688", "3.1")
def test_a_call_that_a_list_rejects_is_608_with_the_card_of_whom_to_complain_to() -> None:
    network = two()
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Reject(leg=leg, status=608, reason="Rejected", card="https://acme.example/card"))
    network.run(0.05)
    assert network.take(PHONE, LegRejected) == LegRejected(leg=LEG, status=608, reason="Rejected")
    (answer,) = network.sent(PBX, "608")
    assert answer.headers.get("Call-Info") == "<https://acme.example/card>;purpose=jwscard"


@pytest.mark.rfc("3261", "12.3")
def test_rejection_reaches_the_caller_with_reason() -> None:
    network = two()
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Reject(leg=leg, status=486, retry_after_s=7))
    network.run(0.05)
    assert network.take(PHONE, LegRejected) == LegRejected(leg=LEG, status=486, reason="Busy Here")
    assert network.sent(PBX, "486")[0].headers.get("Retry-After") == "7"
    assert network.sent(PBX, "486")[0].headers.get("Call-Info") is None
    network.run(60)
    assert not network.events[PBX]
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("3261", "13.3.1.3")
@pytest.mark.parametrize(("cause", "status"), [(0, 480), (486, 486), (200, 480)])
def test_hang_up_of_an_offered_leg_refuses_it(cause: int, status: int) -> None:
    network = two()
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, HangUp(leg=leg, cause=cause))
    network.run(0.05)
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=False, how="cancel", cause=cause)
    assert network.take(PHONE, LegRejected).status == status


@pytest.mark.rfc("3261", "8.1.1.5")
@pytest.mark.rfc("3261", "13.2.1")
@pytest.mark.rfc("3261", "8.1.1.8")
@pytest.mark.rfc("3261", "8.1.1.6")
@pytest.mark.rfc("3261", "8.1.1.3")
@pytest.mark.rfc("3261", "8.1.1.2")
@pytest.mark.rfc("3261", "8.1.1")
def test_the_invite_is_literally_this() -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place(asserted_uri="sip:+441632960001@example.test"))
    lines = bytes(network.log[0][2]).decode().split("\r\n")
    assert lines == [
        "INVITE sip:200@10.0.0.1 SIP/2.0",
        lines[1],
        "Max-Forwards: 70",
        lines[3],
        "To: <sip:200@10.0.0.1>",
        lines[5],
        "CSeq: 1 INVITE",
        "Contact: <sip:pbx@10.0.0.2:5060>",
        f"Allow: {ALLOW}",
        f"Supported: {SUPPORTED}",
        "User-Agent: phone",
        "P-Asserted-Identity: <sip:+441632960001@example.test>",
        "Content-Type: application/sdp",
        "Session-Expires: 1800",
        f"Content-Length: {len(OFFER)}",
        "",
        *OFFER.decode().split("\r\n"),
    ]
    assert lines[1].startswith("Via: SIP/2.0/UDP 10.0.0.2:5060;rport;branch=z9hG4bK")
    assert lines[3].startswith('From: "Alice" <sip:alice@example.test>;tag=')
    assert len(lines[5].removeprefix("Call-ID: ")) == 32


@pytest.mark.parametrize("octets", [b"", b"\0" * 40, b"INVITE", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 9000])
def test_rubbish_is_dropped_in_silence(octets: bytes) -> None:
    network = two()
    assert network.inject(PBX, PacketReceived(octets=octets, remote=Remote("udp", "10.9.9.9", 1))) == []


def test_a_malformed_request_gets_400_with_its_own_headers() -> None:
    network = two()
    octets = (
        b"INVITE sip:200@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKx;rport\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <broken\r\nContent-Length: 0\r\n\r\n"
    )
    remote = Remote("udp", "10.0.0.9", 9)
    (output,) = network.inject(PBX, PacketReceived(octets=octets, remote=remote))
    assert isinstance(output, SendPacket)
    assert output.octets.startswith(b"SIP/2.0 400 ")
    assert b";rport=9" in output.octets and b"received=10.0.0.9" in output.octets


def test_the_second_leg_shows_nothing_of_the_first() -> None:
    """Topology hiding: a B2BUA's two legs share no identifier and no address."""
    carrier, callee = Address("192.0.2.9", 5060), Address("10.0.0.3", 5060)
    network = Network(open_settings(PBX), open_settings(carrier), open_settings(callee))
    network.order(carrier, place())
    network.run(0.05)
    offered = network.take(PBX, CallOffered)
    network.order(PBX, place(to=callee, from_uri="sip:100@10.0.0.1", offer=ANSWER))
    network.run(0.05)
    network.order(callee, Answer(leg=network.take(callee, CallOffered).leg, answer=ANSWER))
    network.run(0.05)
    inbound = network.sent(carrier, "INVITE")[0]
    secrets = [inbound.call_id, inbound.from_.tag or "?", inbound.top_via.branch or "?", carrier.host]
    outbound = b"".join(
        bytes(one) for _, at, one in network.log if at in (PBX,) and one.call_id != inbound.call_id
    )
    assert outbound
    assert not [secret for secret in secrets if secret.encode() in outbound]
    assert offered.sip_call_id == inbound.call_id


def test_credentials_are_not_given_to_a_foreign_realm() -> None:
    network = Network(open_settings(PHONE))
    network.order(PHONE, place(to=FOREIGN, credentials=ALICE))
    invite = network.log[0][2]
    head = "\r\n".join(
        f"{name}: {value}" for name, value in invite.headers if name in ("Via", "From", "Call-ID", "CSeq")
    )
    challenge = (
        f"SIP/2.0 401 Unauthorized\r\n{head}\r\nTo: <sip:200@10.0.0.7>;tag=z\r\n"
        'WWW-Authenticate: Digest realm="evil.test", nonce="n", algorithm=MD5, qop="auth"\r\n'
        "Content-Length: 0\r\n\r\n"
    )
    network.inject(
        PHONE, PacketReceived(octets=challenge.encode(), remote=Remote("udp", FOREIGN.host, FOREIGN.port))
    )
    assert network.take(PHONE, LegRejected).status == 401
    assert network.flow() == ["10.0.0.2: INVITE", "10.0.0.2: ACK"]


def corpus() -> list[bytes]:
    """Every message of an answered call."""
    network = two()
    answered(network)
    network.order(PHONE, HangUp(leg=LEG))
    network.run(1)
    return [bytes(message) for _, _, message in network.log]


PIECES = (
    b"\r\n",
    b";",
    b",",
    b"<",
    b'"',
    b"\0",
    b"\xff",
    b"-1",
    b"9" * 20,
    b"Require: x\r\n",
    b"Contact: *\r\n",
)


@settings(max_examples=150)
@given(
    seed=st.sampled_from(corpus()),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES)), max_size=4),
)
def test_no_packet_raises(seed: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    octets = seed
    for place_in, n_cut, piece in edits:
        at = int(place_in * len(octets))
        octets = octets[:at] + piece + octets[at + n_cut :]
    network = two()
    network.order(PHONE, place())
    for to in (PBX, PHONE):
        network.inject(to, PacketReceived(octets=octets, remote=Remote("udp", PHONE.host, PHONE.port)))
    network.run(100)


def test_a_confirmed_call_survives_its_connection() -> None:
    network = two()
    leg = answered(network, "tcp")
    network.inject(PBX, TransportFailed(remote=Remote("tcp", PHONE.host, PHONE.port)))
    assert not network.events[PBX]
    network.order(PBX, HangUp(leg=leg))
    network.run(0.1)
    assert network.take(PHONE, LegEnded).how == "bye"
