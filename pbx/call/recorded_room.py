"""Recorded room: one conference whose rules may have it recorded, its recording and its call record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pbx.call.capture import Capture
from pbx.call.context import CallContext, Wall
from pbx.call.effects import CallEffect, SaveCall
from pbx.call.gathering import LEAST, Gathering, Member, standing
from pbx.call.grace import Grace, is_cut_off
from pbx.call.guests import NOT_RECORDED
from pbx.call.indicator import Indicator, Seen, seen_of
from pbx.call.leg import Leg, LegState
from pbx.call.record import CallRecord, LegRecord
from pbx.call.refusals import Refusals
from pbx.call.refusers import Refusers
from pbx.core.ids import CallId, Ids, LegId, hex_id
from pbx.media.effects import SetGate
from pbx.recording.rules import CallFacts

DIRECTION = "conference"  # of the record of a room, which is no call of anybody
MAX_LEGS = 1000  # of one record: 200 seats of a room, each taken five times
LEFT = "left"  # cause of a leg that sits there no more
NOBODY_ORDERS = "whoever ordered it has left"


class RecordedRoom:
    """From the first who comes until the last has left; its record begins with its recording."""

    __slots__ = (
        "_began_at",
        "_ended_at",
        "_is_broken",
        "_legs",
        "_lost",
        "_members",
        "_orderers",
        "_own",
        "_saved",
        "_seen",
        "_told",
        "_wall",
        "call",
        "capture",
        "context",
        "gathering",
        "grace",
        "is_cut_off",
        "name",
        "refusers",
    )

    def __init__(
        self, name: str, context: CallContext, by: tuple[Ids, Wall], refusals: Refusals | None = None
    ) -> None:
        """`name` = `tenant/room`; `context` is that of the call which came first."""
        ids, self._wall = by
        self.name, self.call, self.context = name, CallId(hex_id(ids)), context
        facts = CallFacts(conferences=frozenset({name.partition("/")[2]}))
        self.capture = Capture(self.call, context, ids, self._wall, facts=facts, refusals=refusals)
        self.gathering, self.grace = Gathering(self.capture), Grace(self.capture)
        self._own: dict[LegId, Gathering] = {}  # by whose own call is recorded
        self.refusers = Refusers()
        self._seen: tuple[object, ...] = ()
        self.is_cut_off = False  # everybody's call ends, for it may not go on unrecorded
        self._members: dict[LegId, Member] = {}  # whose seat it is, with media or without
        self._orderers: set[LegId] = set()  # who has pressed the record key
        self._lost: set[LegId] = set()  # whose media worker died
        self._is_broken = False  # the leg that was recorded is one of them
        self._legs: dict[LegId, LegRecord] = {}
        self._told: dict[LegId, Seen] = {}  # what each was told of the recording last
        self._began_at: datetime | None = None
        self._ended_at: datetime | None = None
        self._saved: CallRecord | None = None

    def ordered(self, leg: LegId) -> None:
        """Who sits here has pressed the key: while one of these is there, the order stands."""
        if self.capture.ruling.is_ordered:
            self._orderers.add(leg)

    def lost(self, leg: LegId) -> None:
        """The media worker of a leg died, and a journal with it if the leg is the one that is recorded."""
        self._is_broken = self._is_broken or leg == self.capture.tapped
        self._lost.add(leg)
        self.capture.absent(leg)

    def follow(self, members: Sequence[Member], seated: frozenset[LegId], now: float) -> list[CallEffect]:
        """These are there with media, and these have a seat."""
        coming = {leg for leg, one in self._members.items() if comes_back(one.leg)}
        gone = [self._members.pop(leg) for leg in list(self._members) if leg not in seated | coming]
        self._members |= {one.leg.id: one for one in members}
        done = [effect for one in gone for effect in self._leaves(one, now)]
        self._orderers &= seated | coming
        if self.capture.ruling.is_ordered and not self._orderers:
            self.capture.ruling.is_ordered = False
            done += self.capture.stop_before(NOBODY_ORDERS)
        done += self._seat(members, now)
        if members and not self._is_broken:
            done += self.gathering.follow(members, now)
            done += self._joined(members, now)
            self._lost -= {one.leg.id for one in members}
        self._turn_down(members, now)
        self.grace.follow(now, talks=len(members) >= LEAST and not self.is_cut_off)
        self._write(members, now)
        return done

    def _turn_down(self, members: Sequence[Member], now: float) -> None:
        """Who is alone has nobody to talk with, and whose recording ends with all has no need to go first."""
        is_talk = len(members) >= LEAST and not self.is_cut_off
        gatherings = (self.gathering, *self._own.values()) if is_talk else ()
        self.refusers.follow({leg for one in gatherings for leg in one.turned_down(members)}, now)

    def _joined(self, members: Sequence[Member], now: float) -> list[CallEffect]:
        """Some are recorded in calls of their own: whoever sits with them is told of that, too."""
        seen = tuple((*standing(one), one.capture.recording, one.capture.is_running) for one in members)
        if seen == self._seen:
            return []
        self._seen = seen
        kept = {one.leg.id: one.capture for one in members if one.capture.keeps_call}
        left = [self._own.pop(leg) for leg in list(self._own) if leg not in kept]
        done = [effect for one in left for effect in one.over(members, now)]
        for leg, capture in kept.items():
            before = capture.opened_gates
            done += _changes(self._own.setdefault(leg, Gathering(capture)).follow(members, now), before)
        return done

    def tell(self, indicator: Indicator, leg: Leg, now: float) -> bool:
        """A party hears what has become of the recording (R-17); False = nothing since it was told last."""
        seen, is_turned_out = seen_of(self.capture), self.refusers.is_to_hear(leg.id)
        if is_turned_out:
            indicator.say(leg, "turned_out")
        if self._told.get(leg.id) == seen:
            return is_turned_out
        is_ours = leg.party.startswith("extension/")
        before = Seen() if is_ours or is_cut_off(self.capture) else seen
        indicator.notice(leg, self._told.get(leg.id, before), self.capture, now)
        self._told[leg.id] = seen
        return True

    def over(self, now: float) -> list[CallEffect]:
        """The last has left."""
        self._ended_at = self._wall.time(now)
        return self.capture.stop("recorded")

    @property
    def is_over(self) -> bool:
        """Whether the last has left."""
        return self._ended_at is not None

    @property
    def legs(self) -> list[Leg]:
        """Of those who sit here, also of who gets other media at this moment."""
        return [one.leg for one in self._members.values()]

    @property
    def is_on_record(self) -> bool:
        """Whether anything was recorded, or was to be."""
        return self._began_at is not None

    @property
    def refusing(self) -> tuple[str, ...]:
        """Who is there and does not want to be recorded."""
        refused = self.capture.refusing()
        return tuple(one.leg.party for leg, one in self._members.items() if leg in refused)

    def saved(self) -> list[SaveCall]:
        """The order to save the record, if there is one and it has changed."""
        record = self.record if self.is_on_record else None
        if record is None or record == self._saved:
            return []
        self._saved = record
        return [SaveCall(record=record)]

    @property
    def record(self) -> CallRecord:
        """As of now; only one that `is_on_record` has begun."""
        assert self._began_at is not None, "it is on record"
        room = self.name.partition("/")[2]
        return CallRecord(
            call=self.call,
            tenant=self.context.tenant,
            direction=DIRECTION,
            called=room,
            caller_number="",
            offered_at=self._began_at,
            answered_at=self._began_at,
            ended_at=self._ended_at,
            ended_by="system" if self._ended_at else "",
            cause=(NOT_RECORDED if self.is_cut_off else "empty") if self._ended_at else "",
            route=f"conference {room}",
            recording=self.capture.first or "",
            recording_state=self.capture.state,
            recording_reason=self.capture.why,
            consents=tuple(self.capture.facts.consents),
            legs=tuple(self._legs.values()),
        )

    def _leaves(self, one: Member, now: float) -> list[CallEffect]:
        """What he says elsewhere is not of this recording; his own may go on there."""
        leg = one.leg.id
        self._told.pop(leg, None)
        if leg in self._legs:
            self._legs[leg] = replace(self._legs[leg], ended_at=self._wall.time(now), cause=LEFT)
        parted = self.capture.parted(one.leg)
        kept = [gate for gate in parted if not (isinstance(gate, SetGate) and one.capture.keeps(leg))]
        noted = self.capture.party_left(one.leg)
        return [*kept, *noted, *one.telling.leave(leg, now)]

    def _seat(self, members: Sequence[Member], now: float) -> list[CallEffect]:
        """The leg that is recorded has to be one that is here."""
        tapped = self.capture.tapped
        if self._is_broken:
            back = next((one.leg.id for one in members if one.leg.id in self._lost), None)
            if back is None:
                return []
            self._is_broken = False
            return self.capture.resume_at(back, now)
        if tapped is None or tapped in self._members or not members:
            return []
        open_first = sorted(members, key=lambda one: one.leg.id not in self.capture.opened_gates)
        return self.capture.follow(tapped, open_first[0].leg.id)

    def _write(self, members: Sequence[Member], now: float) -> None:
        """Who is there while it is recorded is in the record; his own call says where the recording is."""
        if self.capture.first is None and self.capture.state != "failed":
            return
        self._began_at = self._began_at or self._wall.time(now)
        for one in members:
            own = one.capture
            if not own.reason and not own.is_running and own.first is None:
                own.reason = f"conference {self.name.partition('/')[2]} is recorded as call {self.call}"
            is_heard = self.capture.is_running or not self._legs
            if is_heard and one.leg.id not in self._legs and len(self._legs) < MAX_LEGS:
                self._legs[one.leg.id] = _seated(one.leg, self._wall.time(now))


def _changes(effects: list[CallEffect], is_open: frozenset[LegId]) -> list[CallEffect]:
    """The orders without those for gates that are so already, since these came together."""
    done: list[CallEffect] = []
    for one in effects:
        if not isinstance(one, SetGate):
            done.append(one)
        elif one.open != (one.leg in is_open):
            is_open = is_open | {one.leg} if one.open else is_open - {one.leg}
            done.append(one)
    return done


def comes_back(leg: Leg) -> bool:
    """Whether a leg gets a port at the room's media worker, and has no seat until then."""
    return leg.state is not LegState.ENDED and (leg.is_moving or leg.is_lost)


def _seated(leg: Leg, at: datetime) -> LegRecord:
    return LegRecord(
        leg=leg.id, role=leg.role, party=leg.party, number=leg.number, offered_at=at, answered_at=at
    )
