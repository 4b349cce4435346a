"""QueueVisit: the caller of one call in a queue: his place, his music, and what is on record of it."""

from dataclasses import replace
from typing import Protocol

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CallEffect
from pbx.call.hold import released
from pbx.call.leg import Leg
from pbx.call.ordered import Guest, QueueOrder, Step
from pbx.call.trail import Trail
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId
from pbx.ivr.events import QueueEnded
from pbx.ivr.queue_step import JoinQueue
from pbx.media.effects import SetMusic
from pbx.services.queue_wait import NobodyLeft, Outcome, WaitEnded, Waiting, WaitStarted
from pbx.services.queues import Left, Queues, Refusal


class Rings(Protocol):
    """Who knows which telephones ring for the caller."""

    def withdrawn(self) -> list[CallEffect]:
        """Let them stop."""
        ...


class QueueVisit:
    """At most one queue at a time; what rings for him is of `Queueing`."""

    __slots__ = ("_call", "_context", "_leg", "_queue", "_queues", "_trail", "rings")

    def __init__(
        self, whose: tuple[CallId, Leg], context: CallContext, queues: Queues, trail: Trail | None
    ) -> None:
        self._call, self._leg = whose
        self._context, self._queues, self._trail = context, queues, trail
        self._queue = ""
        self.rings: Rings | None = None

    def perform(self, effect: QueueOrder, now: float) -> tuple[Waiting | None, Step]:
        """Return who has the caller from now on, and what comes first."""
        if isinstance(effect, WaitEnded):
            return None, Step(self._end(effect.outcome, now), then=QueueEnded(outcome=effect.outcome))
        told, waiting = self._join(effect, now)
        if not isinstance(waiting, Waiting):
            return None, Step(told, then=QueueEnded(outcome=waiting))
        return waiting, Step(told, waiting.handle(WaitStarted(), now))

    def emptied(self, guest: Guest | None, now: float) -> Step:
        """Nobody is left whom the caller could wait for, if that is what he does."""
        return Step(orders=guest.handle(NobodyLeft(), now)) if isinstance(guest, Waiting) else Step()

    def _join(self, order: JoinQueue, now: float) -> tuple[list[CallEffect], Waiting | Refusal]:
        """Wait from now on, or hear at once why not."""
        tenant, policy = self._context.tenant, self._context.queues[order.queue]
        refusal = self._queues.join(self._call, (tenant, order.queue), order.priority, now)
        if refusal is not None:
            return [self._fact("queue.refused", order.queue, now, reason=refusal)], refusal
        self._queue = order.queue
        told = self._fact(
            "queue.joined",
            order.queue,
            now,
            position=self._queues.standing(self._call).position,
            priority=order.priority,
        )
        policy = replace(
            policy,
            exit_key=policy.exit_key if order.has_exit else None,
            callback_key=policy.callback_key if order.has_callback else None,
        )
        return [*self._music(), told], Waiting(policy, self._call, self._queues, order.speech)

    def restored(self) -> list[CallEffect]:
        """The leg has another media worker, which plays nothing yet."""
        return self._music() if self._queue else []

    def _end(self, outcome: Outcome, now: float) -> list[CallEffect]:
        """He goes another way."""
        quiet = self.rings.withdrawn() if self.rings is not None else []
        return [*released(self._leg), *quiet, *self._left(outcome, now)]

    def stop(self, now: float) -> list[CallEffect]:
        """Somebody else has the caller now, or he is gone; who was answered does not wait any more."""
        return self._left("abandoned", now)

    def _left(self, outcome: Left, now: float) -> list[CallEffect]:
        queue, self._queue = self._queue, ""
        waiter = self._queues.leave(self._call, outcome, now) if queue else None
        if waiter is None:
            return []
        waited_s = round(now - waiter.joined)
        return [
            self._fact("queue.left", queue, now, outcome=outcome, waited_s=waited_s, tries=waiter.n_tries)
        ]

    def _music(self) -> list[CallEffect]:
        music = self._context.queues[self._queue].music
        if music is None:
            return []
        self._leg.hears_music = True
        return [SetMusic(leg=self._leg.id, music=music)]

    def _fact(self, kind: str, queue: str, now: float, **details: str | int) -> Audit:
        if self._trail is not None:
            words = ", ".join(f"{name} {value}" for name, value in details.items())
            self._trail.note(f"{kind.replace('.', ' ')} {queue}: {words}", now)
        fact = AuditFact(
            kind=kind, call=self._call, tenant=self._context.tenant, details={"queue": queue, **details}
        )
        return Audit(fact=fact)
