"""A leg after its dialog is confirmed: ACKs, the 2xx, BYEs, the end that comes once."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.core.errors import MisuseError
from pbx.core.ids import LegId, SeededIds
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, Reinvite
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    PacketReceived,
    ReinviteOffered,
    TransportFailed,
)
from pbx.sip.invite_session import InviteSession, sdp_of
from pbx.sip.message import Headers, Message, Request, Response
from pbx.sip.repeat_credit import FIRST
from pbx.sip.stack import Stack
from tests.sip.conftest import ANSWER, LEG, OFFER, PBX, PHONE, Network, open_settings, place

CALLER = Remote("udp", PHONE.host, PHONE.port)


def answered(*, lost_acks: bool = False) -> tuple[Network, LegId]:
    """A call that PHONE placed and PBX answered; its ACK may be lost."""
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.lost = lambda message: lost_acks and message.start_line.startswith("ACK")
    network.order(PHONE, place())
    network.run(0.05)
    leg = network.take(PBX, CallOffered).leg
    network.order(PBX, Answer(leg=leg, answer=ANSWER))
    network.run(0.05)
    assert network.take(PHONE, LegAnswered).answer == ANSWER
    return network, leg


def confirmed() -> tuple[Network, LegId]:
    network, leg = answered()
    assert network.take(PBX, LegConfirmed) == LegConfirmed(leg=leg)
    return network, leg


def copy(message: Message) -> PacketReceived:
    return PacketReceived(octets=bytes(message), remote=CALLER)


def leftovers(network: Network) -> list[tuple[int, int, float | None]]:
    return [(one.n_legs, one.n_transactions, one.deadline) for one in network.endpoints.values()]


@pytest.mark.requirement("S-16")
def test_an_address_that_never_acknowledges_hears_a_bounded_number_of_answers() -> None:
    """Six calls would be 66 times the 200, and as many BYEs."""
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.lost = lambda message: message.start_line.split()[0] in ("ACK", "BYE")
    for number in range(6):
        network.order(PHONE, replace(place(), leg=LegId(f"forged{number}")))
    network.run(0.05)
    for _ in range(6):
        network.order(PBX, Answer(leg=network.take(PBX, CallOffered).leg, answer=ANSWER))
    network.run(70.0)
    assert len(network.sent(PBX, "200")) == 6 + FIRST
    assert len(network.sent(PBX, "BYE")) == 6
    assert [network.take(PBX, LegEnded).how for _ in range(6)] == ["no_ack"] * 6
    assert network.endpoints[PBX].n_legs == 0


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (OFFER, "application/sdp", OFFER),
        (OFFER, "Application/SDP; charset=utf-8", OFFER),
        (b"", "application/sdp", None),
        (OFFER, "text/plain", None),
        (OFFER, None, None),
    ],
)
def test_only_a_body_that_says_so_is_sdp(
    body: bytes, content_type: str | None, expected: bytes | None
) -> None:
    headers = Headers()
    if content_type is not None:
        headers.add("Content-Type", content_type)
    assert sdp_of(Request("INVITE", "sip:a@b", headers, body)) == expected


@pytest.mark.rfc("3261", "13.3.1.4")
def test_the_200_is_repeated_until_the_ack_and_not_longer() -> None:
    network, _ = answered(lost_acks=True)
    network.run(2)
    n_repeated = len(network.sent(PBX, "200"))
    assert n_repeated >= 3
    network.lost = lambda message: False
    network.run(2)  # the phone acknowledges the next copy
    network.take(PBX, LegConfirmed)
    n_final = len(network.sent(PBX, "200"))
    network.run(60)
    assert len(network.sent(PBX, "200")) == n_final
    assert network.events[PBX] == []


def test_a_second_copy_of_the_ack_is_not_a_second_confirmation() -> None:
    network, _ = confirmed()
    (ack,) = network.sent(PHONE, "ACK")
    assert network.inject(PBX, copy(ack)) == []


def test_an_ack_of_another_number_confirms_nothing() -> None:
    network, _ = answered(lost_acks=True)
    (ack,) = network.sent(PHONE, "ACK")[:1]
    wrong = bytes(ack).replace(b"1 ACK", b"2 ACK")
    assert network.inject(PBX, PacketReceived(octets=wrong, remote=CALLER)) == []
    assert network.inject(PBX, copy(ack)) != []


@pytest.mark.rfc("3261", "15.1.1")
def test_hanging_up_before_the_ack_waits_for_it_and_gives_the_reason() -> None:
    network, leg = answered(lost_acks=True)
    network.order(PBX, HangUp(leg=leg, cause=200, text="done"))
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=False, how="bye", cause=200)
    assert network.sent(PBX, "BYE") == []
    network.lost = lambda message: False
    network.run(5)
    (bye,) = network.sent(PBX, "BYE")
    assert bye.headers.get("Reason") == 'SIP;cause=200;text="done"'
    assert network.take(PHONE, LegEnded) == LegEnded(leg=LEG, by_peer=True, how="bye", cause=200)
    network.run(70)
    assert network.events[PBX] == []
    assert leftovers(network) == [(0, 0, None)] * 2


def test_a_hang_up_that_waits_in_vain_sends_its_bye_after_all() -> None:
    network, leg = answered(lost_acks=True)
    network.order(PBX, HangUp(leg=leg, cause=487))
    network.run(33)
    assert (network.sent(PBX, "BYE")[0].headers.get("Reason") or "").startswith("SIP;cause=487")
    assert [type(event) for event in network.events[PBX]] == [LegEnded]


def test_an_end_is_told_once_when_both_hang_up() -> None:
    network, leg = confirmed()
    network.order(PBX, HangUp(leg=leg))
    network.order(PHONE, HangUp(leg=LEG))
    network.run(70)
    for at, one in ((PBX, leg), (PHONE, LEG)):
        assert network.take(at, LegEnded) == LegEnded(leg=one, by_peer=False, how="bye")
        assert network.events[at] == []
    assert leftovers(network) == [(0, 0, None)] * 2


def test_requests_after_the_end_get_481() -> None:
    network, leg = confirmed()
    network.order(PHONE, HangUp(leg=LEG))
    network.run(70)
    network.take(PBX, LegEnded)
    (bye,) = network.sent(PHONE, "BYE")
    later = bytes(bye).replace(b"z9hG4bK", b"z9hG4bKx")
    network.inject(PBX, PacketReceived(octets=later, remote=CALLER))
    assert network.flow()[-1] == "10.0.0.1: 481"
    assert network.events[PBX] == []
    network.order(PBX, HangUp(leg=leg))
    assert network.flow()[-1] == "10.0.0.1: 481"


@pytest.mark.rfc("3261", "15.1.2")
def test_our_bye_refuses_the_re_invite_that_waits_for_us() -> None:
    network, leg = confirmed()
    network.order(PHONE, Reinvite(leg=LEG, offer=OFFER))
    network.run(0.05)
    network.take(PBX, ReinviteOffered)
    n_before = len(network.log)
    network.order(PBX, HangUp(leg=leg))
    assert network.flow(n_before) == ["10.0.0.1: 487", "10.0.0.1: BYE"]
    network.run(70)
    assert leftovers(network) == [(0, 0, None)] * 2


def test_the_ack_of_a_re_invite_is_no_second_confirmation() -> None:
    network, leg = confirmed()
    network.order(PHONE, Reinvite(leg=LEG, offer=OFFER))
    network.run(0.05)
    network.take(PBX, ReinviteOffered)
    network.order(PBX, AcceptReinvite(leg=leg, answer=ANSWER))
    network.run(0.05)
    assert len(network.sent(PHONE, "ACK")) == 2
    assert network.events[PBX] == []


def test_a_lost_connection_is_not_the_end_of_a_confirmed_leg() -> None:
    network, _ = confirmed()
    network.inject(PBX, TransportFailed(remote=CALLER))
    assert network.events[PBX] == []
    assert network.endpoints[PBX].n_legs == 1


def test_a_bare_session_is_nobodys_leg() -> None:
    stack = Stack(open_settings(PBX), SeededIds(), b"k" * 32)
    session = InviteSession(stack, LEG)
    assert (session.dialogs, session.is_confirmed, session.is_waiting_for_ack) == ([], False, False)
    request = Request("BYE", "sip:a@b", Headers())
    with pytest.raises(MisuseError):
        session.on_response(request, Response(200, "OK", Headers()), 0.0)
    session.send_bye(HangUp(leg=LEG), 0.0)  # no dialog, nobody to tell
    session.tick(0.0)
    assert stack.out == []
    session.end("bye", by_peer=False)
    session.end("bye", by_peer=True)
    assert stack.out == [LegEnded(leg=LEG, by_peer=False, how="bye")]
