"""A secret entry begins and ends by itself: nobody has to remember it, and none is for ever."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.secret_entry import MAX_STUCK_S, SecretEntry
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.ivr import steps
from pbx.media.dialogue import SecureEntry
from pbx.media.effects import SetSecure
from pbx.media.events import DigitReceived
from pbx.sip.events import LegConfirmed
from tests.call.conftest import Board
from tests.call.parties import A, hang_up
from tests.call.support import SUPPORT, facts

pytestmark = pytest.mark.requirement("R-20")
LEG = LegId("leg-1")
NOW = 1000.0
ON, OFF = SetSecure(leg=LEG, on=True), SetSecure(leg=LEG, on=False)
MUTED, HEARD = SetSecure(leg=A, on=True), SetSecure(leg=A, on=False)
OVERDUE = "recording.secret_overdue"


def begun() -> SecretEntry:
    one = SecretEntry(LEG)
    one.perform(SecureEntry(on=True), NOW)
    return one


@pytest.mark.parametrize("on", [True, False])
def test_the_dialogue_begins_and_ends_it(on: bool) -> None:
    assert SecretEntry(LEG).perform(SecureEntry(on=on), NOW) == [SetSecure(leg=LEG, on=on)]


def test_another_worker_is_told_of_it() -> None:
    one = begun()
    assert one.secured() == [ON]
    one.perform(SecureEntry(on=False), NOW)
    assert one.secured() == SecretEntry(LEG).secured() == []


def test_it_ends_when_somebody_else_has_the_caller() -> None:
    one = begun()
    assert one.leave() == [OFF]
    assert one.leave() == []
    assert one.deadline is None


def test_it_is_stuck_after_five_minutes_of_nothing() -> None:
    one = begun()
    assert MAX_STUCK_S == 300
    assert one.deadline == NOW + MAX_STUCK_S
    assert not one.overdue(NOW + MAX_STUCK_S - 0.001)
    assert one.overdue(NOW + MAX_STUCK_S)


def test_a_key_or_a_prompt_shows_that_it_goes_on() -> None:
    one = begun()
    one.goes_on(NOW + 200)
    assert not one.overdue(NOW + MAX_STUCK_S)
    assert one.overdue(NOW + 200 + MAX_STUCK_S)


def test_what_is_no_secret_is_never_overdue() -> None:
    one = SecretEntry(LEG)
    one.goes_on(NOW)
    assert one.deadline is None
    assert not one.overdue(NOW + 1e6)


@pytest.fixture
def asked() -> Board:
    """The caller is being asked for a secret number, and the question has not ended yet."""
    entry = steps.Collect(
        text="Please enter your number.",
        variable="number",
        min_digits=4,
        max_digits=4,
        next="end",
        fallback="end",
        invalid_text="Again.",
        attempts=2,
        first_digit_timeout_s=5.0,
    )
    end = steps.Echo(text="")
    flow = steps.FlowPlan(name="support", start="entry", steps={"entry": entry, "end": end})

    def change(context: CallContext) -> CallContext:
        return replace(context, flows={**context.flows, "support": flow})

    board = Board(change=change)
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    return board


def press(board: Board, keys: str) -> None:
    for key in keys:
        board.pass_time(0.5)
        board.send(DigitReceived(leg=A, digit=Secret(key), duration_ms=80))


def test_a_stuck_dialogue_mutes_nobody_for_ever(asked: Board) -> None:
    """The end of the question is never told, as if whoever plays it had forgotten it."""
    asked.pass_time(MAX_STUCK_S - 1.0)
    assert asked.all(SetSecure) == [MUTED]
    assert facts(asked, OVERDUE) == []
    asked.pass_time(1.0)
    assert asked.all(SetSecure) == [MUTED, HEARD]
    assert len(facts(asked, OVERDUE)) == 1
    asked.pass_time(MAX_STUCK_S)
    assert len(facts(asked, OVERDUE)) == 1


def test_a_caller_who_types_or_is_asked_anew_is_not_stuck(asked: Board) -> None:
    """Each wait is as long as one may be; together they are longer than five minutes."""
    asked.pass_time(MAX_STUCK_S - 1.0)
    press(asked, "1")
    asked.pass_time(5.0)  # too few keys: he is asked again
    asked.pass_time(MAX_STUCK_S - 5.0)
    assert asked.all(SetSecure) == [MUTED]
    press(asked, "1234")
    assert asked.all(SetSecure) == [MUTED, HEARD]
    assert facts(asked, OVERDUE) == []


def test_attempts_in_vain_end_it(asked: Board) -> None:
    for _ in range(2):
        assert asked.all(SetSecure) == [MUTED]
        asked.finish_prompt()
        asked.pass_time(5.0)
    assert asked.all(SetSecure) == [MUTED, HEARD]


def test_the_end_of_the_call_ends_it(asked: Board) -> None:
    """The port closes, and needs no order."""
    hang_up(asked, A)
    asked.pass_time(MAX_STUCK_S)
    assert asked.all(SetSecure) == [MUTED]
    assert facts(asked, OVERDUE) == []
