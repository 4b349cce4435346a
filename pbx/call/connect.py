"""Putting parties together: ports, offers and answers, ringing, the bridge."""

from dataclasses import replace

from pbx.call.context import Wall
from pbx.call.descriptions import connect_leg, try_agreed
from pbx.call.early_media import EarlyMedia
from pbx.call.early_policy import EarlyPolicy
from pbx.call.effects import CallEffect
from pbx.call.family import callee_family
from pbx.call.handed import Handed
from pbx.call.inward import Inward, Wanted
from pbx.call.leg import Leg, LegState
from pbx.call.manner import ORDINARY, Manner
from pbx.call.outward import Outward
from pbx.call.parties import Parties
from pbx.call.redirects import Redirects
from pbx.call.start import CallStart
from pbx.core.address import Family
from pbx.core.ids import Ids, LegId, Token
from pbx.dialplan.routes import ToExtension, ToTrunk
from pbx.ivr.events import RingEnded
from pbx.media.effects import (
    BridgeLegs,
    StopPlay,
)
from pbx.services.ringing import Ringing, RingLost, RingWon
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall
from pbx.sip.events import (
    AorFound,
    LegAnswered,
    LegRejected,
    LegRinging,
)

ELSEWHERE = 200  # RFC 3326: Reason of a leg that lost the race, so that phones log no missed call
NO_TRUNK = 503  # none of the trunks can take a call now
TIMED_OUT = 408  # of a device that said nothing; no person refused
Lost = RingEnded | int | None  # for the flow, or the status for an unanswered caller


class Connect(Parties):
    """Rings until somebody answers, and bridges him with whoever waits."""

    __slots__ = (
        "_early",
        "_flow_rings",
        "_inward",
        "_lookups",
        "_manner",
        "_outward",
        "_places",
        "_redirects",
        "_ringing",
        "relayed",
    )

    def __init__(self, caller: Leg, start: CallStart, ids: Ids, wall: Wall) -> None:
        super().__init__(caller, start, ids, wall)
        self._places: dict[LegId, PlaceCall] = {}
        self._ringing: Ringing | None = None
        self._outward: Outward | None = None
        self._redirects = Redirects(start)
        self.relayed: tuple[str, ...] = ()  # contacts of a redirection that the caller gets
        self._inward: Inward | None = None
        self._flow_rings = False
        self._early = EarlyMedia(caller, start.offered.offer, start.context.country.lower())
        self._manner = ORDINARY
        self._lookups: dict[Token, str] = {}

    @property
    def deadline(self) -> float | None:
        """When ringing gives up, other telephones join it, or another trunk is tried."""
        if self._ringing is None or self._ringing.deadline is None:
            return None
        others = [one.deadline for one in (self._inward, self._outward) if one is not None]
        dues = (self._ringing.deadline, *others)
        return min((due for due in dues if due is not None), default=None)

    def take_place(self, leg: Leg, replaced: Leg, now: float) -> list[CallEffect] | None:
        """Bridge an answered `leg` in the stead of one that rings or talks; None when that does neither."""
        other = self.other(replaced)
        if other is not None:
            leg.state, leg.shows = LegState.ANSWERED, replaced.shows
            pair = (leg, other) if replaced is self.caller else (other, leg)
            return [*self.join(*pair), HangUp(leg=replaced.id, cause=ELSEWHERE, text="Replaced")]
        if self._ringing is None or replaced.state not in (LegState.CALLING, LegState.RINGING):
            return None
        self._ringing.add((leg.id,))
        won = self._ringing.answered(leg.id)
        if won is None:
            return None
        leg.state, leg.shows = LegState.ANSWERED, self.caller.number
        return self._win(leg, won, now)

    def hand_over(self, now: float) -> Handed:
        """Give everybody but the waiting party to another call; the record keeps what they were."""
        legs = [leg for leg in self.legs.values() if leg is not self.caller and not leg.is_over]
        for leg in legs:
            self.legs[leg.id] = leg.left(self.time(now))
        handed = Handed(legs, self._ringing, self._inward, self._outward, self._places, self._lookups)
        self.winner = self._ringing = self._inward = self._outward = None
        self._places, self._lookups = {}, {}
        return handed

    def family(self, leg: Leg) -> Family:
        """Return what a callee is called by, else what the caller hears."""
        place = self._places.get(leg.id)
        return super().family(leg) if place is None else callee_family(place)

    def take_over(self, handed: Handed) -> None:
        """Go on with the legs of another call, ringing or not."""
        self.legs.update((leg.id, leg) for leg in handed.legs)
        self._flow_rings = False
        self._ringing, self._inward, self._outward = handed.ringing, handed.inward, handed.outward
        self._places.update(handed.places)
        self._lookups.update(handed.lookups)

    def ring_target(self, target: str, due: float) -> list[CallEffect]:
        """A flow rings `extension/1001` or `group/support`."""
        kind, _, name = target.partition("/")
        members = self._start.context.groups.get(name, ()) if kind == "group" else (name,)
        effects = self.ring_extensions(members, due)
        self._flow_rings = True
        return effects

    def ring_extensions(
        self, extensions: tuple[str, ...], due: float, manner: Manner = ORDINARY
    ) -> list[CallEffect]:
        """Find every device of these extensions; AorFound makes legs of them."""
        self._manner = manner
        self._flow_rings = False
        return [*self.ringback(), *self._look_up(extensions, due)]

    def _look_up(self, extensions: tuple[str, ...], due: float) -> list[CallEffect]:
        self._ringing = Ringing(lookups=len(extensions), due=due)
        self._inward = self._outward = None
        domain = self._start.context.domain
        instance = self._start.offered.called_instance if self._manner is ORDINARY else ""
        effects: list[CallEffect] = []
        for extension in extensions:
            token = self._start.tokens.next()
            self._lookups[token] = extension
            effects.append(LookUpAor(token=token, domain=domain, user=extension, instance=instance))
        return effects

    def found(self, event: AorFound, label: str, now: float) -> tuple[list[CallEffect], Lost]:
        """The devices of one extension, each a leg of its own."""
        extension = self._lookups.pop(event.token, None)
        if self._ringing is None or self._ringing.deadline is None or extension is None:
            return [], None
        self._inward = self._inward or Inward(self._shown(), self._label(label), self._manner)
        wanted = self._inward.found(extension, event.contacts, now, self._ringing.deadline)
        legs = self._device_legs(self._inward, wanted, now)
        lost = self._ringing.found(tuple(leg.id for leg in legs))
        effects = [self.open(leg) for leg in legs]
        return self._lost(effects, lost)

    @property
    def _is_of_caller(self) -> bool:
        return self.caller.id == self._start.offered.leg

    def _label(self, label: str) -> str:
        """What was found out about the caller is said of nobody else."""
        return label if self._is_of_caller else ""

    def _shown(self) -> CallStart:
        """Who is shown to those that ring: the caller, after a transfer the party that stayed."""
        start, stays = self._start, self.caller
        if self._is_of_caller:
            return start
        offered = replace(start.offered, from_display="", private=not stays.number, extra=())
        return replace(start, number=stays.number or None, offered=offered)

    def _device_legs(self, inward: Inward, wanted: list[Wanted], now: float) -> list[Leg]:
        legs: list[Leg] = []
        for one in wanted:
            leg = self.add(f"extension/{one[0]}", one[0], now)
            legs.append(leg)
            self._places[leg.id] = inward.order(one, leg.id)
        return legs

    def _ring_also(self, wanted: list[Wanted], now: float) -> list[CallEffect]:
        """Let more telephones ring in a call that rings already."""
        if self._inward is None or self._ringing is None:
            return []
        legs = self._device_legs(self._inward, wanted, now)
        self._ringing.add(tuple(leg.id for leg in legs))
        return [self.open(leg) for leg in legs]

    def _refused(self, leg: Leg, status: int, now: float) -> tuple[list[CallEffect], RingLost | None]:
        """A callee is out: others may ring in its place, else the ringing may be over."""
        if self._ringing is None or self._ringing.deadline is None:
            return [], None
        others = self._inward.refused(leg.id, status, now) if self._inward else []
        effects = self._ring_also(others, now)
        return effects, self._ringing.refused(leg.id, status)

    def ring_trunk(self, route: ToTrunk, due: float, now: float) -> tuple[list[CallEffect], Lost]:
        """One leg to the telephone network, by the first trunk that can take it."""
        start = self._start
        routes = start.trunks.candidates(start.context, route.trunk, self._ids, emergency=route.emergency)
        self._ringing = Ringing(lookups=1, due=due)
        self._flow_rings = False
        self._inward, self._outward = None, Outward(routes, route, start)
        leg = self._next_trunk(now)
        if leg is None:
            self._ringing = None
            return [], NO_TRUNK
        self._ringing.found((leg.id,))
        return [self.open(leg)], None

    def _next_trunk(self, now: float) -> Leg | None:
        trunk = self._outward.begin(now) if self._outward else None
        if self._outward is None or trunk is None:
            return None
        leg = self.add(f"trunk/{trunk.name}", self._outward.number, now)
        self._places[leg.id] = self._outward.order(trunk, leg.id, self._wall.time(now))
        return leg

    def _hunt_on(self, failed: Leg, now: float) -> list[CallEffect]:
        """Try the next trunk in the place of a leg that failed."""
        leg = self._next_trunk(now)
        if leg is None or self._ringing is None:
            return []
        self._ringing.replace(failed.id, leg.id)
        return [self.open(leg)]

    def place(self, leg: Leg) -> list[CallEffect]:
        """The callee's port is open: send the INVITE."""
        order = self._places.pop(leg.id, None)
        if order is None or leg.negotiation is None:
            return [*leg.close_port()]
        leg.state = LegState.CALLING
        offer = leg.negotiation.offer()
        return [replace(order, offer=offer)]

    def ringing(self, event: LegRinging) -> list[CallEffect]:
        """A phone rings or is heard already: so does, or hears, the caller."""
        leg = self.legs.get(event.leg)
        if leg is None or leg.state not in (LegState.CALLING, LegState.RINGING):
            return []
        leg.state = LegState.RINGING
        policy = EarlyPolicy()
        if self._outward is not None:
            self._outward.ringing(leg.id)
            policy = self._outward.early
        described = try_agreed(leg, event)
        is_described = event.answer is not None or event.offer is not None
        return [*described, *self._early.progressed(leg, event.status, policy, described=is_described)]

    def is_ringing(self, leg: LegId) -> bool:
        """Whether this is a callee that has not answered yet."""
        found = self.legs.get(leg)
        return found is not None and found.state is LegState.RINGING

    def answered(self, event: LegAnswered, now: float) -> tuple[list[CallEffect], Leg | None]:
        """A callee answered: bridge the first, end the others. PeerFault when media do not fit."""
        leg = self.legs[event.leg]
        leg.state, leg.answered_at = LegState.ANSWERED, self._wall.time(now)
        leg.audio = None
        described = try_agreed(leg, event)
        won: RingWon | None = self._ringing.answered(leg.id) if self._ringing and leg.audio else None
        if won is None or leg.audio is None:
            return [*described, HangUp(leg=leg.id)], None  # its LegEnded counts as a refusal
        return [*described, connect_leg(leg.id, leg.audio), *self._win(leg, won, now)], leg

    def _win(self, leg: Leg, won: RingWon, now: float) -> list[CallEffect]:
        effects: list[CallEffect] = []
        for loser in won.losers:
            effects += self.drop(self.legs[loser], elsewhere=True)
        if self.caller.state is not LegState.ANSWERED:
            effects += self.answer_caller(now)
        self.winner = leg
        return [*effects, StopPlay(leg=self.caller.id), BridgeLegs(a=self.caller.id, b=leg.id)]

    def rejected(self, event: LegRejected, now: float) -> tuple[list[CallEffect], Lost]:
        """A callee's final failure."""
        leg = self.legs.get(event.leg)
        if leg is None:
            return [], None
        leg.state, leg.ended_at, leg.cause = LegState.ENDED, self._wall.time(now), str(event.status)
        self.q850[event.status] = event.q850
        closing: list[CallEffect] = [*self._early.gone(leg), *leg.close_port()]
        moved = self._moved(leg, event, now)
        if moved is not None:
            return [*closing, *moved[0]], moved[1]
        self.relayed = self._redirects.relayed(leg, event)
        if self.relayed and self.caller.state is not LegState.ANSWERED:
            self._ringing = None
            return closing, event.status
        if self._ringing and self._outward and self._outward.goes_on(leg.id, event.status):
            return [*closing, *self._hunt_on(leg, now)], None
        effects, lost = self._refused(leg, event.status, now)
        return self._lost([*closing, *effects], lost)

    def _moved(self, leg: Leg, event: LegRejected, now: float) -> tuple[list[CallEffect], Lost] | None:
        """Follow a redirection in the place of its leg, None when it ends here. In a group it does."""
        ringing = self._ringing
        if ringing is None or ringing.deadline is None or not ringing.is_alone(leg.id):
            return None
        followed = self._redirects.follow(leg, event, has_rung=self.caller.state is LegState.RINGING)
        if followed is None:
            return None
        self._start, route = followed
        is_waiting = self.caller.state in (LegState.OPENING, LegState.RINGING)
        told: list[CallEffect] = [*(self._redirects.told(self.caller, route) if is_waiting else ())]
        if isinstance(route, ToExtension):
            self._outward = None
            return [*told, *self._look_up((route.extension,), ringing.deadline)], None
        effects, lost = self.ring_trunk(route, ringing.deadline, now)
        if lost is not None:
            return self._lost(told, RingLost(outcome="no_answer", status=NO_TRUNK, pending=()))
        return [*told, *effects], None

    def ended_by(self, status: int) -> str:
        """Who ended a ringing with `status`: the callee that sent it; the system when time was up."""
        callees = [leg for leg in self.legs.values() if leg is not self.caller]
        is_refused = status != TIMED_OUT and any(leg.cause == str(status) for leg in callees)
        return "callee" if is_refused and all(leg.state is LegState.ENDED for leg in callees) else "system"

    def leg_gone(self, leg: Leg, now: float) -> tuple[list[CallEffect], Lost]:
        """A callee's leg ended before it was bridged."""
        leg.state, leg.ended_at = LegState.ENDED, leg.ended_at or self._wall.time(now)
        self._places.pop(leg.id, None)
        effects, lost = self._refused(leg, 480, now)
        return self._lost([*self._early.gone(leg), *effects], lost)

    def tick(self, now: float) -> tuple[list[CallEffect], Lost]:
        """Nobody answered in time, telephones of lower q join, or a silent trunk gives way to the next."""
        silent = self._outward.overdue(now) if self._outward and self._ringing else None
        if silent is not None:
            leg = self.legs[silent]
            leg.cause = str(TIMED_OUT)
            return [*self.drop(leg), *self._hunt_on(leg, now)], None
        lost = self._ringing.tick(now) if self._ringing else None
        joining = self._inward.tick(now) if self._inward and not lost else []
        effects = self._ring_also(joining, now)
        for pending in lost.pending if lost else ():
            effects += self.drop(self.legs[pending])
        return self._lost(effects, lost)

    def drop(self, leg: Leg, *, elsewhere: bool = False) -> list[CallEffect]:
        """End a callee's leg whatever it is doing; its port follows."""
        if leg.state is LegState.OPENING:
            self._places.pop(leg.id, None)
            leg.state = LegState.ENDED
            return [*leg.close_port()]
        if leg.state is LegState.ENDED:
            return []
        if elsewhere:
            return [HangUp(leg=leg.id, cause=ELSEWHERE, text="Call completed elsewhere")]
        return [HangUp(leg=leg.id)]

    def _lost(self, effects: list[CallEffect], lost: RingLost | None) -> tuple[list[CallEffect], Lost]:
        if lost is None:
            return effects, None
        self._ringing = None
        if not self._flow_rings:
            return effects, lost.status or 480
        return [*effects, StopPlay(leg=self.caller.id)], RingEnded(outcome=lost.outcome)
