"""Days of random calls: one offer for an agent, none to who is away, and nobody is left behind (ACD-01)."""

import random
from collections.abc import Callable

import pytest

from pbx.core.ids import CallId
from pbx.services.agent import LEASE_S, AgentState, LogIn, LogOut, Pause, Resume
from pbx.services.queue_effects import QueueEmptied, RingAgents
from pbx.services.queue_policy import QueuePolicy
from pbx.services.queues import Queues

TEAM = tuple(str(1000 + n) for n in range(6))
QUEUES = {
    "support": QueuePolicy(
        name="support", members=TEAM[:4], strategy="round_robin", login=False, wrap_up_s=3.0
    ),
    "sales": QueuePolicy(
        name="sales", members=TEAM[2:], strategy="ring_all", login=False, max_length=5, wrap_up_s=0.0
    ),
}
STEPS = 1000


class Phones:
    """Telephones of which none is in use: the offers alone are looked at."""

    def is_busy(self, tenant: str, extension: str) -> bool:
        return False


class Day:
    """Callers and agents who do anything at any time; `waiting` has who rings for them, and since when."""

    def __init__(self, seed: int) -> None:
        self.dice, self.now, self.n = random.Random(seed), 0.0, 0
        self.queues = Queues()
        self.queues.swap({"acme": QUEUES})
        self.waiting: dict[CallId, tuple[tuple[str, ...], float]] = {}
        self.talking: dict[CallId, str] = {}

    @property
    def offered(self) -> list[CallId]:
        return [call for call, (agents, _) in self.waiting.items() if agents]

    def step(self) -> None:
        self.now += self.dice.random() * 4
        self.n += 1
        things: list[Callable[[], None]] = [self.comes, self.comes, self.wishes]
        things += [self.answered, self.missed] if self.offered else []
        things += [self.over] if self.talking else []
        things += [self.hangs_up] if self.waiting else []
        self.dice.choice(things)()
        self.settle()

    def comes(self) -> None:
        call, queue = CallId(f"call-{self.n}"), self.dice.choice(list(QUEUES))
        if self.queues.join(call, ("acme", queue), self.dice.randrange(3), self.now) is None:
            self.waiting[call] = ((), 0.0)

    def answered(self) -> None:
        call = self.dice.choice(self.offered)
        self.talking[call] = self.dice.choice(self.waiting.pop(call)[0])
        assert self.queues.answered(call, self.talking[call], self.now) is not None

    def missed(self) -> None:
        call = self.dice.choice(self.offered)
        agents, _ = self.waiting[call]
        self.queues.rung(call, {name: self.dice.choice(("missed", "busy")) for name in agents}, self.now)
        self.waiting[call] = ((), 0.0)

    def over(self) -> None:
        call = self.dice.choice(list(self.talking))
        del self.talking[call]
        self.queues.over(call, self.now)

    def hangs_up(self) -> None:
        call = self.dice.choice(list(self.waiting))
        del self.waiting[call]
        assert self.queues.leave(call, "abandoned", self.now) is not None

    def wishes(self) -> None:
        wish = self.dice.choice((LogIn(), LogOut(), Pause(), Resume(), LogIn()))
        self.queues.wish("acme", self.dice.choice(TEAM), wish, "test", self.now)

    def settle(self) -> None:
        for call, (agents, since) in self.waiting.items():
            lease = since + QUEUES["support"].ring_s + LEASE_S
            if agents and lease <= self.now:  # nobody has told what came of it
                self.waiting[call] = ((), 0.0)
        for effect in self.queues.settle(self.now, Phones()):
            if isinstance(effect, RingAgents):
                self.rings(effect)
            elif isinstance(effect, QueueEmptied):
                del self.waiting[effect.call]
                assert self.queues.leave(effect.call, "no_agents", self.now) is not None

    def rings(self, effect: RingAgents) -> None:
        taken = {name for agents, _ in self.waiting.values() for name in agents} | {*self.talking.values()}
        assert not taken & set(effect.agents), "an agent has one call at a time"
        agents = self.queues.agents("acme")
        assert all(agents[name].is_in and agents[name].pause is None for name in effect.agents)
        assert set(effect.agents) <= set(QUEUES[effect.queue].members)
        self.waiting[effect.call] = (effect.agents, self.now)

    def ends(self) -> None:
        for call in self.waiting:
            self.queues.leave(call, "abandoned", self.now)
        for call in self.talking:
            self.queues.over(call, self.now)
        self.queues.settle(self.now + 100.0, Phones())


@pytest.mark.requirement("ACD-01")
@pytest.mark.requirement("ACD-04")
@pytest.mark.parametrize("seed", range(8))
def test_a_day_leaves_no_agent_and_no_caller_behind(seed: int) -> None:
    day = Day(seed)
    for _ in range(STEPS):
        day.step()
    day.ends()
    free = {AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT}
    assert {one.state for one in day.queues.agents("acme").values()} <= free
    assert day.queues.deadline is None and not day.queues.is_waiting
