"""A carrier that tells inside the dialog who speaks now: when it is believed, and what ends by it."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.core.ids import LegId
from pbx.media.effects import SetGate
from pbx.sip.effects import PlaceCall, TellIdentity
from pbx.sip.events import LegAnswered, LegConfirmed, LegRinging, PeerIdentified
from pbx.sip.identity.profile import TrunkProfile
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, answer, end_ours, hang_up, internal, refer, talking
from tests.call.support import to_agents


def trusting(context: CallContext, *, trusted: bool = True) -> CallContext:
    profile = TrunkProfile(country="GB", trusted=trusted)
    return replace(context, trunks={"carrier": replace(context.trunks["carrier"], profile=profile)})


@pytest.fixture
def trusted() -> Board:
    """A board whose carrier is believed."""
    return Board(change=trusting)


def says(board: Board, leg: LegId, asserted: str = "01632960150", *, private: bool = False) -> None:
    board.send(PeerIdentified(leg=leg, from_user="", asserted_user=asserted, private=private))


@pytest.mark.requirement("SIP-27")
@pytest.mark.rfc("4916", "4.4")
def test_the_telephone_shows_who_speaks_now(trusted: Board) -> None:
    bob = talking(trusted)
    says(trusted, A)
    assert trusted.last(TellIdentity) == TellIdentity(
        leg=bob, uri="sip:+441632960150@acme.example", display=""
    )
    n_told = len(trusted.all(TellIdentity))
    says(trusted, A)
    assert len(trusted.all(TellIdentity)) == n_told, "it is said once"


def test_without_assertion_the_changed_from_counts(trusted: Board) -> None:
    talking(trusted)
    trusted.send(PeerIdentified(leg=A, from_user="01632960151", asserted_user=""))
    assert trusted.last(TellIdentity).uri == "sip:+441632960151@acme.example"


def test_a_private_identity_is_shown_to_nobody(trusted: Board) -> None:
    talking(trusted)
    says(trusted, A, private=True)
    assert "0150" not in trusted.last(TellIdentity).uri


@pytest.mark.requirement("SIP-27")
def test_a_carrier_that_is_not_trusted_changes_nothing() -> None:
    board = Board(change=lambda context: trusting(context, trusted=False))
    talking(board)
    says(board, A)
    assert not board.all(TellIdentity)


def test_a_telephone_is_who_proved_to_be_it(trusted: Board) -> None:
    internal(trusted)
    says(trusted, A, "1002")
    assert not trusted.all(TellIdentity)


def test_a_call_that_is_over_or_unknown(trusted: Board) -> None:
    talking(trusted)
    hang_up(trusted, A)
    says(trusted, A)
    end_ours(trusted)
    says(trusted, A)
    assert not trusted.all(TellIdentity)


@pytest.mark.requirement("C-02")
def test_somebody_new_while_it_rings_is_not_recorded_either(trusted: Board) -> None:
    board = trusted
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    agent = board.last(PlaceCall)
    says(board, A)
    says(board, A, "01632960151")
    is_open, *then = [one.open for one in board.all(SetGate) if one.leg == A]
    assert is_open and then and not any(then)
    board.send(LegAnswered(leg=agent.leg, answer=ANSWER))
    is_open, *then = [one.open for one in board.all(SetGate) if one.leg == A]
    assert is_open and then and not any(then)


@pytest.mark.requirement("SIP-27")
@pytest.mark.requirement("C-02")
def test_somebody_new_is_neither_recorded_nor_verified(trusted: Board) -> None:
    board = trusted
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    to_agents(board)
    agent = board.last(PlaceCall)
    assert agent.from_display == "Verified caller (V2)"
    board.send(LegRinging(leg=agent.leg, status=180))
    board.send(LegAnswered(leg=agent.leg, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    says(board, A)
    is_open, *then = [one.open for one in board.all(SetGate) if one.leg == A]
    assert is_open and then and not any(then)
    target = refer(board, agent.leg, "1003")
    assert board.last(PlaceCall).from_display == ""
    answer(board, target)
    assert all("Verified" not in one.display for one in board.all(TellIdentity))
    is_open, *then = [one.open for one in board.all(SetGate) if one.leg == A]
    assert is_open and then and not any(then)
