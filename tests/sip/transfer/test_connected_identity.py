"""The peer is told by UPDATE where its Allow names it, else by re-INVITE with unchanged SDP."""

import pytest

from pbx.core.ids import LegId
from pbx.sip.effects import HangUp, TellIdentity
from pbx.sip.events import ReinviteAnswered
from tests.sip.conftest import ANSWER, PBX, PHONE, Network
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


def supporting(network: Network, leg: LegId) -> None:
    """The phone's Supported has `from-change`."""
    session = network.endpoints[PBX]._stack.legs[leg]
    assert session.dialog is not None
    session.dialog.takes_from_change = True


@pytest.mark.rfc("4916", "4.3")
@pytest.mark.rfc("4916", "4.6")
@pytest.mark.requirement("SIP-27")
def test_the_from_changes_for_a_peer_that_takes_it_and_stays_so() -> None:
    network, leg = answered()
    supporting(network, leg)
    tag = network.sent(PBX, "200")[0].to.tag
    network.order(PBX, order(leg))
    network.run(0.1)
    (update,) = network.sent(PBX, "UPDATE")
    assert update.headers.get("From") == f"{TOLD};tag={tag}"
    assert update.headers.get("P-Asserted-Identity") == TOLD
    network.order(PBX, HangUp(leg=leg))
    network.run(0.1)
    (bye,) = network.sent(PBX, "BYE")
    assert bye.headers.get("From") == f"{TOLD};tag={tag}"
    assert network.sent(PHONE, "200")[-1].cseq.method == "BYE", "the phone knows the dialog by its tags"


@pytest.mark.rfc("4916", "4.3")
def test_the_from_stays_for_a_peer_that_does_not_say_that_it_takes_it() -> None:
    network, leg = answered()
    session = network.endpoints[PBX]._stack.legs[leg]
    assert session.dialog is not None
    session.dialog.takes_from_change = False
    before = network.sent(PBX, "200")[0].headers.get("To")
    network.order(PBX, order(leg))
    (update,) = network.sent(PBX, "UPDATE")
    assert update.headers.get("From") == before
