"""Callees: the telephones and trunks that a call looks for, places calls to and gives up."""

from dataclasses import replace

from pbx.call.browsers import is_websocket
from pbx.call.context import Wall
from pbx.call.effects import CallEffect
from pbx.call.family import callee_family
from pbx.call.handed import Handed
from pbx.call.inward import Inward, Wanted
from pbx.call.leg import Leg, LegState
from pbx.call.leg_plan import LegPlan, sent_on
from pbx.call.manner import ORDINARY, Manner
from pbx.call.outgoing import numbers_shown
from pbx.call.outreach import inherited, is_marketing
from pbx.call.outward import Outward
from pbx.call.parties import Parties
from pbx.call.secrecy import is_secret
from pbx.call.start import CallStart
from pbx.core.address import Family
from pbx.core.ids import Ids, LegId, Token
from pbx.core.phone import mask
from pbx.dialplan.routes import ToTrunk
from pbx.ivr.effects import RingTarget
from pbx.ivr.events import RingEnded
from pbx.media.effects import StopPlay
from pbx.services.ringing import UNAVAILABLE, Ringing, RingLost
from pbx.services.rota import Place, Rota
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall
from pbx.sip.events import AorFound
from pbx.sip.negotiation import MediaProfile

ELSEWHERE = 200  # RFC 3326: Reason of a leg that lost the race, so that phones log no missed call
BARRED = 403  # this account may not make the call
NO_TRUNK = 503  # none of the trunks can take a call now
Lost = RingEnded | int | None  # for the flow, or the status for an unanswered caller


class Callees(Parties):
    """Who is to be reached, and the legs made for it; what becomes of them is decided in `Connect`."""

    __slots__ = (
        "_flow_rings",
        "_inward",
        "_lookups",
        "_manner",
        "_outwards",
        "_places",
        "_ringing",
        "_rota",
        "why",
    )

    def __init__(self, caller: Leg, start: CallStart, ids: Ids, wall: Wall) -> None:
        super().__init__(caller, start, ids, wall)
        self._places: dict[LegId, PlaceCall] = {}
        self._lookups: dict[Token, str] = {}
        self._ringing: Ringing | None = None
        self._inward: Inward | None = None
        self._outwards: list[Outward] = []
        self._rota: Rota | None = None
        self._flow_rings = False
        self._manner = ORDINARY
        self.why = ""  # a telephone of ours is told why it may not call, "" = nothing to say

    def hand_over(self, now: float) -> Handed:
        """Give everybody but the waiting party to another call; the record keeps what they were."""
        legs = [leg for leg in self.legs.values() if leg is not self.caller and not leg.is_over]
        ways = (self._inward, self._outwards, self._rota)
        for leg in legs:
            self.legs[leg.id] = leg.left(self.time(now))
        handed = Handed(legs, self._ringing, ways, self._places, self._lookups)
        self.winner = self._ringing = self._inward = self._rota = None
        self._outwards = []
        self._places, self._lookups = {}, {}
        return handed

    def family(self, leg: Leg) -> Family:
        """Return what a callee is called by, else what the caller hears."""
        place = self._places.get(leg.id)
        return super().family(leg) if place is None else callee_family(place)

    def media(self, leg: Leg) -> MediaProfile:
        """A browser is called by DTLS with ICE, for it takes nothing else."""
        profile, place = super().media(leg), self._places.get(leg.id)
        is_browser = place is not None and is_websocket(place)
        return replace(profile, offers="webrtc") if is_browser and profile.may_use_dtls else profile

    def is_secret(self, leg: Leg) -> bool:
        """Whether a callee is called by TLS, or the caller has called by it."""
        place = self._places.get(leg.id)
        return super().is_secret(leg) if place is None else is_secret(place)

    def take_over(self, handed: Handed) -> None:
        """Go on with the legs of another call, ringing or not."""
        self.legs.update((leg.id, leg) for leg in handed.legs)
        self._flow_rings = False
        self._ringing = handed.ringing
        self._inward, self._outwards, self._rota = handed.ways
        self._places.update(handed.places)
        self._lookups.update(handed.lookups)

    def ring_targets(self, order: RingTarget, due: float, now: float) -> tuple[list[CallEffect], Lost]:
        """A flow rings extensions, groups and numbers, each at its time."""
        plan = LegPlan(order, self._start, self.time(now))
        for why in plan.skipped:
            self._start.trail.note(why, now)
        self._manner, self._flow_rings = ORDINARY, True
        self._inward, self._outwards = None, []
        self._ringing, self._rota = Ringing(lookups=len(plan.places), due=due), Rota(plan.places, now)
        effects, lost = self._begin(self._rota.begin(now), now)
        if not plan.places:
            effects, lost = self._lost([], RingLost(outcome="no_answer", status=UNAVAILABLE, pending=()))
        return [*self.ringback(), *effects], lost

    def _begin(self, places: list[Place], now: float) -> tuple[list[CallEffect], Lost]:
        """The turn of these places of a ring has come."""
        effects: list[CallEffect] = []
        lost: RingLost | None = None
        for place in places:
            if place.route is None:
                effects.append(self._look_for(place.extension))
            elif self._ringing is not None:
                called, leg = self._call_out(place.route, now, asks_key=place.asks_key)
                effects += called
                lost = self._ringing.found((leg,) if leg is not None else ())
        return self._lost(effects, lost)

    def _call_out(
        self, route: ToTrunk, now: float, *, asks_key: bool
    ) -> tuple[list[CallEffect], LegId | None]:
        """Call a number of a ring, if that may be; `asks_key` = whoever picks up takes it by one."""
        route = inherited(route, self._start.routing.route, self.legs.values())
        denied = self._denied(route, now)
        self.why = ""  # the caller has not dialled it
        if denied is not None:
            self._start.trail.note(f"{mask(route.number)} may not be called: skipped", now)
            return denied, None
        start = sent_on(self._start, route.account)
        routes = start.trunks.candidates(start.context, route.trunk, self._ids, emergency=False)
        outward = Outward(routes, route, start, is_to_accept=asks_key)
        self._outwards.append(outward)
        leg = self._next_trunk(outward, now)
        if leg is None:
            self._start.trail.note(f"{mask(route.number)}: no trunk can take the call, skipped", now)
            return [], None
        told = start.outreach.placed(leg.id, start.call, start.context.tenant, route, now)
        return [*told, self.open(leg)], leg.id

    def ring_extensions(
        self, extensions: tuple[str, ...], due: float, manner: Manner = ORDINARY
    ) -> list[CallEffect]:
        """Find every device of these extensions; AorFound makes legs of them."""
        self._manner = manner
        self._flow_rings = False
        return [*self.ringback(), *self._look_up(extensions, due)]

    def _look_up(self, extensions: tuple[str, ...], due: float) -> list[CallEffect]:
        self._ringing = Ringing(lookups=len(extensions), due=due)
        self._inward = self._rota = None
        self._outwards = []
        return [self._look_for(extension) for extension in extensions]

    def _look_for(self, extension: str) -> CallEffect:
        token = self._start.tokens.next()
        self._lookups[token] = extension
        instance = self._start.offered.called_instance if self._manner is ORDINARY else ""
        domain = self._start.context.domain
        return LookUpAor(token=token, domain=domain, user=extension, instance=instance)

    def found(self, event: AorFound, label: str, now: float) -> tuple[list[CallEffect], Lost]:
        """The devices of one extension, each a leg of its own."""
        extension = self._lookups.pop(event.token, None)
        if self._ringing is None or self._ringing.deadline is None or extension is None:
            return [], None
        self._inward = self._inward or Inward(self._shown(), label, self._manner)
        if not event.contacts:
            self._start.trail.note(f"extension {extension} has no telephone: skipped", now)
        turn = self._rota.end_of(extension) if self._rota is not None else None
        until = min(self._ringing.deadline, turn if turn is not None else self._ringing.deadline)
        wanted = self._inward.found(extension, event.contacts, now, until)
        legs = self._device_legs(self._inward, wanted, now)
        lost = self._ringing.found(tuple(leg.id for leg in legs))
        effects = [self.open(leg) for leg in legs]
        return self._lost(effects, lost)

    @property
    def _is_of_caller(self) -> bool:
        return self.caller.id == self._start.offered.leg and not self.caller.is_renamed

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
            if self._rota is not None:
                self._rota.rings(one[0], leg.id)
        return legs

    def _ring_also(self, wanted: list[Wanted], now: float) -> list[CallEffect]:
        """Let more telephones ring in a call that rings already."""
        if self._inward is None or self._ringing is None:
            return []
        legs = self._device_legs(self._inward, wanted, now)
        self._ringing.add(tuple(leg.id for leg in legs))
        return [self.open(leg) for leg in legs]

    def ring_trunk(self, route: ToTrunk, due: float, now: float) -> tuple[list[CallEffect], Lost]:
        """One leg to the telephone network, by the first trunk that can take it."""
        start = self._start
        route = inherited(route, start.routing.route, self.legs.values())
        denied = self._denied(route, now)
        if denied is not None:
            self._ringing = None
            return denied, BARRED
        routes = start.trunks.candidates(start.context, route.trunk, self._ids, emergency=route.emergency)
        self._ringing = Ringing(lookups=1, due=due)
        self._flow_rings = False
        self._inward = self._rota = None
        self._outwards = [Outward(routes, route, start)]
        leg = self._next_trunk(self._outwards[0], now)
        if leg is None:
            self._ringing = None
            return [], NO_TRUNK
        self._ringing.found((leg.id,))
        told = start.outreach.placed(leg.id, start.call, start.context.tenant, route, now)
        return [*told, self.open(leg)], None

    def _denied(self, route: ToTrunk, now: float) -> list[CallEffect] | None:
        """What to order instead of a call that may not leave, None = it may.

        `why` says so to a telephone of ours: what somebody has wished is nothing for a stranger whose call is
        sent on.
        """
        start = self._start
        call, tenant = start.call, start.context.tenant
        shown = numbers_shown(route, start) if is_marketing(route) else ()
        told, why = start.outreach.ask(call, tenant, route, shown, now)
        self.why = why if self.caller.party.startswith("extension/") else ""
        return told if why else start.tolls.ask(call, tenant, route, now)

    def _way_of(self, leg: LegId) -> Outward | None:
        """The number that is being called on a leg."""
        return next((one for one in self._outwards if one.leg == leg), None)

    def _next_trunk(self, outward: Outward, now: float) -> Leg | None:
        trunk = outward.begin(now)
        if trunk is None:
            return None
        leg = self.add(f"trunk/{trunk.name}", outward.number, now)
        leg.help, leg.is_outreach = outward.help_by(trunk), is_marketing(outward.route)
        leg.is_to_accept = outward.is_to_accept
        self._places[leg.id] = outward.order(trunk, leg.id, self._wall.time(now))
        if self._rota is not None:
            self._rota.rings(outward.number, leg.id)
        start, route = self._start, outward.route
        start.tolls.placed(leg.id, start.context.tenant, route, now)
        start.outreach.tried(leg.id, start.call, start.context.tenant, route, now)
        return leg

    def _hunt_on(self, outward: Outward, failed: Leg, now: float) -> list[CallEffect]:
        """Try the next trunk in the place of a leg that failed."""
        leg = self._next_trunk(outward, now)
        if leg is None or self._ringing is None:
            return []
        self._ringing.replace(failed.id, leg.id)
        return [self.open(leg)]

    def call(self, leg: Leg, order: PlaceCall) -> None:
        """Send this INVITE once the port of the leg is open."""
        self._places[leg.id] = order

    def place(self, leg: Leg) -> list[CallEffect]:
        """The callee's port is open: send the INVITE."""
        order = self._places.pop(leg.id, None)
        leg.hop = order.remote.host if order is not None and order.server is None else ""
        leg.signalled_from(leg.hop)
        if order is None or leg.negotiation is None:
            return [*leg.close_port()]
        leg.state = LegState.CALLING
        offer = leg.negotiation.offer(first=self.codecs_first())
        return [replace(order, offer=offer)]

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

    def give_up(self, cause: int, text: str) -> list[CallEffect]:
        """Nobody is to be reached any more: end the legs of those who have not answered yet."""
        self._ringing = None
        effects: list[CallEffect] = []
        for leg in self.legs.values():
            if leg is self.caller or leg.state in (LegState.ANSWERED, LegState.ENDED):
                continue
            is_called = leg.state is not LegState.OPENING
            effects += [HangUp(leg=leg.id, cause=cause, text=text)] if is_called else self.drop(leg)
        return effects

    def _lost(self, effects: list[CallEffect], lost: RingLost | None) -> tuple[list[CallEffect], Lost]:
        if lost is None:
            return effects, None
        self._ringing = self._rota = None
        if not self._flow_rings:
            return effects, lost.status or UNAVAILABLE
        return [*effects, StopPlay(leg=self.caller.id)], RingEnded(outcome=lost.outcome)
