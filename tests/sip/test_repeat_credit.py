"""How often a response is repeated to somebody who never acknowledges (S-16)."""

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import Answer, Progress, Reject
from pbx.sip.events import CallOffered
from pbx.sip.message import Response
from pbx.sip.repeat_credit import FIRST, MAX_SOURCES, MOST, PER_ACK, RepeatCredit
from tests.sip.conftest import ANSWER, OFFER, PBX, Network, open_settings
from tests.sip.peer import Peer

CARRIER = Remote("udp", "192.0.2.9", 5060)


def spend(credit: RepeatCredit, remote: Remote = CARRIER) -> int:
    """Return how many repetitions are allowed."""
    number = 0
    while credit.take(remote) and number < 1000:
        number += 1
    return number


@pytest.mark.requirement("S-16")
def test_who_never_acknowledges_gets_twenty_in_all() -> None:
    credit = RepeatCredit()
    assert not credit.is_spent(CARRIER)
    assert spend(credit) == FIRST
    assert credit.is_spent(CARRIER)
    assert spend(credit, Remote("udp", CARRIER.host, 5999)) == 0


@pytest.mark.rfc("3261", "13.3.1.4")
def test_each_ack_earns_some_more() -> None:
    credit = RepeatCredit()
    spend(credit)
    credit.acknowledged(CARRIER)
    assert spend(credit) == PER_ACK
    for _ in range(100):
        credit.acknowledged(CARRIER)
    assert spend(credit) == MOST


def test_a_stream_cannot_be_forged_and_is_not_limited() -> None:
    credit = RepeatCredit()
    stream = Remote("tcp", CARRIER.host, 5060)
    assert spend(credit, stream) == 1000
    assert not credit.is_spent(stream)
    credit.acknowledged(stream)
    assert len(credit) == 0


def test_the_table_is_bounded() -> None:
    credit = RepeatCredit()
    for number in range(MAX_SOURCES + 1):
        credit.take(Remote("udp", f"host{number}", 5060))
    assert len(credit) == MAX_SOURCES


@pytest.mark.requirement("S-16")
@pytest.mark.parametrize("lines", [(), ("Supported: 100rel",)])
def test_all_that_is_repeated_costs_of_the_same_credit(lines: tuple[str, ...]) -> None:
    """Refusals by timer G, reliable provisional responses and 2xx, to one address."""
    network = Network(open_settings(PBX))
    peers = []
    for n in range(12):
        peer = Peer()
        peer.network = network
        head = [
            "INVITE sip:pbx@10.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKforged{n}",
            f"From: <sip:peer@10.0.0.2>;tag=f{n}",
            "To: <sip:pbx@10.0.0.1>",
            f"Call-ID: forged{n}",
            "CSeq: 1 INVITE",
            "Contact: <sip:peer@10.0.0.2>",
        ]
        peer.inject(head, lines, OFFER)
        peer.leg = network.take(PBX, CallOffered).leg
        peers.append(peer)
    for n, peer in enumerate(peers):
        if n % 3 == 0:
            network.order(PBX, Reject(leg=peer.leg, status=486))
        elif n % 3 == 1:
            network.order(PBX, Answer(leg=peer.leg, answer=ANSWER))
        else:
            network.order(PBX, Progress(leg=peer.leg, answer=ANSWER))
    network.run(40)
    sent = [one for _, one in network.addressed if isinstance(one, Response) and one.status > 100]
    firsts = {(one.call_id, one.status) for one in sent}
    assert len(sent) - len(firsts) == FIRST
