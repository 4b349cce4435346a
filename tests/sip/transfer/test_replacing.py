"""INVITE with Replaces at the door: each case of RFC 3891 §3."""

import pytest

from pbx.core.errors import ParseError, PeerViolation
from pbx.core.ids import LegId
from pbx.sip.dialog import Dialog
from pbx.sip.effects import HangUp, Ring
from pbx.sip.events import CallOffered
from pbx.sip.message import Headers, Request
from pbx.sip.stack import Stack
from pbx.sip.transfer.replacing import replaced_leg
from tests.sip.conftest import LEG, PBX, PHONE, Network, open_settings, place
from tests.sip.transfer.conftest import answered


def invite(*values: str) -> Request:
    headers = Headers()
    for value in values:
        headers.add("Replaces", value)
    return Request("INVITE", "sip:x@example.test", headers)


def named(dialog: Dialog, more: str = "") -> str:
    return f"{dialog.call_id};to-tag={dialog.local_tag};from-tag={dialog.remote_tag}{more}"


def status(stack: Stack, *values: str) -> int:
    with pytest.raises((ParseError, PeerViolation)) as caught:
        replaced_leg(stack, invite(*values))
    return int(caught.value.status)


def dialog_of(network: Network, leg: LegId) -> tuple[Stack, Dialog]:
    stack = network.endpoints[PBX]._stack
    return stack, stack.legs[leg].dialogs[0]


@pytest.mark.rfc("3891", "3")
def test_an_answered_dialog() -> None:
    network, leg = answered()
    stack, dialog = dialog_of(network, leg)
    assert replaced_leg(stack, invite()) is None
    assert replaced_leg(stack, invite(named(dialog))) == leg
    assert status(stack, named(dialog, ";early-only")) == 486
    assert status(stack, named(dialog), named(dialog)) == 400
    assert status(stack, "nonsense") == 400
    assert status(stack, f"{dialog.call_id};to-tag=1;from-tag=2") == 481
    network.order(PBX, HangUp(leg=leg))
    assert status(stack, named(dialog)) == 603


@pytest.mark.rfc("3891", "3")
def test_an_early_dialog_that_the_peer_began_is_none() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PHONE, place())
    network.run(0.05)
    stack = network.endpoints[PBX]._stack
    (leg,) = stack.legs
    assert status(stack, named(stack.legs[leg].dialogs[0])) == 481


@pytest.mark.rfc("3891", "3")
def test_an_early_dialog_that_we_began_can_be_taken() -> None:
    network = Network(open_settings(PBX), open_settings(PHONE))
    network.order(PBX, place(PHONE))
    network.run(0.05)
    network.order(PHONE, Ring(leg=network.take(PHONE, CallOffered).leg))
    network.run(0.05)
    stack, dialog = dialog_of(network, LEG)
    assert replaced_leg(stack, invite(named(dialog, ";early-only"))) == LEG
