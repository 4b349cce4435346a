"""Putting parties together: ports, offers and answers, ringing, the bridge."""

from dataclasses import replace

from pbx.call.callees import ELSEWHERE, NO_TRUNK, Callees, Lost
from pbx.call.context import Wall
from pbx.call.descriptions import connect_leg, try_agreed
from pbx.call.early_media import EarlyMedia
from pbx.call.early_policy import EarlyPolicy
from pbx.call.effects import CallEffect
from pbx.call.leg import Leg, LegState
from pbx.call.redirects import Redirects
from pbx.call.start import CallStart
from pbx.core.ids import Ids, LegId
from pbx.dialplan.routes import ToExtension, ToTrunk
from pbx.media.effects import (
    BridgeLegs,
    StopPlay,
)
from pbx.services.forking import GLOBAL_FAILURE
from pbx.services.ringing import RingLost, RingWon
from pbx.services.rota import Rota
from pbx.sip.effects import HangUp
from pbx.sip.events import (
    LegAnswered,
    LegRejected,
    LegRinging,
)

AT_ONCE = 0.0  # a time that has passed
TIMED_OUT = 408  # of a device that said nothing; no person refused


class Connect(Callees):
    """Rings until somebody answers, and bridges him with whoever waits."""

    __slots__ = ("_early", "_redirects", "relayed")

    def __init__(self, caller: Leg, start: CallStart, ids: Ids, wall: Wall) -> None:
        super().__init__(caller, start, ids, wall)
        self._redirects = Redirects(start)
        self._early = EarlyMedia(caller, start.offered.offer, start.context.country.lower())
        self.relayed: tuple[str, ...] = ()  # contacts of a redirection that the caller gets

    @property
    def deadline(self) -> float | None:
        """When ringing gives up, other telephones join it, or another trunk is tried."""
        if self._ringing is None or self._ringing.deadline is None:
            return None
        ways = (self._inward, self._rota, *self._outwards)
        dues = [self._ringing.deadline, *(one.deadline for one in ways if one is not None)]
        if self._is_quiet:
            dues.append(AT_ONCE)
        return min((due for due in dues if due is not None), default=None)

    @property
    def _is_quiet(self) -> bool:
        """Whether nobody rings any more before the turn of others has come."""
        n_waiting = self._rota.n_waiting if self._rota is not None else 0
        return n_waiting > 0 and self._ringing is not None and self._ringing.is_quiet(n_waiting)

    def asks(self, event: LegAnswered, now: float, most_s: float) -> list[CallEffect] | None:
        """Who has answered can be asked something: to all others it still rings; None = it rings no more."""
        leg, ringing = self.legs[event.leg], self._ringing
        if ringing is None or ringing.deadline is None or leg.state is LegState.ENDED:
            return None
        described = try_agreed(leg, event)
        if leg.audio is None:
            return None
        leg.state = LegState.RINGING
        ringing.lasts(now + most_s)
        if self._rota is not None:
            self._rota.stays(leg.id)
        if (way := self._way_of(leg.id)) is not None:
            way.ringing(leg.id)
        return [*described, connect_leg(leg.id, leg.audio)]

    def take_place(self, leg: Leg, replaced: Leg, now: float) -> list[CallEffect] | None:
        """Bridge an answered `leg` in the stead of one that rings or talks; None when that does neither."""
        other = self.other(replaced)
        if other is not None:
            leg.state, leg.shows = LegState.ANSWERED, leg.shows or replaced.shows
            pair = (leg, other) if replaced is self.caller else (other, leg)
            return [*self.join(*pair), HangUp(leg=replaced.id, cause=ELSEWHERE, text="Replaced")]
        return self._outrun(leg, now) if replaced.state in (LegState.CALLING, LegState.RINGING) else None

    def meet(self, leg: Leg, now: float) -> list[CallEffect] | None:
        """Bridge an answered `leg` with a party that waits, whoever rings for it; None when it does not."""
        if self.winner is not None or self.caller.state is not LegState.ANSWERED:
            return None
        if self._ringing is not None and self._ringing.deadline is not None:
            return self._outrun(leg, now)
        leg.state = LegState.ANSWERED
        return self.join(self.caller, leg)

    def _outrun(self, leg: Leg, now: float) -> list[CallEffect] | None:
        """Answer for all that ring."""
        if self._ringing is None:
            return None
        self._ringing.add((leg.id,))
        won = self._ringing.answered(leg.id)
        if won is None:
            return None
        leg.state, leg.shows = LegState.ANSWERED, leg.shows or self.caller.number
        return self._win(leg, won, now)

    def _refused(self, leg: Leg, status: int, now: float) -> tuple[list[CallEffect], RingLost | None]:
        """A callee is out: others may ring in its place, else the ringing may be over."""
        if self._ringing is None or self._ringing.deadline is None:
            return [], None
        others = self._inward.refused(leg.id, status, now) if self._inward else []
        effects = self._ring_also(others, now)
        return effects, self._ringing.refused(leg.id, status)

    def ringing(self, event: LegRinging) -> list[CallEffect]:
        """A phone rings or is heard already: so does, or hears, the caller."""
        leg = self.legs.get(event.leg)
        if leg is None or leg.state not in (LegState.CALLING, LegState.RINGING):
            return []
        leg.state = LegState.RINGING
        policy = EarlyPolicy()
        if (way := self._way_of(leg.id)) is not None:
            way.ringing(leg.id)
            policy = way.early
        described = try_agreed(leg, event)
        is_described = event.answer is not None or event.offer is not None
        return [*described, *self._early.progressed(leg, event.status, policy, described=is_described)]

    def speak(self) -> list[CallEffect] | None:
        """Let a caller who was not answered hear what we have to say, None = it cannot."""
        return self._early.speak()

    def pair(self, leg: Leg) -> tuple[Leg, Leg] | None:
        """A party and whom it is bridged with, before or after the answer; who waited comes first."""
        heard = self._early.pair()
        other = self.legs[heard] if heard is not None and self.winner is None else self.winner
        return (self.caller, other) if other is not None and leg in (self.caller, other) else None

    def tone(self, leg: Leg) -> list[CallEffect]:
        """What a party that waits hears of it, as orders for another media worker."""
        if leg is not self.caller or self.winner is not None:
            return []
        is_ringing = self._ringing is not None and self._ringing.deadline is not None
        return [*self._early.tone(), *(self.ringback() if is_ringing else [])]

    def is_ringing(self, leg: LegId) -> bool:
        """Whether this is a callee that has not answered yet."""
        found = self.legs.get(leg)
        return found is not None and found.state is LegState.RINGING

    def answered(self, event: LegAnswered, now: float) -> tuple[list[CallEffect], Leg | None]:
        """A callee answered: bridge the first, end the others. PeerFault when media do not fit."""
        leg = self.legs[event.leg]
        leg.state, leg.answered_at = LegState.ANSWERED, self._wall.time(now)
        leg.audio, leg.is_record_aware = None, event.is_record_aware
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
            self.winner = leg
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
        way = self._way_of(leg.id)
        if self._ringing and way and way.goes_on(leg.id, event.status):
            return [*closing, *self._hunt_on(way, leg, now)], None
        effects, lost = self._refused(leg, event.status, now)
        return self._lost([*closing, *effects], lost)

    def _moved(self, leg: Leg, event: LegRejected, now: float) -> tuple[list[CallEffect], Lost] | None:
        """Follow a redirection in the place of its leg, None when it ends here. In a group it does."""
        ringing = self._ringing
        is_alone = ringing is not None and ringing.deadline is not None and ringing.is_alone(leg.id)
        if ringing is None or ringing.deadline is None or not is_alone or leg.is_to_accept:
            return None
        followed = self._redirects.follow(leg, event, has_rung=self.caller.state is LegState.RINGING)
        if followed is None:
            return None
        self._start, route = followed
        if leg.is_outreach and isinstance(route, ToTrunk):
            route = replace(route, purpose="marketing")  # whatever the carrier's contact says of it
        self._early.forwarded()
        is_waiting = self.caller.state in (LegState.OPENING, LegState.RINGING)
        told: list[CallEffect] = [*(self._redirects.told(self.caller, route) if is_waiting else ())]
        if isinstance(route, ToExtension):
            return [*told, *self._look_up((route.extension,), ringing.deadline)], None
        effects, lost = self.ring_trunk(route, ringing.deadline, now)
        if lost is not None:
            status = lost if isinstance(lost, int) else NO_TRUNK
            return self._lost([*told, *effects], RingLost(outcome="no_answer", status=status, pending=()))
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
        for way in self._outwards if self._ringing else ():
            if (silent := way.overdue(now)) is not None:
                leg = self.legs[silent]
                leg.cause = str(TIMED_OUT)
                return [*self.drop(leg), *self._hunt_on(way, leg, now)], None
        lost = self._ringing.tick(now) if self._ringing else None
        joining = self._inward.tick(now) if self._inward and not lost else []
        effects = self._ring_also(joining, now)
        if lost is not None:
            self._start.trail.note("nobody has answered in time", now)
        for pending in lost.pending if lost else ():
            effects += self.drop(self.legs[pending])
        if lost is None and self._rota is not None:
            turned, ended = self._turns(self._rota, now)
            return [*effects, *turned], ended
        return self._lost(effects, lost)

    def _turns(self, rota: Rota, now: float) -> tuple[list[CallEffect], Lost]:
        """The turn of some places is over, that of others has come."""
        effects: list[CallEffect] = []
        lost: RingLost | None = None
        for one in rota.over(now):
            leg, is_called = self.legs[one], self.legs[one].state is not LegState.OPENING
            if self._inward is not None:
                self._inward.refused(one, GLOBAL_FAILURE, now)  # no telephone of lower q in its place
            self._outwards = [way for way in self._outwards if way.leg != one]
            effects += self.drop(leg)  # the end of its leg counts as a refusal
            if not is_called and self._ringing is not None:
                lost = self._ringing.refused(one, TIMED_OUT)
        if lost is not None:
            return self._lost(effects, lost)
        begun, ended = self._begin(rota.begin(now, is_quiet=self._is_quiet), now)
        return [*effects, *begun], ended
