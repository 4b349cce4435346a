"""The peer is told by UPDATE where its Allow names it, else by re-INVITE with unchanged SDP."""

import pytest

from pbx.core.ids import LegId
from pbx.sip.effects import HangUp, TellIdentity
from pbx.sip.events import ReinviteAnswered
from tests.sip.conftest import ANSWER, PBX, Network
from tests.sip.transfer.conftest import answered

TOLD = '"Carl" <sip:1002@example.test>'


def order(leg: LegId) -> TellIdentity:
    return TellIdentity(leg=leg, uri="sip:1002@example.test", display="Ca\u200brl")


@pytest.mark.rfc("3311", "5.1")
@pytest.mark.rfc("4916", "4.3")
@pytest.mark.requirement("SIP-27")
def test_by_update_without_sdp() -> None:
    network, leg = answered()
    network.order(PBX, order(leg))
    network.run(0.1)
    (update,) = network.sent(PBX, "UPDATE")
    assert (update.headers.get("P-Asserted-Identity"), update.body) == (TOLD, b"")
    assert not network.events[PBX]
    assert not network.sent(PBX, "INVITE")


def deaf(network: Network, leg: LegId) -> None:
    """The phone's Allow has no UPDATE."""
    session = network.endpoints[PBX]._stack.legs[leg]
    assert session.dialog is not None
    session.dialog.peer_methods = frozenset({"INVITE", "ACK", "BYE"})


@pytest.mark.rfc("3261", "14.1")
@pytest.mark.requirement("SIP-27")
def test_by_reinvite_with_unchanged_sdp() -> None:
    network, leg = answered()
    deaf(network, leg)
    network.order(PBX, order(leg))
    (invite,) = network.sent(PBX, "INVITE")
    assert (invite.headers.get("P-Asserted-Identity"), invite.body) == (TOLD, ANSWER)
    assert not [event for event in network.events[PBX] if isinstance(event, ReinviteAnswered)]


def test_nobody_is_told_after_the_end() -> None:
    network, leg = answered()
    network.order(PBX, HangUp(leg=leg), order(leg))
    assert not network.sent(PBX, "UPDATE") + network.sent(PBX, "INVITE")
