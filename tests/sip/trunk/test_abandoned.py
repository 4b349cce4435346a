"""What still comes of an INVITE whose target was too slow."""

import pytest

from pbx.core.address import Remote
from pbx.core.ids import SeededIds
from pbx.sip.events import SendPacket
from pbx.sip.message import Headers, Request
from pbx.sip.responses import response_to
from pbx.sip.stack import Stack
from pbx.sip.trunk.abandoned import AbandonedInvite
from tests.sip.conftest import PBX, open_settings

REMOTE = Remote("udp", "192.0.2.1", 5060)


def after(*statuses: int) -> list[str]:
    """Return the methods that are sent when these responses arrive."""
    stack = Stack(open_settings(PBX), SeededIds(), b"k" * 32)
    headers = Headers()
    for name, value in (
        ("Via", stack.via(REMOTE)),
        ("From", "<sip:pbx@10.0.0.1>;tag=f"),
        ("To", "<sip:200@192.0.2.1>"),
        ("Call-ID", "c"),
        ("CSeq", "1 INVITE"),
        ("Max-Forwards", "70"),
    ):
        headers.add(name, value)
    invite = Request("INVITE", "sip:200@192.0.2.1", headers)
    abandoned = AbandonedInvite(stack, REMOTE)
    for status in statuses:
        response = response_to(invite, status, source=REMOTE, to_tag="t")
        abandoned.on_response(invite, response, 0.0)
    return [str(one.octets.split(b" ", 1)[0], "ascii") for one in stack.out if isinstance(one, SendPacket)]


@pytest.mark.rfc("3261", "9.1")
def test_a_late_provisional_response_is_cancelled_once() -> None:
    assert after(180, 183) == ["CANCEL"]


@pytest.mark.rfc("3261", "13.2.2.4")
def test_a_late_success_is_acknowledged_each_time_and_ended_once() -> None:
    assert after(200, 200) == ["ACK", "BYE", "ACK"]


def test_a_late_failure_needs_nothing() -> None:
    assert after(408) == after(487) == []
