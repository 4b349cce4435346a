"""All queues together: fair to callers, one offer for an agent, nobody sticks (ACD-01 to ACD-09)."""

from dataclasses import dataclass, field, replace

import pytest

from pbx.core.ids import CallId
from pbx.services.agent import LEASE_S, AgentState, LogIn, LogOut, Pause, Resume, states
from pbx.services.queue_effects import AgentChanged, QueueEmptied, RingAgents
from pbx.services.queue_policy import QueuePolicy
from pbx.services.queues import Queues, Rung

A, B, C = CallId("a"), CallId("b"), CallId("c")
SUPPORT, SALES = ("acme", "support"), ("acme", "sales")
POLICY = QueuePolicy(name="support", members=("1001", "1002"), login=False, wrap_up_s=0.0, retry_s=0.0)


@dataclass
class Phones:
    """Telephones that are in use."""

    busy: set[str] = field(default_factory=set)

    def is_busy(self, tenant: str, extension: str) -> bool:
        return extension in self.busy


FREE = Phones()


def queues(*policies: QueuePolicy, **changed: object) -> Queues:
    made = Queues()
    chosen = policies or (replace(POLICY, **changed),)  # type: ignore[arg-type]
    made.swap({"acme": {one.name: one for one in chosen}})
    return made


def rung(made: Queues, now: float = 0.0, phones: Phones = FREE) -> list[tuple[CallId, tuple[str, ...]]]:
    return [(one.call, one.agents) for one in made.settle(now, phones) if isinstance(one, RingAgents)]


def test_a_caller_who_comes_is_served_at_once() -> None:
    made = queues()
    assert made.join(A, SUPPORT, 0, 0.0) is None
    assert made.touched and made.is_waiting
    assert rung(made) == [(A, ("1001",))]
    assert not made.touched
    assert made.standing(A).is_offered


@pytest.mark.requirement("ACD-05")
def test_an_agent_of_two_queues_rings_for_one_of_them() -> None:
    made = queues(replace(POLICY, members=("1001",)), replace(POLICY, name="sales", members=("1001", "1002")))
    made.join(A, SALES, 0, 0.0)
    made.join(B, SUPPORT, 0, 1.0)
    made.join(C, SALES, 0, 2.0)
    assert rung(made, 2.0) == [(A, ("1001",)), (C, ("1002",))]


@pytest.mark.requirement("ACD-03")
def test_whoever_waits_longest_is_served_first_over_all_queues() -> None:
    made = queues(*(replace(POLICY, name=name, members=("1001",)) for name in ("support", "sales")))
    made.wish("acme", "1001", Pause(), "test", 0.0)
    for call, queue, at in ((A, SALES, 1.0), (B, SUPPORT, 0.0), (C, SUPPORT, 2.0)):
        made.join(call, queue, 0, at)
    assert rung(made, 3.0) == []
    made.wish("acme", "1001", Resume(), "test", 4.0)
    assert rung(made, 4.0) == [(B, ("1001",))]
    assert made.prioritise(C, 1)
    made.leave(B, "abandoned", 5.0)
    assert rung(made, 5.0) == [(C, ("1001",))]
    assert not made.prioritise(B, 1)


@pytest.mark.requirement("ACD-05")
def test_who_is_on_the_telephone_is_not_rung() -> None:
    made = queues()
    made.join(A, SUPPORT, 0, 0.0)
    assert rung(made, 0.0, Phones({"1001"})) == [(A, ("1002",))]


@pytest.mark.requirement("ACD-04")
def test_agents_that_a_caller_leaves_behind_are_free() -> None:
    made = queues(strategy="ring_all")
    made.join(A, SUPPORT, 0, 0.0)
    rung(made)
    assert states(made.agents("acme").values())[AgentState.OFFERED] == 2
    assert made.leave(A, "abandoned", 1.0) is not None
    assert made.leave(A, "abandoned", 1.0) is None
    assert states(made.agents("acme").values())[AgentState.READY] == 2


@pytest.mark.requirement("ACD-04")
def test_an_offer_of_which_nobody_tells_anything_is_made_anew() -> None:
    made = queues(members=("1001",))
    made.join(A, SUPPORT, 0, 0.0)
    rung(made)
    lease = POLICY.ring_s + LEASE_S
    assert made.deadline == lease
    assert rung(made, lease) == [(A, ("1001",))]


@pytest.mark.requirement("ACD-07")
def test_an_agent_is_free_when_his_talk_and_his_time_for_himself_are_over() -> None:
    made = queues(members=("1001",), wrap_up_s=10.0)
    made.join(A, SUPPORT, 0, 0.0)
    rung(made)
    assert made.answered(A, "1001", 3.0) is not None
    assert made.talker(A) == "1001"
    made.join(B, SUPPORT, 0, 4.0)
    assert rung(made, 4.0) == []
    made.over(A, 63.0)
    assert (made.talker(A), made.deadline) == ("", 73.0)
    assert rung(made, 72.9) == []
    assert rung(made, 73.0) == [(B, ("1001",))]


def test_somebody_who_is_no_agent_may_pick_the_call_up() -> None:
    made = queues()
    made.join(A, SUPPORT, 0, 0.0)
    rung(made)
    assert made.answered(A, "1003", 1.0) is not None
    assert made.answered(A, "1003", 1.0) is None
    assert made.agents("acme")["1001"].state is AgentState.READY
    made.over(A, 2.0)


@pytest.mark.requirement("ACD-09")
@pytest.mark.parametrize(("length", "joined"), [(1, "full"), (2, None)])
def test_a_queue_is_full_with_as_many_as_may_wait(length: int, joined: str | None) -> None:
    made = queues(max_length=length)
    assert made.join(A, SUPPORT, 0, 0.0) is None
    assert made.join(B, SUPPORT, 0, 0.0) == joined


@pytest.mark.requirement("ACD-09")
def test_what_counts_as_nobody_there() -> None:
    for empty, when_paused, when_out in (
        ("logged_out", None, "no_agents"),
        ("paused", "no_agents", "no_agents"),
        ("never", None, None),
    ):
        made = queues(members=("1001",), empty=empty)
        made.wish("acme", "1001", Pause(), "test", 0.0)
        assert made.join(A, SUPPORT, 0, 0.0) == when_paused
        made.wish("acme", "1001", LogOut(), "test", 0.0)
        assert made.join(B, SUPPORT, 0, 0.0) == when_out
    assert queues().join(A, ("acme", "none"), 0, 0.0) == "no_agents"


@pytest.mark.requirement("ACD-09")
def test_callers_hear_when_the_last_agent_goes() -> None:
    made = queues(members=("1001",))
    made.wish("acme", "1001", Pause(), "test", 0.0)
    made.join(A, SUPPORT, 0, 0.0)
    made.settle(0.0, FREE)
    made.wish("acme", "1001", LogOut(), "test", 1.0)
    assert made.settle(1.0, FREE)[-1] == QueueEmptied(call=A)


def test_what_agents_say_is_told_once_with_what_it_was_before() -> None:
    made = queues(members=("1001",), login=True)
    assert not made.wish("acme", "1003", LogIn(), "test", 0.0)
    assert made.wish("acme", "1001", LogIn(), "1001", 5.0)
    assert made.wish("acme", "1001", LogIn(), "1001", 6.0)
    made.wish("acme", "1001", Pause(reason="lunch"), "boss", 10.0)
    told = [one for one in made.settle(10.0, FREE) if isinstance(one, AgentChanged)]
    assert [(one.is_in, one.reason, one.lasted_s, one.actor) for one in told] == [
        (True, None, 0.0, "1001"),
        (True, "lunch", 5.0, "boss"),
    ]
    assert made.settle(11.0, FREE) == []


def test_what_agents_said_before_a_restart_holds() -> None:
    made = queues(login=True)
    made.restore({("acme", "1001"): (True, None), ("acme", "1003"): (True, "lunch")})
    assert made.agents("acme")["1001"].state is AgentState.READY
    assert made.agents("acme")["1002"].state is AgentState.LOGGED_OUT
    made.swap({"acme": {"support": replace(POLICY, members=("1003",))}})
    assert made.agents("acme")["1003"].state is AgentState.PAUSED


def test_a_queue_that_is_gone_serves_who_waits_there() -> None:
    made = queues(members=("1001",))
    made.wish("acme", "1001", Pause(), "test", 0.0)
    made.join(A, SUPPORT, 0, 0.0)
    made.swap({"acme": {}})
    assert made.names == (SUPPORT,)
    made.wish("acme", "1001", Resume(), "test", 1.0)
    assert rung(made, 1.0) == [(A, ("1001",))]
    made.leave(A, "abandoned", 2.0)
    made.swap({"acme": {}})
    assert made.policy(SUPPORT) is None


@pytest.mark.requirement("ACD-08")
def test_the_wait_is_told_by_what_talks_last_and_who_is_there() -> None:
    made = queues()
    made.join(A, SUPPORT, 0, 0.0)
    assert made.standing(A).wait_s is None
    made.counts(SUPPORT).talked(120.0)
    made.join(B, SUPPORT, 0, 1.0)
    assert (made.standing(B).position, made.standing(B).wait_s) == (2, 120.0)
    made.wish("acme", "1002", Pause(), "test", 1.0)
    assert made.standing(B).wait_s == 240.0
    assert made.standing(C).position == 0


def test_a_busy_line_is_no_missed_call() -> None:
    made = queues(members=("1001",), max_misses=1)
    outcomes: list[tuple[Rung, AgentState]] = [("busy", AgentState.OFFERED), ("missed", AgentState.PAUSED)]
    made.join(A, SUPPORT, 0, 0.0)
    rung(made)
    for outcome, after in outcomes:
        made.rung(A, {"1001": outcome}, 1.0)
        rung(made, 1.0)
        assert made.agents("acme")["1001"].state is after
    made.rung(B, {}, 1.0)
