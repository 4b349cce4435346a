"""An agent of queues: every state and every event; nobody sticks (ACD-04, ACD-06, ACD-07)."""

from collections.abc import Callable
from typing import get_args

import pytest

from pbx.core.ids import CallId
from pbx.services.agent import (
    LEASE_S,
    MISSED,
    Agent,
    AgentEvent,
    AgentState,
    LogIn,
    LogOut,
    Missed,
    Offer,
    Passed,
    Pause,
    Resume,
    TalkOver,
    Won,
)

pytestmark = pytest.mark.requirement("ACD-04")
MINE, OTHER = CallId("mine"), CallId("other")
OUT, READY, PAUSED = AgentState.LOGGED_OUT, AgentState.READY, AgentState.PAUSED
OFFERED, BUSY, WRAP_UP = AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP
OFFER = Offer(call=MINE, ring_s=20.0)


def made(*events: AgentEvent) -> Agent:
    agent = Agent(is_in=True, now=0.0)
    for event in events:
        agent.handle(event, 0.0)
    return agent


BEGIN: dict[AgentState, Callable[[], Agent]] = {
    OUT: lambda: made(LogOut()),
    READY: made,
    PAUSED: lambda: made(Pause(reason="lunch")),
    OFFERED: lambda: made(OFFER),
    BUSY: lambda: made(OFFER, Won(call=MINE)),
    WRAP_UP: lambda: made(OFFER, Won(call=MINE), TalkOver(call=MINE, wrap_up_s=10.0)),
}
EVENTS: tuple[AgentEvent, ...] = (
    LogIn(),
    LogOut(),
    Pause(),
    Resume(),
    OFFER,
    Won(call=MINE),
    Missed(call=MINE, limit=3, rest_s=0.0),
    Passed(call=MINE),
    TalkOver(call=MINE, wrap_up_s=10.0),
)
# What becomes of each state by each of EVENTS; what an agent says while he has a call counts afterwards.
TABLE: dict[AgentState, tuple[AgentState, ...]] = {
    OUT: (READY, OUT, OUT, OUT, OUT, BUSY, OUT, OUT, OUT),
    READY: (READY, OUT, PAUSED, READY, OFFERED, BUSY, READY, READY, READY),
    PAUSED: (READY, OUT, PAUSED, READY, PAUSED, BUSY, PAUSED, PAUSED, PAUSED),
    OFFERED: (OFFERED, OFFERED, OFFERED, OFFERED, OFFERED, BUSY, READY, READY, OFFERED),
    BUSY: (BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, WRAP_UP),
    WRAP_UP: (WRAP_UP, WRAP_UP, WRAP_UP, READY, WRAP_UP, WRAP_UP, WRAP_UP, WRAP_UP, WRAP_UP),
}


def test_the_table_has_every_state_and_every_event() -> None:
    assert set(TABLE) == set(AgentState)
    assert [type(event) for event in EVENTS] == list(get_args(AgentEvent))


@pytest.mark.parametrize("state", TABLE)
def test_every_event_in_every_state(state: AgentState) -> None:
    reached = []
    for event in EVENTS:
        agent = BEGIN[state]()
        assert agent.state is state
        agent.handle(event, 1.0)
        reached.append(agent.state)
    assert tuple(reached) == TABLE[state]


@pytest.mark.parametrize("state", [OFFERED, BUSY])
def test_what_is_of_another_call_changes_nothing(state: AgentState) -> None:
    for event in (
        Missed(call=OTHER, limit=1, rest_s=0.0),
        Passed(call=OTHER),
        TalkOver(call=OTHER, wrap_up_s=1.0),
    ):
        agent = BEGIN[state]()
        agent.handle(event, 1.0)
        assert agent.state is state


@pytest.mark.requirement("ACD-07")
def test_a_pause_and_a_logout_in_a_talk_count_after_it() -> None:
    for wish, after in ((Pause(reason="lunch"), PAUSED), (LogOut(), OUT)):
        agent = BEGIN[BUSY]()
        assert agent.handle(wish, 1.0)
        agent.handle(TalkOver(call=MINE, wrap_up_s=10.0), 2.0)
        assert agent.state is WRAP_UP
        assert not agent.tick(11.9)
        assert agent.tick(12.0)
        assert agent.state is after


def test_an_offer_that_nobody_ends_is_over_with_its_lease() -> None:
    agent = BEGIN[OFFERED]()
    assert agent.deadline == 20.0 + LEASE_S
    assert not agent.tick(20.0 + LEASE_S - 0.1)
    assert agent.tick(20.0 + LEASE_S)
    assert (agent.state, agent.call) == (READY, None)


def test_a_talk_has_no_deadline_for_it_ends_with_its_call() -> None:
    assert BEGIN[BUSY]().deadline is None


@pytest.mark.requirement("ACD-06")
def test_so_many_missed_calls_in_a_row_pause_him() -> None:
    agent = made()
    for n in range(3):
        agent.handle(OFFER, float(n))
        assert agent.handle(Missed(call=MINE, limit=3, rest_s=0.0), float(n)) is (n == 2)
    assert (agent.state, agent.pause) == (PAUSED, MISSED)
    assert agent.handle(Resume(), 9.0)
    assert (agent.state, agent.misses) == (READY, 0)


@pytest.mark.requirement("ACD-06")
def test_an_answered_call_begins_the_count_anew_and_zero_never_pauses() -> None:
    agent = made(OFFER, Missed(call=MINE, limit=2, rest_s=0.0), OFFER, Won(call=MINE))
    assert agent.misses == 0
    never = made()
    for _ in range(50):
        never.handle(OFFER, 0.0)
        never.handle(Missed(call=MINE, limit=0, rest_s=0.0), 0.0)
    assert never.state is READY


def test_he_rests_after_a_missed_call_unless_he_says_that_he_is_back() -> None:
    agent = made(OFFER, Missed(call=MINE, limit=3, rest_s=5.0))
    assert not agent.is_free(4.9) and agent.deadline == 5.0
    assert agent.is_free(5.0)
    assert agent.tick(5.0) and agent.deadline is None
    back = made(OFFER, Missed(call=MINE, limit=3, rest_s=5.0), Resume())
    assert back.is_free(0.1)


def test_what_he_has_said_already_is_no_news() -> None:
    agent = made()
    assert not agent.handle(LogIn(), 1.0)
    assert agent.handle(Pause(reason="lunch"), 1.0)
    assert not agent.handle(Pause(reason="lunch"), 2.0)
    assert agent.handle(Pause(reason="meeting"), 3.0)
    assert not made(LogOut()).handle(Pause(), 1.0)
