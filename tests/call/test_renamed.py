"""A carrier that tells inside the dialog who speaks now: when it is believed, and what ends by it."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import CheckCaller
from pbx.call.events import CallerChecked
from pbx.core.ids import LegId
from pbx.media.effects import SetGate
from pbx.sip.effects import PlaceCall, TellIdentity
from pbx.sip.events import LegAnswered, LegConfirmed, LegRinging, PeerIdentified
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.stir.verdict import Status, StirVerdict
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import A, answer, end_ours, hang_up, internal, refer, talking
from tests.call.support import SUPPORT, facts, to_agents, type_date


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


def to_date(board: Board, *, verdict: StirVerdict | None = None) -> CheckCaller:
    """A caller has typed a date of birth, and the store is asked."""
    board.contacts = {"1001": (contact("1001"),)}
    board.offer(SUPPORT, verdict=verdict)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.finish_prompt()
    type_date(board)
    return board.last(CheckCaller)


def answers(board: Board, check: CheckCaller, *, matched: bool) -> None:
    customer = "c-1" if matched else ""
    board.send(CallerChecked(call=check.call, token=check.token, matched=matched, customer=customer))
    board.pass_time(1.0)


@pytest.mark.requirement("V-06")
def test_the_record_says_nothing_of_who_spoke_before(trusted: Board) -> None:
    board = trusted
    board.contacts = {"1001": (contact("1001"),)}
    to_agents(board)
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    assert (board.record.verification, board.record.customer) == ("V2", "c-1")
    says(board, A)
    assert (board.record.verification, board.record.customer) == ("", "")
    assert facts(board, "verification.revoked") == [{"level": "V2", "reason": "identity_changed"}]
    says(board, A, "01632960151")
    assert len(facts(board, "verification.revoked")) == 1


@pytest.mark.requirement("V-06")
@pytest.mark.parametrize("is_answered", [True, False])
def test_an_answer_about_who_spoke_before_verifies_nobody(trusted: Board, is_answered: bool) -> None:
    board = trusted
    check = to_date(board)
    if is_answered:
        board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    says(board, A)
    if not is_answered:
        board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    hang_up(board, A)
    end_ours(board)
    assert (board.record.verification, board.record.customer) == ("V0", "")
    assert [one["outcome"] for one in facts(board, "verification.settled")] == ["unverified"]


@pytest.mark.requirement("V-06")
@pytest.mark.parametrize(
    ("verdict", "counted"), [(None, "+441632960150"), (StirVerdict(status=Status.PASSED), None)]
)
def test_the_next_try_is_about_who_speaks_now(
    trusted: Board, verdict: StirVerdict | None, counted: str | None
) -> None:
    """The number of before was signed, that of now is not: it counts only where none has to be."""
    board = trusted
    check = to_date(board, verdict=verdict)
    assert check.number == "+447700900123"
    says(board, A)
    answers(board, check, matched=False)
    board.finish_prompt()
    type_date(board)
    second = board.last(CheckCaller)
    assert (second.token != check.token, second.number) == (True, counted)
    answers(board, second, matched=True)
    hang_up(board, A)
    end_ours(board)
    assert board.record.verification == "V2"
