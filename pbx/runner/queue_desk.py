"""The desk for queues: who waits, which agents are there, and what an operator says for them."""

from collections.abc import Callable, Iterator

from pbx.call.events import AgentOrdered, PriorityOrdered, QueueOrdered
from pbx.call.pause import MAX_REASON
from pbx.core.ids import CallId
from pbx.core.io.clock import monotonic
from pbx.runner.queue_messages import (
    AgentIs,
    AskQueues,
    CallerIs,
    OrderAgent,
    OrderPriority,
    QueueIs,
    QueueRequest,
    QueuesAre,
)
from pbx.services.agent import Agent, LogIn, LogOut, Pause, Resume, Wish
from pbx.services.queue_policy import MAX_PRIORITY
from pbx.services.queues import Queues

MAX_ACTOR = 128  # characters, as many as the audit log takes of an operator


class QueueDesk:
    """Answers what an operator asks; `order` has been carried out when it returns."""

    def __init__(self, queues: Queues, order: Callable[[QueueOrdered], object]) -> None:
        self._queues, self._order = queues, order

    def answer(self, request: QueueRequest) -> QueuesAre | str:
        """Return what there is, or why nothing was done."""
        if isinstance(request, AskQueues):
            return self._all(request.tenant)
        if not 1 <= len(request.actor) <= MAX_ACTOR or not request.actor.isprintable():
            return f"actor: 1 to {MAX_ACTOR} printable characters are needed"
        return self._agent(request) if isinstance(request, OrderAgent) else self._caller(request)

    def _all(self, tenant: str) -> QueuesAre:
        names = [name for name in self._queues.names if tenant in ("", name[0])]
        tenants = dict.fromkeys(name[0] for name in names)
        agents = [
            _shown(whose, extension, agent)
            for whose in tenants
            for extension, agent in sorted(self._queues.agents(whose).items())
        ]
        callers = tuple(caller for name in names for caller in self._callers(name))
        queues = tuple(self._queue(name) for name in names)
        return QueuesAre(queues=queues, callers=callers, agents=tuple(agents))

    def _queue(self, name: tuple[str, str]) -> QueueIs:
        line, counts = self._queues.line(name), self._queues.counts(name)
        oldest, level = line.oldest, counts.service_level
        return QueueIs(
            tenant=name[0],
            queue=name[1],
            waiting=len(line),
            longest_s=round(monotonic() - oldest) if oldest is not None else 0,
            answered=counts.answered,
            abandoned=counts.abandoned,
            service_level=round(level, 3) if level is not None else None,
        )

    def _callers(self, name: tuple[str, str]) -> Iterator[CallerIs]:
        for position, waiter in enumerate(self._queues.line(name), 1):
            yield CallerIs(
                tenant=name[0],
                queue=name[1],
                call=waiter.call,
                position=position,
                waited_s=round(monotonic() - waiter.joined),
                priority=waiter.priority,
                rings=waiter.offered,
            )

    def _agent(self, request: OrderAgent) -> QueuesAre | str:
        if len(request.reason) > MAX_REASON or not (request.reason.isprintable() or not request.reason):
            return f"reason: at most {MAX_REASON} printable characters"
        tenant, extension = request.tenant, request.extension
        if extension not in self._queues.agents(tenant):
            return f"{tenant}/{extension} is a member of no queue: see `pbx queue agents`"
        wishes: dict[str, Wish] = {
            "login": LogIn(),
            "logout": LogOut(),
            "pause": Pause(reason=request.reason),
        }
        wish = wishes.get(request.said, Resume())
        if request.said == "pause" and not self._queues.agents(tenant)[extension].is_in:
            return f"{tenant}/{extension} is logged out"
        self._order(AgentOrdered(tenant=tenant, extension=extension, wish=wish, actor=request.actor))
        return QueuesAre(agents=(_shown(tenant, extension, self._queues.agents(tenant)[extension]),))

    def _caller(self, request: OrderPriority) -> QueuesAre | str:
        if not 0 <= request.priority <= MAX_PRIORITY:
            return f"a priority is 0 to {MAX_PRIORITY}"
        call = CallId(request.call)
        if not self._queues.queue_of(call):
            return f"nobody waits in call {request.call}: see `pbx queue callers`"
        self._order(PriorityOrdered(call=call, priority=request.priority, actor=request.actor))
        found = (one for name in self._queues.names for one in self._callers(name))
        return QueuesAre(callers=tuple(one for one in found if one.call == call))


def _shown(tenant: str, extension: str, agent: Agent) -> AgentIs:
    return AgentIs(
        tenant=tenant,
        extension=extension,
        state=agent.state,
        reason=agent.pause or "",
        call=agent.call or "",
        answered=agent.n_answered,
        misses=agent.misses,
    )
