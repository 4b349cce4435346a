"""The called side against a peer that changes its mind, and HangUp in every state."""

from dataclasses import replace

import pytest

from pbx.core.address import Remote
from pbx.core.ids import LegId
from pbx.sip.effects import (
    AcceptReinvite,
    Answer,
    Forward,
    HangUp,
    Progress,
    RefuseReinvite,
    Reject,
    Ring,
    SipEffect,
)
from pbx.sip.events import CallOffered, LegEnded, LegRejected, LegRinging, PacketReceived, TransportFailed
from pbx.sip.message import Response
from pbx.sip.reliability import Reliable
from tests.sip.conftest import ANSWER, PBX, PHONE, Network, open_settings, place

SOURCE = Remote("udp", PHONE.host, PHONE.port)


def offered(reliable: Reliable = "supported") -> tuple[Network, LegId]:
    network = Network(replace(open_settings(PBX), reliable=reliable), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    return network, network.take(PBX, CallOffered).leg


def orders(leg: LegId) -> dict[str, list[SipEffect]]:
    return {
        "offered": [],
        "ringing": [Ring(leg=leg)],
        "early media": [Progress(leg=leg, answer=ANSWER)],
        "answered": [Answer(leg=leg, answer=ANSWER)],
        "rejected": [Reject(leg=leg, status=404)],
        "hung up": [HangUp(leg=leg)],
    }


@pytest.mark.parametrize("wait_s", [0.0, 0.005, 0.015, 0.05])
@pytest.mark.parametrize("state", ["offered", "ringing", "early media", "answered", "rejected", "hung up"])
def test_hang_up_in_every_state_leaves_nothing(state: str, wait_s: float) -> None:
    network, leg = offered()
    network.order(PBX, *orders(leg)[state])
    network.run(wait_s)
    network.order(PBX, HangUp(leg=leg), HangUp(leg=leg))
    network.run(100)
    ends = [event for event in network.events[PBX] if isinstance(event, LegEnded)]
    assert len(ends) == (0 if state == "rejected" else 1)
    assert network.events[PBX][-1:] == ends[-1:]
    assert [(one.n_legs, one.n_transactions, one.deadline) for one in network.endpoints.values()] == [
        (0, 0, None)
    ] * 2


def test_orders_after_the_end_do_nothing() -> None:
    network, leg = offered()
    network.order(PBX, HangUp(leg=leg))
    n_sent = len(network.log)
    late = [order for group in orders(leg).values() for order in group]
    network.order(PBX, *late, AcceptReinvite(leg=leg, answer=b""), RefuseReinvite(leg=leg, status=488))
    assert len(network.log) == n_sent


def bye(network: Network) -> PacketReceived:
    """The caller's BYE in the early dialog."""
    invite, ringing = network.sent(PHONE, "INVITE")[0], network.sent(PBX, "180")[0]
    text = (
        "BYE sip:pbx@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKbye\r\n"
        f"From: {invite.headers.get('From')}\r\nTo: {ringing.headers.get('To')}\r\n"
        f"Call-ID: {invite.call_id}\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n"
    )
    return PacketReceived(octets=text.encode(), remote=SOURCE)


@pytest.mark.rfc("3261", "15")
@pytest.mark.rfc("3261", "15.1.2")
def test_a_bye_in_the_early_dialog_ends_the_invite_with_487() -> None:
    network, leg = offered()
    network.order(PBX, Ring(leg=leg))
    network.inject(PBX, bye(network))
    assert network.flow()[-2:] == ["10.0.0.1: 200", "10.0.0.1: 487"]
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=True, how="bye")


def test_a_dead_transport_ends_an_offered_leg() -> None:
    network, leg = offered()
    network.inject(PBX, TransportFailed(remote=SOURCE))
    assert network.take(PBX, LegEnded) == LegEnded(leg=leg, by_peer=True, how="transport")
    assert network.endpoints[PBX].n_legs == 0


@pytest.mark.rfc("3261", "8.2.6.2")
@pytest.mark.rfc("3261", "12.1.1")
def test_provisional_and_final_responses_carry_one_tag_and_our_contact() -> None:
    network, leg = offered("never")
    network.order(PBX, Ring(leg=leg), Progress(leg=leg, answer=ANSWER), Answer(leg=leg, answer=ANSWER))
    responses = [network.sent(PBX, status)[0] for status in ("180", "183", "200")]
    assert len({one.to.tag for one in responses}) == 1
    assert {one.contacts[0].uri for one in responses} == {"sip:pbx@10.0.0.1:5060"}
    assert [one.body for one in responses] == [b"", ANSWER, ANSWER]
    assert len(responses[0].to.tag or "") * 4 >= 64


@pytest.mark.rfc("3261", "20.43")
def test_a_refusal_says_why_in_a_warning() -> None:
    network, leg = offered()
    network.order(PBX, Reject(leg=leg, status=503, reason="Not Now", warning='it is "full"\r\nX-Evil: 1'))
    refused = network.sent(PBX, "503")[0]
    assert isinstance(refused, Response) and refused.reason == "Not Now"
    assert refused.headers.get_all("Warning") == ["399 10.0.0.1:5060 \"it is 'full'X-Evil: 1\""]


@pytest.mark.rfc("3261", "21.1.3")
def test_a_call_that_goes_on_and_one_that_the_caller_may_try_elsewhere() -> None:
    network, leg = offered()
    network.order(PBX, Forward(leg=leg, fields=(("Diversion", "<sip:x@y.example>"),)))
    network.run(0.05)
    assert network.take(PHONE, LegRinging).status == 181
    assert network.sent(PBX, "181")[0].headers.get("Diversion") == "<sip:x@y.example>"
    network.order(PBX, Reject(leg=leg, status=302, contacts=("sip:300@elsewhere.example",)))
    network.run(0.05)
    rejected = network.take(PHONE, LegRejected)
    assert (rejected.status, rejected.contacts) == (302, ("sip:300@elsewhere.example",))
