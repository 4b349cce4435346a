"""Rehearsal: one call through the switchboard of live calls, on a clock that jumps from event to event."""

import heapq
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from math import inf

from pbx.call.call import Call
from pbx.call.circumstances import of_offer
from pbx.call.context import CallContext, Wall
from pbx.call.effects import CallEffect
from pbx.call.events import CallEvent
from pbx.call.start import TenantPlan
from pbx.call.switchboard import Switchboard
from pbx.call.trail import Entry
from pbx.core.address import Remote
from pbx.core.ids import LegId, SeededIds
from pbx.dialplan.routes import Routing
from pbx.media.events import DigitReceived, PlayEnded
from pbx.rehearsal.agents import attended
from pbx.rehearsal.caller import BETWEEN_KEYS_S, THINKS_S
from pbx.rehearsal.outcome import Outcome
from pbx.rehearsal.scenario import Scenario
from pbx.rehearsal.stage import SDP, Later, Stage
from pbx.rehearsal.story import Fact, Story
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import CallOffered, DeviceOrigin
from pbx.sip.negotiation import PLAIN

MAX_EVENTS = 3000  # of one call; one that goes through a menu a hundred times has fewer
MAX_CALL_S = 4 * 3600.0  # then the caller leaves; nobody listens to a plan for longer
_BEGAN = 1000.0
_CALLER = LegId("caller")


def stage_plan(plan: TenantPlan) -> TenantPlan:
    """Return a tenant's plan for rehearsals: telephones speak plain audio, nobody else is called.

    Neither changes a decision of the plan; a recipient is there, so that recordings can begin.
    """
    context: CallContext = plan.context
    return replace(
        plan,
        context=replace(
            context,
            media=PLAIN,
            party_media={},
            recorders=None,
            help_desk=None,
            music=None,
            queues=attended(context.queues),
            recipients=context.recipients or ("age1rehearsal",),
        ),
    )


class Rehearsal:
    """One scenario, once; `run` returns what came of it."""

    __slots__ = (
        "_call",
        "_heap",
        "_n_known",
        "_now",
        "_plan",
        "_scenario",
        "_serial",
        "_stage",
        "_story",
        "_switchboard",
    )

    def __init__(self, plan: TenantPlan, scenario: Scenario) -> None:
        """`plan` is that of `stage_plan`."""
        self._plan, self._scenario = plan, scenario
        self._now = _BEGAN
        wall = Wall(scenario.at, _BEGAN)
        self._switchboard = Switchboard({scenario.tenant: plan}, SeededIds(), wall)
        self._stage = Stage(_CALLER, scenario, plan.context.country)
        self._story = Story(scenario, plan.context, _BEGAN)
        self._heap: list[tuple[float, int, Callable[[], CallEvent | None]]] = []
        self._serial = count()
        self._call: Call | None = None
        self._n_known = 0

    def run(self) -> Outcome:
        """Let the call happen, up to its end."""
        for leaves_s in (self._scenario.gives_up_s, MAX_CALL_S):
            if leaves_s is not None:
                self._push((leaves_s, self._stage.leaves))
        self._give(_offer(self._scenario, self._plan.context.domain))
        n_events = 1
        while (self._switchboard.calls or self._is_pending) and n_events < MAX_EVENTS:
            n_events += self._step()
        return self._story.outcome(self._stage.part.left, self._call, is_cut=n_events >= MAX_EVENTS)

    @property
    def _is_pending(self) -> bool:
        """Whether anything happens now, though there is no call: a refusal has nothing to wait for."""
        return bool(self._heap) and self._heap[0][0] <= self._now

    def _step(self) -> int:
        """Let the next thing happen; return how many events it was, MAX_EVENTS = nothing will ever happen."""
        woken = self._switchboard.deadline
        due = self._due(woken)
        if self._stage.player.is_silent(_CALLER) and due > self._now + THINKS_S:
            for i, key in enumerate(self._stage.part.answer()):
                self._push((THINKS_S + i * BETWEEN_KEYS_S, partial(_same, key)))
        due = self._due(woken)
        if due == inf:
            return MAX_EVENTS
        self._now = max(self._now, due)
        if woken is not None and woken <= due:
            self._absorb(self._switchboard.tick(self._now))
            return 1
        event = heapq.heappop(self._heap)[2]()
        if event is not None:
            self._give(event)
        return 1

    def _due(self, woken: float | None) -> float:
        """When the next thing happens: an event, or the call wakes by itself."""
        return min(self._heap[0][0] if self._heap else inf, woken if woken is not None else inf)

    def _give(self, event: CallEvent) -> None:
        if isinstance(event, DigitReceived) and self._stage.player.ends_with_key(event.leg):
            for ended in self._stage.player.stop(event.leg, self._now):
                self._absorb(self._switchboard.handle(ended, self._now))
        if isinstance(event, PlayEnded) and event.leg == _CALLER and event.completed:
            self._stage.part.ended()
        self._story.event(event, self._now)
        self._absorb(self._switchboard.handle(event, self._now))

    def _absorb(self, effects: list[CallEffect]) -> None:
        self._tell(effects)
        for effect in effects:
            party = self._party(effect.leg) if isinstance(effect, PlaceCall) else ""
            for later in self._stage.follow(effect, self._scenario, party, self._now):
                self._push(later)

    def _tell(self, effects: list[CallEffect]) -> None:
        """Facts of where the call was come before the steps that it has entered, what they order behind."""
        entries = self._look()
        if self._call is None and any(isinstance(one, Reject) for one in effects):
            self._story.routed(self._routing(), self._now)
        behind: list[CallEffect] = []
        for effect in effects:
            if entries and not isinstance(effect, Fact):
                behind.append(effect)
            else:
                self._tell_one(effect)
        for entry in entries:
            self._story.entered(entry, self._now)
            if entry.step:
                self._stage.part.enters()
        for effect in behind:
            self._tell_one(effect)

    def _tell_one(self, effect: CallEffect) -> None:
        party = self._party(effect.leg) if isinstance(effect, PlaceCall) else ""
        self._story.effect(effect, party, self._now)

    def _look(self) -> list[Entry]:
        """What the call has come through since."""
        if self._call is None:
            self._call = next(iter(self._switchboard.calls.values()), None)
            if self._call is not None:
                self._story.routed(self._call.parts.start.routing, self._now)
        if self._call is None:
            return []
        entries = self._call.parts.start.trail.since(self._n_known)
        self._n_known += len(entries)
        return entries

    def _routing(self) -> Routing:
        """What the plan says of a call that was refused before it was one."""
        one = self._scenario
        offer = _offer(one, self._plan.context.domain)
        return self._plan.plan.match(one.called, one.origin, of_offer(offer, self._plan.context, one.at))

    def _party(self, leg: LegId) -> str:
        found = self._call.parts.connect.legs.get(leg) if self._call is not None else None
        return found.party if found is not None else ""

    def _push(self, later: Later) -> None:
        heapq.heappush(self._heap, (self._now + later[0], next(self._serial), later[1]))


def _same(event: CallEvent) -> CallEvent:
    return event


def rehearse(plan: TenantPlan, scenario: Scenario) -> Outcome:
    """Return what comes of one call by a plan, which is that of `stage_plan`."""
    return Rehearsal(plan, scenario).run()


def _offer(scenario: Scenario, domain: str) -> CallOffered:
    origin = scenario.origin
    is_ours = isinstance(origin, DeviceOrigin)
    return CallOffered(
        leg=_CALLER,
        origin=origin,
        called=scenario.called,
        called_domain=domain,
        from_user=origin.extension if isinstance(origin, DeviceOrigin) else scenario.number,
        from_display="",
        asserted_user="" if is_ours else scenario.number,
        private=not is_ours and not scenario.number,
        offer=SDP,
        source=Remote("udp", "192.0.2.1", 5060),
        max_forwards=70,
        sip_call_id="rehearsal",
        verdict=scenario.verdict,
    )
