"""A re-INVITE whose answer is awaited for long: it may be cancelled, or answered late (RFC 3261 §14.2)."""

import pytest

from pbx.core.address import Remote
from pbx.sip.effects import AcceptReinvite, Reinvite
from pbx.sip.events import PacketReceived, ReinviteAnswered, ReinviteOffered
from pbx.sip.withdrawn import ReinviteWithdrawn
from tests.sip.conftest import ANSWER, LEG, PBX, PHONE
from tests.sip.test_reinvite import HOLD, answered


@pytest.mark.rfc("3261", "9.2")
def test_a_cancel_is_told_once() -> None:
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(0.05)
    network.take(PBX, ReinviteOffered)
    (_, invite) = network.sent(PHONE, "INVITE")
    cancel = "\r\n".join(
        [
            "CANCEL sip:pbx@10.0.0.1 SIP/2.0",
            f"Via: {invite.headers.get('Via')}",
            f"From: {invite.headers.get('From')}",
            f"To: {invite.headers.get('To')}",
            f"Call-ID: {invite.call_id}",
            f"CSeq: {invite.cseq.number} CANCEL",
            "Content-Length: 0",
            "\r\n",
        ]
    )
    packet = PacketReceived(octets=cancel.encode(), remote=Remote("udp", PHONE.host, PHONE.port))
    for _ in range(2):
        network.inject(PBX, packet)
    assert network.take(PBX, ReinviteWithdrawn) == ReinviteWithdrawn(leg=leg)
    assert not network.events[PBX]


def test_the_answer_may_take_ten_seconds() -> None:
    network, leg = answered()
    network.order(PHONE, Reinvite(leg=LEG, offer=HOLD))
    network.run(10)
    network.take(PBX, ReinviteOffered)
    assert len(network.sent(PHONE, "INVITE")) == 2, "the 100 stops its repetition"
    network.order(PBX, AcceptReinvite(leg=leg, answer=ANSWER))
    network.run(0.05)
    assert network.take(PHONE, ReinviteAnswered).answer == ANSWER
