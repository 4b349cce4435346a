"""From target to target: what leads on, and what the next one is sent."""

import pytest

from pbx.core.address import Remote
from pbx.core.ids import SeededIds
from pbx.sip.locate.rules import ServerName
from pbx.sip.message import Headers, Request
from pbx.sip.stack import Stack
from pbx.sip.trunk.failover import Failover
from tests.sip.conftest import PBX, open_settings
from tests.sip.locate.conftest import Seeker

FIRST, SECOND = Remote("udp", "192.0.2.1", 5060), Remote("tcp", "192.0.2.2", 5070)


def stack() -> Stack:
    return Stack(open_settings(PBX), SeededIds(), b"k" * 32)


@pytest.mark.rfc("3263", "4.3")
@pytest.mark.parametrize(
    ("status", "goes_on"), [(503, True), (408, True), (500, False), (486, False), (404, False)]
)
def test_only_silence_and_503_lead_to_the_next_target(status: int, goes_on: bool) -> None:
    failover = Failover(stack(), FIRST, (SECOND,))
    assert failover.goes_on(status, 0.0) is goes_on
    assert failover.remote == (SECOND if goes_on else FIRST)


def test_the_last_target_has_no_successor() -> None:
    failover = Failover(stack(), FIRST)
    assert not failover.goes_on(503, 0.0)


@pytest.mark.rfc("3263", "4.3")
def test_the_next_target_gets_the_same_request_with_a_new_branch() -> None:
    headers = Headers()
    for name, value in (
        ("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKold"),
        ("CSeq", "1 INVITE"),
        ("Call-ID", "c"),
    ):
        headers.add(name, value)
    failover = Failover(stack(), FIRST, (SECOND,))
    failover.goes_on(503, 0.0)
    again = failover.again(
        Request("INVITE", "sip:200@carrier.example", headers, b"sdp"), "<sip:pbx@10.0.0.1>"
    )
    assert (again.headers.get("CSeq"), again.call_id, again.body) == ("1 INVITE", "c", b"sdp")
    assert again.top_via.branch != "z9hG4bKold"
    assert str(again.top_via).startswith("SIP/2.0/TCP ")


def test_others_avoid_a_target_that_failed_until_it_answers() -> None:
    one = stack()
    Failover(one, FIRST, ()).goes_on(408, 0.0)
    seeker = Seeker()
    one.locator.find(ServerName(host=FIRST.host), seeker, 1.0)
    assert seeker.targets == (FIRST,)  # the only one there is
    assert not Failover(one, FIRST).goes_on(404, 1.0)
