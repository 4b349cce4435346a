"""The queues of all tenants: who waits, which agents are free, and who rings for whom (ACD-01 to ACD-09).

Whoever waits longest is served first, across the queues that share an agent; an agent is rung by one of
them at a time, and by none while a telephone of his is in use (ACD-05).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pbx.core.ids import CallId
from pbx.services.agent import (
    LEASE_S,
    Agent,
    Missed,
    Offer,
    Passed,
    TalkOver,
    Wish,
    Won,
)
from pbx.services.queue_counts import QueueCounts
from pbx.services.queue_effects import AgentChanged, QueueEffect, QueueEmptied, RingAgents
from pbx.services.queue_policy import QueuePolicy
from pbx.services.strategies import chosen
from pbx.services.waiting_line import Waiter, WaitingLine

Name = tuple[str, str]  # tenant, and queue or extension
Refusal = Literal["full", "no_agents"]
Left = Literal["abandoned", "timeout", "exit", "callback", "no_agents"]
Rung = Literal["missed", "busy"]  # what became of an offer to somebody who has not answered


class InUse(Protocol):
    """Who knows which telephones are in use."""

    def is_busy(self, tenant: str, extension: str) -> bool:
        """Whether an extension has a call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a caller may be told: where he stands, and how long it may take; None = nobody knows."""

    position: int
    wait_s: float | None
    is_offered: bool


@dataclass(slots=True)
class _Queue:
    policy: QueuePolicy
    line: WaitingLine = field(default_factory=WaitingLine)
    counts: QueueCounts = field(default_factory=QueueCounts)
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    tenant: str
    queue: str
    extension: str
    since: float


class Queues:
    """`settle` is to follow whatever has been told here, and whenever a telephone has become free."""

    __slots__ = ("_agents", "_changes", "_places", "_queues", "_said_at", "_stored", "_talks", "touched")

    def __init__(self) -> None:
        self._queues: dict[Name, _Queue] = {}
        self._agents: dict[Name, Agent] = {}
        self._places: dict[CallId, Name] = {}  # the queue that a call waits in
        self._talks: dict[CallId, _Talk] = {}
        self._stored: dict[Name, tuple[bool, str | None]] = {}
        self._said_at: dict[Name, float] = {}
        self._changes: list[AgentChanged] = []
        self.touched = False  # whether it may be somebody's turn

    def restore(self, agents: Mapping[Name, tuple[bool, str | None]]) -> None:
        """What agents have said of themselves before a restart: logged in, and the reason of a pause."""
        self._stored = dict(agents)
        for key in self._stored.keys() & self._agents.keys():
            self._agents[key].is_in, self._agents[key].pause = self._stored[key]

    def swap(self, policies: Mapping[str, Mapping[str, QueuePolicy]]) -> None:
        """Serve by these, by tenant, from now on; who waits in a queue that is gone waits by its rules."""
        wanted = {(tenant, name): one for tenant, queues in policies.items() for name, one in queues.items()}
        for key in [key for key, one in self._queues.items() if key not in wanted and not len(one.line)]:
            del self._queues[key]
        for key, policy in wanted.items():
            if key in self._queues:
                self._queues[key].policy = policy
            else:
                self._queues[key] = _Queue(policy)
            for extension in policy.members:
                self._member((key[0], extension), is_in=not policy.login)
        self.touched = True

    def _member(self, key: Name, *, is_in: bool) -> None:
        if key not in self._agents:
            is_in, pause = self._stored.get(key, (is_in, None))
            self._agents[key] = Agent(is_in=is_in, pause=pause, now=0.0)

    @property
    def is_waiting(self) -> bool:
        """Whether anybody waits."""
        return bool(self._places)

    @property
    def names(self) -> tuple[Name, ...]:
        """Tenant and name of each queue."""
        return tuple(self._queues)

    def policy(self, queue: Name) -> QueuePolicy | None:
        """How a queue works, None = there is none of that name."""
        found = self._queues.get(queue)
        return found.policy if found is not None else None

    def line(self, queue: Name) -> WaitingLine:
        """Who waits there."""
        return self._queues[queue].line

    def counts(self, queue: Name) -> QueueCounts:
        """What it has come to."""
        return self._queues[queue].counts

    def agents(self, tenant: str) -> Mapping[str, Agent]:
        """The members of all queues of a tenant, by extension."""
        return {name: one for (whose, name), one in self._agents.items() if whose == tenant}

    def queue_of(self, call: CallId) -> str:
        """The queue that a call waits in, "" = it waits in none."""
        return self._places.get(call, ("", ""))[1]

    @property
    def deadline(self) -> float | None:
        """When something ends by itself."""
        dues = [due for one in self._agents.values() if (due := one.deadline) is not None]
        dues += [
            waiter.lease
            for key in set(self._places.values())
            for waiter in self._queues[key].line
            if waiter.lease is not None
        ]
        return min(dues, default=None)

    def standing(self, call: CallId) -> Standing:
        """Where a caller stands."""
        key = self._places.get(call)
        waiter = self._queues[key].line.get(call) if key is not None else None
        if key is None or waiter is None:
            return Standing(position=0, wait_s=None, is_offered=False)
        queue = self._queues[key]
        position, mean = queue.line.position(call), queue.counts.mean_talk_s
        n_agents = len(self._present(key[0], queue.policy, paused=False))
        wait_s = position * mean / n_agents if mean is not None and n_agents else None
        return Standing(position=position, wait_s=wait_s, is_offered=bool(waiter.offered))

    def join(self, call: CallId, queue: Name, priority: int, now: float) -> Refusal | None:
        """A caller comes; why he may not wait, None = he does."""
        found = self._queues.get(queue)
        if found is None or self._is_empty(queue[0], found.policy):
            if found is not None:
                found.counts.left("no_agents", 0.0)
            return "no_agents"
        if len(found.line) >= found.policy.max_length:
            found.counts.left("full", 0.0)
            return "full"
        found.line.join(Waiter(call=call, joined=now, priority=priority))
        self._places[call], self.touched = queue, True
        return None

    def leave(self, call: CallId, outcome: Left, now: float) -> Waiter | None:
        """He waits no more, and was not answered; whoever rings for him is free again."""
        key = self._places.pop(call, None)
        waiter = self._queues[key].line.leave(call) if key is not None else None
        if key is None or waiter is None:
            return None
        self._queues[key].counts.left(outcome, now - waiter.joined)
        self.touched = True
        for extension in waiter.offered:
            self._agents[key[0], extension].handle(Passed(call=call), now)
        return waiter

    def answered(self, call: CallId, extension: str, now: float) -> Waiter | None:
        """Somebody talks with the caller: an agent of the queue, or who has picked the call up."""
        key = self._places.pop(call, None)
        waiter = self._queues[key].line.leave(call) if key is not None else None
        if key is None or waiter is None:
            return None
        queue, tenant, self.touched = self._queues[key], key[0], True
        queue.counts.reached(now - waiter.joined, queue.policy.service_level_s)
        for other in waiter.offered:
            if other != extension:
                self._agents[tenant, other].handle(Passed(call=call), now)
        agent = self._agents.get((tenant, extension))
        if agent is not None:
            agent.handle(Won(call=call), now)
            self._talks[call] = _Talk(tenant=tenant, queue=key[1], extension=extension, since=now)
        return waiter

    def rung(self, call: CallId, outcomes: Mapping[str, Rung], now: float) -> None:
        """Nobody has answered an offer: what became of each who rang."""
        key = self._places.get(call)
        waiter = self._queues[key].line.get(call) if key is not None else None
        if key is None or waiter is None:
            return
        policy = self._queues[key].policy
        for extension in waiter.offered:
            agent = self._agents[key[0], extension]
            if outcomes.get(extension) == "busy":
                agent.handle(Passed(call=call, rest_s=policy.retry_s), now)
            elif agent.handle(Missed(call=call, limit=policy.max_misses, rest_s=policy.retry_s), now):
                self._changed((key[0], extension), now)
        waiter.offered, waiter.lease, self.touched = (), None, True

    def talker(self, call: CallId) -> str:
        """The agent that a call was put through to, "" = none has it now."""
        talk = self._talks.get(call)
        return talk.extension if talk is not None else ""

    def over(self, call: CallId, now: float) -> None:
        """The agent talks with that caller no more."""
        talk = self._talks.pop(call, None)
        if talk is None:
            return
        self.touched = True
        queue = self._queues.get((talk.tenant, talk.queue))
        wrap_up_s = queue.policy.wrap_up_s if queue is not None else 0.0
        if queue is not None:
            queue.counts.talked(now - talk.since + wrap_up_s)
        self._agents[talk.tenant, talk.extension].handle(TalkOver(call=call, wrap_up_s=wrap_up_s), now)

    def wish(self, tenant: str, extension: str, wish: Wish, actor: str, now: float) -> bool:
        """An agent says that he is there, or not; False = he is a member of no queue."""
        agent = self._agents.get((tenant, extension))
        if agent is None:
            return False
        self.touched = True
        if agent.handle(wish, now):
            self._changed((tenant, extension), now, actor)
        return True

    def prioritise(self, call: CallId, priority: int) -> bool:
        """Give a caller another priority while he waits; False = he does not."""
        key = self._places.get(call)
        waiter = self._queues[key].line.get(call) if key is not None else None
        if waiter is None:
            return False
        waiter.priority, self.touched = priority, True
        return True

    def settle(self, now: float, phones: InUse) -> list[QueueEffect]:
        """What agents have changed since the last time, and whose turn it is now."""
        effects: list[QueueEffect] = [*self._changes]
        self._changes, self.touched = [], False
        for agent in self._agents.values():
            agent.tick(now)
        for key in set(self._places.values()):
            effects += self._emptied(key)
            for waiter in self._queues[key].line:
                if waiter.lease is not None and waiter.lease <= now:
                    waiter.offered, waiter.lease = (), None
        for key, waiter in self._served():
            effects += self._offers(key, waiter, phones, now)
        return effects

    def _served(self) -> list[tuple[Name, Waiter]]:
        """Who waits and is offered to nobody, over all queues, in the order in which they are served."""
        waiting = [(key, one) for key in sorted(set(self._places.values())) for one in self._queues[key].line]
        return sorted((pair for pair in waiting if not pair[1].offered), key=lambda pair: pair[1].rank)

    def _offers(self, key: Name, waiter: Waiter, phones: InUse, now: float) -> Iterable[RingAgents]:
        queue, tenant = self._queues[key], key[0]
        policy, agents = queue.policy, {name: self._agents[tenant, name] for name in queue.policy.members}
        free = [
            name for name in policy.members if agents[name].is_free(now) and not phones.is_busy(tenant, name)
        ]
        rung = chosen(policy.strategy, free, agents, policy.members, queue.last)
        if not rung:
            return
        for name in rung:
            agents[name].handle(Offer(call=waiter.call, ring_s=policy.ring_s), now)
        queue.last = rung[-1]
        waiter.offered, waiter.lease = rung, now + policy.ring_s + LEASE_S
        waiter.n_tries += 1
        yield RingAgents(call=waiter.call, queue=key[1], agents=rung, ring_s=policy.ring_s)

    def _emptied(self, key: Name) -> Iterable[QueueEmptied]:
        if self._is_empty(key[0], self._queues[key].policy):
            yield from (QueueEmptied(call=one.call) for one in self._queues[key].line)

    def _is_empty(self, tenant: str, policy: QueuePolicy) -> bool:
        if policy.empty == "never":
            return False
        return not self._present(tenant, policy, paused=policy.empty == "logged_out")

    def _present(self, tenant: str, policy: QueuePolicy, *, paused: bool) -> list[str]:
        """The members that are logged in; those who pause too if `paused`."""
        found = ((name, self._agents[tenant, name]) for name in policy.members)
        return [name for name, one in found if one.is_in and (paused or one.pause is None)]

    def _changed(self, key: Name, now: float, actor: str = "") -> None:
        agent, before = self._agents[key], self._said_at.get(key, now)
        self._said_at[key] = now
        self._stored[key] = (agent.is_in, agent.pause)
        changed = AgentChanged(
            tenant=key[0],
            extension=key[1],
            is_in=agent.is_in,
            reason=agent.pause,
            lasted_s=now - before,
            actor=actor,
        )
        self._changes.append(changed)
