"""The client side of REFER: what it sends, and which NOTIFYs it understands."""

import pytest

from pbx.core.ids import LegId
from pbx.sip.effects import Refer
from pbx.sip.events import TransferReported
from pbx.sip.message import Request
from pbx.sip.transfer.refer_to import refer_to
from tests.sip.conftest import LEG, PBX, PHONE, place
from tests.sip.transfer.conftest import answered, confirm, status

TARGET = "sip:1003@10.0.0.1"
FRAGMENT = ("Event: refer", "Subscription-State: active", "Content-Type: message/sipfrag;version=2.0")


@pytest.mark.rfc("3515", "2.2")
def test_the_refer_has_contact_and_target() -> None:
    network, _ = answered()
    network.order(PHONE, Refer(leg=LEG, target=TARGET))
    refer = network.sent(PHONE, "REFER")[0]
    assert refer.headers.get("Refer-To") == f"<{TARGET}>"
    assert refer.headers.get("Contact") == "<sip:pbx@10.0.0.2:5060>"


def test_without_such_a_call_it_fails_at_once() -> None:
    network, _ = answered()
    network.order(PHONE, Refer(leg=LegId("nobody"), target=TARGET))
    network.order(PHONE, Refer(leg=LEG, target=TARGET, replaced=LegId("nobody")))
    assert network.events[PHONE] == [
        TransferReported(leg=LegId("nobody"), status=481),
        TransferReported(leg=LEG, status=481),
    ]


@pytest.mark.rfc("3891", "4")
def test_the_dialog_to_replace_is_named_as_its_far_end_knows_it() -> None:
    network, _ = answered()
    network.order(PHONE, place(leg=LegId("second")))
    confirm(network)
    network.order(PHONE, Refer(leg=LEG, target=TARGET, replaced=LegId("second")))
    refer = network.sent(PHONE, "REFER")[0]
    assert isinstance(refer, Request)
    named = refer_to(refer).replaces
    invite, ok = network.sent(PHONE, "INVITE")[-1], network.sent(PBX, "200")[-1]
    assert named is not None
    assert named.dialog == (invite.call_id, ok.to.tag, invite.from_.tag)


@pytest.mark.rfc("6665", "4.1.2.1")
def test_a_notify_may_come_before_the_answer_to_the_refer() -> None:
    network, leg = answered()
    network.order(PBX, Refer(leg=leg, target=TARGET))
    assert status(network, "NOTIFY", *FRAGMENT, body=b"SIP/2.0 100 Trying\r\n") == "200"
    assert network.events[PBX] == [TransferReported(leg=leg, status=100)]


@pytest.mark.rfc("6665", "4.1.3")
@pytest.mark.parametrize(
    ("lines", "body", "expected"),
    [
        (FRAGMENT, b"SIP/2.0 180 Ringing\r\n", "200"),
        (FRAGMENT, b"nonsense", "400"),
        (("Event: refer", "Content-Type: text/plain"), b"SIP/2.0 200 OK", "400"),
        (("Event: presence",), b"", "489"),
        ((), b"", "489"),
    ],
)
def test_notifications(lines: tuple[str, ...], body: bytes, expected: str) -> None:
    network, leg = answered()
    assert status(network, "NOTIFY", *lines, body=body) == expected
    told = [TransferReported(leg=leg, status=180)] if expected == "200" else []
    assert network.events[PBX] == told
