"""Queueing: the telephones of agents that ring for a caller who waits, and what comes of it (ACD-05)."""

from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.effects import Audit, CallEffect
from pbx.call.hold import released
from pbx.call.leg import Leg
from pbx.call.manner import Manner
from pbx.call.ordered import Ordered
from pbx.call.recording_facts import note
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId
from pbx.media.effects import Play
from pbx.services.queue_effects import RingAgents
from pbx.services.queues import Rung

ENGAGED = frozenset({"486"})  # the person is on the line: that is no call that he has missed


class Queueing:
    """At most one offer at a time; the caller hears his music until somebody answers."""

    __slots__ = ("_before", "_capture", "_connect", "_offer", "leg")

    def __init__(self, connect: Connect, capture: Capture) -> None:
        self._connect, self._capture = connect, capture
        self._offer: RingAgents | None = None
        self._before: frozenset[LegId] = frozenset()
        self.leg: Leg | None = None  # of the agent who has answered

    def ring(self, offer: RingAgents, now: float) -> list[CallEffect]:
        """It is his turn."""
        connect = self._connect
        policy = connect.start.context.queues.get(offer.queue)
        self._offer, self._before = offer, frozenset(connect.legs)
        self._capture.ruling.rings(f"queue/{offer.queue}")
        connect.start.trail.note(f"queue {offer.queue} rings {' and '.join(offer.agents)}", now)
        manner = Manner(display=policy.title if policy is not None else "")
        rung = connect.ring_extensions(offer.agents, now + offer.ring_s, manner)
        return [one for one in rung if not isinstance(one, Play)]

    def lost(self, now: float) -> list[Ordered] | None:
        """Nobody has answered; None when that was not for a caller in a queue."""
        offer, self._offer = self._offer, None
        if offer is None:
            return None
        start = self._connect.start
        outcomes = {one: self._outcome(one) for one in offer.agents}
        start.queues.rung(start.call, outcomes, now)
        words = ", ".join(f"{one} {how}" for one, how in outcomes.items())
        start.trail.note(f"queue {offer.queue}: {words}", now)
        return []

    def met(self, leg: Leg, now: float) -> list[CallEffect]:
        """Somebody talks with the caller, who waited until now."""
        start, self._offer = self._connect.start, None
        queue = start.queues.queue_of(start.call)
        waiter = start.queues.answered(start.call, leg.party.partition("/")[2], now)
        if waiter is None:
            return []
        self.leg = leg
        waited_s = round(now - waiter.joined)
        start.trail.note(f"queue {queue}: {leg.party} has answered after {waited_s} s", now)
        details: dict[str, str | int | bool | None] = {"queue": queue, "agent": leg.party}
        details |= {"waited_s": waited_s, "tries": waiter.n_tries}
        tenant = start.context.tenant
        fact = AuditFact(kind="queue.answered", call=start.call, tenant=tenant, details=details)
        noted = {name: str(value) for name, value in details.items()}
        kept = note(self._capture.recording, "queue.answered", **noted) if self._capture.is_running else []
        return [*released(self._connect.caller), Audit(fact=fact), *kept]

    def withdrawn(self) -> list[CallEffect]:
        """The caller does not wait any more: nobody is to answer him."""
        if self._offer is None:
            return []
        self._offer = None
        return self._connect.give_up(0, "")

    def _outcome(self, extension: str) -> Rung:
        party = f"extension/{extension}"
        legs = self._connect.legs.items()
        causes = {leg.cause for key, leg in legs if leg.party == party and key not in self._before}
        return "busy" if causes and causes <= ENGAGED else "missed"
