"""All calls of this process: which event belongs to which call, and what a new INVITE leads to."""

from collections.abc import Iterator, Mapping

from pbx.call.attended import REPLIES, join
from pbx.call.call import Call
from pbx.call.call_backs import CallBacks
from pbx.call.conferences import Conferences
from pbx.call.context import Wall
from pbx.call.effects import CallEffect, CallFinished, SaveCall
from pbx.call.events import CallBackPlanned, CallEvent, PassportVerified, QueueOrdered, ReputationTold
from pbx.call.help_board import HelpBoard
from pbx.call.intake import Intake, policies
from pbx.call.notes import noted
from pbx.call.ordering import gone
from pbx.call.outreach import Outreach
from pbx.call.owners import Directory
from pbx.call.queue_board import QueueBoard, Turn
from pbx.call.quotas import CallLimits
from pbx.call.record_indications import RecordIndications
from pbx.call.record_preferences import RecordPreferences
from pbx.call.recorded_room import RecordedRoom
from pbx.call.recording_clients import RecordingClients
from pbx.call.refusals import Refusals
from pbx.call.renamed import renamed
from pbx.call.room_recordings import RoomRecordings
from pbx.call.screening import Screened, Screening, refusal, verdict_fact
from pbx.call.stand_ins import StandIns, Taken
from pbx.call.start import TenantPlan
from pbx.call.stops import Stops
from pbx.call.supervision import Supervision
from pbx.call.three_way import ThreeWays
from pbx.call.tolls import Tolls
from pbx.call.trunks import TrunkBoard
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import CallId, Ids, LegId, hex_id
from pbx.dialplan.routes import NoRoute, ToPickup, ToSlot, ToWatch
from pbx.fraud.guard import TollGuard
from pbx.services.lines import Lines, lines_first
from pbx.services.parking import Lots
from pbx.sip.effects import Reject
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegEnded,
    PeerIdentified,
    TransferRequested,
)
from pbx.sip.record_header import RecordRequested
from pbx.siprec.health import RecorderState


class Switchboard:
    """The machine of machines; a call's events never reach another call."""

    __slots__ = (
        "_backs",
        "_calls",
        "_conferences",
        "_deadlines",
        "_help",
        "_ids",
        "_indications",
        "_lines",
        "_lots",
        "_names",
        "_preferences",
        "_recorders",
        "_rooms",
        "_screening",
        "_stand_ins",
        "_stops",
        "_supervision",
        "_threes",
        "_tolls",
        "_trunks",
        "_wall",
        "intake",
        "queueing",
    )

    def __init__(
        self,
        tenants: Mapping[str, TenantPlan],
        ids: Ids,
        wall: Wall,
        *,
        limits: CallLimits | None = None,
        refusals: Refusals | None = None,
        outreach: Outreach | None = None,
        help_board: HelpBoard | None = None,
    ) -> None:
        self._ids, self._wall = ids, wall
        self._lines, self._conferences = Lines(), Conferences()
        self._tolls = Tolls(TollGuard(policies(tenants), ids, wall))
        self._trunks = TrunkBoard(self._parties)
        self._lots = Lots()
        refusals = refusals or Refusals()
        self._calls: dict[CallId, Call] = {}
        self.queueing = QueueBoard(self._calls, self._lines, tenants)
        boards = (self._tolls, self._trunks, self._conferences, self._lots, refusals)
        self._help = help_board or HelpBoard()
        self.intake = Intake(tenants, limits, boards, outreach, self._help, queues=self.queueing.queues)
        self._backs = CallBacks(self.intake, (ids, wall))
        self._screening = Screening(self.intake.tokens, self._tolls, self.intake.country_of)
        self._supervision = Supervision(self._calls)
        self._threes = ThreeWays(self._calls, self._supervision)
        self._names = Directory()
        self._stand_ins = StandIns(self._calls, self._names, self._lots)
        self._deadlines: DeadlineHeap[CallId] = DeadlineHeap()
        self._recorders = RecordingClients((ids, wall), self._names.legs.of, self._threes.company)
        self._rooms = RoomRecordings(self._calls, self._conferences, (ids, wall, refusals))
        stoppers = (self._supervision, self._recorders, self._tolls, self._rooms)
        self._stops = Stops(self._calls, self._call_of, stoppers)
        self._preferences = RecordPreferences(self._call_of)
        self._indications = RecordIndications(
            self._calls, self._call_of, self._preferences, in_room=self._rooms.keeping
        )

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The live calls."""
        return self._calls

    @property
    def deadline(self) -> float | None:
        boards = (self._screening, self._tolls, self._recorders, self._indications, self._rooms, self._backs)
        dues = (
            self._deadlines.deadline,
            *(one.deadline for one in (*boards, self.intake.lamps, self.queueing)),
        )
        return min((due for due in dues if due is not None), default=None)

    @property
    def conferences(self) -> Conferences:
        """Who sits in which room."""
        return self._conferences

    @property
    def rooms(self) -> Mapping[CallId, RecordedRoom]:
        """The conferences that are recorded, by the call of their record."""
        return self._rooms.rooms

    @property
    def recorders(self) -> Mapping[str, RecorderState]:
        """How the recorders of others are."""
        return self._recorders.states

    @property
    def tolls(self) -> Tolls:
        """What calls to the network cost, and who may make them."""
        return self._tolls

    def swap(self, tenants: Mapping[str, TenantPlan], limits: CallLimits | None = None) -> None:
        """Use another configuration for new calls; live ones keep theirs, and count against it."""
        self.intake.swap(tenants, limits)
        self.queueing.swap(tenants)

    def may_record(self, call: CallId) -> bool:
        """Whether audio of a call may have to be kept; True when it is not known."""
        found = self._calls.get(call)
        plan = self.intake.tenants.get(found.tenant) if found is not None else None
        return plan is None or plan.context.may_record

    def owner(self, event: CallEvent) -> CallId | None:
        """The call an event belongs to."""
        return self._names.owner(event)

    def handle(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Give an event to its call, or make a call of an INVITE."""
        given = self._recorders.hear(event, now) if self._recorders.owns(event) else None
        given = self._rooms.hear(event, now) if given is None else given
        given = self._give(event, now) if given is None else given
        wished = [*self._preferences.heard(event), *self._indications.heard(event, now)]
        heard = [*self._tolls.heard(event, now), *self.intake.outreach.heard(event, now)]
        done = [*given, *heard, *self._stop_over(now), *self.queueing.settle(now, self._turn)]
        settled = self._settled(done, wished, now)
        return [*settled, *self._recorders.reopened(event, self.owner(event), now)]

    def _settled(self, effects: list[CallEffect], wished: list[CallEffect], now: float) -> list[CallEffect]:
        """What follows of all that was done: gates as the parties wish, recorders that know how it is now."""
        calls = [call for call in self._rooms.take_touched() if call.id in self._calls]
        for call in calls:
            self._indications.changed(call)
            self._deadlines.set(call.id, call.deadline)
        calls += (gathered := self._threes.take_touched())
        self._recorders.gathered(gathered, self._rooms.take_changed())
        lamps = [one for call in calls for one in self._lines.update(call.tenant, call.id, call.lines)]
        done = [*self._preferences.applied(effects), *wished, *lamps]
        done += self._indications.settle(done, now)
        return lines_first([*done, *self._recorders.settle(self._preferences, now)])

    def _give(self, event: CallEvent, now: float) -> list[CallEffect]:
        if isinstance(event, CallOffered):
            return self._taken(self._screening.take(event, now), now)
        if isinstance(event, PassportVerified | ReputationTold):
            return self._taken(self._screening.told(event, now), now)
        if isinstance(event, TransferRequested) and event.is_attended:
            return self._attended(event, now)
        if isinstance(event, PeerIdentified):
            return self._renamed(event, now)
        if isinstance(event, CallBackPlanned):
            return self._backs.planned(event, now, is_over=event.asked.call not in self._calls)
        if isinstance(event, QueueOrdered):
            return self.queueing.take(event, now)
        told = noted(event, self._trunks, self._conferences, self.intake.tenant_of, self._backs.found)
        if told is not None:
            return told
        owner = self.owner(event)
        if owner is None and isinstance(event, LegEnded):
            self._screening.ended(event.leg)
        call = self._calls.get(owner) if owner else None
        if call is not None and isinstance(event, LegAnswered):
            self._names.parties.claim((call.tenant, call.parts.connect.legs[event.leg].party), call.id)
        if call is None:
            return [gone(event)] if isinstance(event, RecordRequested) else []
        left = self._threes.leaving(call, event)
        joined = [one for one in self._attended(left, now) if not isinstance(one, REPLIES)] if left else []
        keyed = self._threes.key(call, event, now) or self._rooms.key(call, event, now)
        done = keyed or call.handle(event, now)
        return [*joined, *self._after(call, [*done, *self._threes.heard(call, event, now)], now)]

    def tick(self, now: float) -> list[CallEffect]:
        """Wake the calls whose deadline passed."""
        effects: list[CallEffect] = []
        for offered in self._screening.tick(now):
            effects += self._taken(offered, now)
        due, told = self._backs.tick(now)
        effects += [*told, *(one for call in due for one in self._begun(call, now))]
        for key in self._deadlines.pop_due(now):
            call = self._calls.get(key)
            if call is not None:
                effects += self._after(call, call.tick(now), now)
        done = [*effects, *self._tolls.tick(now), *self._recorders.tick(now), *self._rooms.tick(now)]
        done += self.intake.lamps.tick(now, self._wall)
        done += [*self._stop_over(now), *self.queueing.settle(now, self._turn)]
        return self._settled(done, [], now)

    def _turn(self, call: Call, turn: Turn, now: float) -> list[CallEffect]:
        """A caller in a queue is served, or waits in vain."""
        return self._after(call, call.handle(turn, now), now)

    def _taken(self, screened: Screened | None, now: float) -> list[CallEffect]:
        if isinstance(screened, CallOffered):
            return self._offered(screened, now)
        return [screened] if screened is not None else []

    def _offered(self, event: CallOffered, now: float) -> list[CallEffect]:
        tenant = self.intake.tenants.get(event.origin.tenant)
        if tenant is None:
            return [Reject(leg=event.leg, status=404)]
        if event.replaces is not None:
            return self._stands_in(self._stand_ins.take_place(event, event.replaces, now), now)
        if (refused := refusal(event)) is not None:
            return [*verdict_fact(event, None), refused]
        key = CallId(hex_id(self._ids))
        if full := self.intake.refused(key, event, now):
            return full
        routing = self.intake.routed(event, self._wall.time(now), now)
        if isinstance(routing.route, NoRoute):
            self.intake.release(key)
            return [Reject(leg=event.leg, status=routing.route.status, reason=routing.route.reason)]
        if isinstance(routing.route, ToPickup | ToSlot):
            self.intake.release(key)
            return self._stands_in(self._stand_ins.answer(event, routing.route, now), now)
        beside = self._names.beside(event.origin, routing.route)
        if isinstance(routing.route, ToWatch):
            watched = self._supervision.find(event, routing.route, tenant.context)
            if isinstance(watched, list):
                self.intake.release(key)
                return watched
            beside = watched
        event, routing, labelled = self.intake.doubted(event, routing, key, now)
        start = self.intake.start(event, routing, key, beside)
        call = Call(start, self._ids, self._wall, now)
        return [*self._begun(call, now), *verdict_fact(event, call.id), *labelled]

    def _begun(self, call: Call, now: float) -> list[CallEffect]:
        self._calls[call.id] = call
        self._names.claim(call.id, (call.tenant, call.caller.party), call.caller.id)
        return self._after(call, call.begin(now), now)

    def _stands_in(self, taken: Taken, now: float) -> list[CallEffect]:
        """A device has joined a call in place of another, or was refused."""
        call, effects = taken
        return effects if call is None else self._after(call, effects, now)

    def _stop_over(self, now: float) -> list[CallEffect]:
        """End the calls that are not to go on, whatever their parties want."""
        return [
            done
            for call, over in self._stops.take()
            for done in self._after(call, call.handle(over, now), now)
        ]

    def _attended(self, event: TransferRequested, now: float) -> list[CallEffect]:
        first = self._call_of(event.leg)
        second = self._call_of(event.replaced) if event.replaced else None
        if first is None:
            return []
        joined = join(event, first, second, now)
        if joined.keeper is not None:
            for leg in joined.legs:
                self._names.legs.claim(leg, joined.keeper.id)
            for token in joined.tokens:
                self._names.tokens.claim(token, joined.keeper.id)
        effects = self._after(first, joined.first, now)
        return [*effects, *(self._after(second, joined.second, now) if second else [])]

    def _renamed(self, event: PeerIdentified, now: float) -> list[CallEffect]:
        call = self._call_of(event.leg)
        if call is None or call.parts.ending.is_closing:
            return []
        effects = renamed(event, call.parts, now)
        return self._after(call, [*effects, SaveCall(record=call.record())], now) if effects else []

    def _call_of(self, leg: LegId) -> Call | None:
        owner = self._names.legs.of(leg)
        return self._calls.get(owner) if owner else None

    def _parties(self) -> Iterator[tuple[str, str]]:
        return ((call.tenant, party) for call in self._calls.values() for party in call.parts.connect.parties)

    def _after(self, call: Call, effects: list[CallEffect], now: float) -> list[CallEffect]:
        return self._rooms.after(call, self._followed(call, effects, now), now)

    def _followed(self, call: Call, effects: list[CallEffect], now: float) -> list[CallEffect]:
        effects = self._help.after(call, self._threes.after(call, effects, now), now)
        self._names.claim_ordered(call.id, effects)
        if any(isinstance(effect, CallFinished) for effect in effects):
            self._forget(call, now)
            return [*self._lines.update(call.tenant, call.id, {}), *effects]
        if call.recording:
            self._names.recordings.claim(call.recording, call.id)
        self._deadlines.set(call.id, call.deadline)
        self._recorders.changed(call)
        self._indications.changed(call)
        self.queueing.after(call, now)
        return [*self._lines.update(call.tenant, call.id, call.lines), *effects]

    def _forget(self, call: Call, now: float) -> None:
        self._calls.pop(call.id, None)
        self._backs.over(call.id, now)
        self.intake.over(call.record(), now)
        self.queueing.over(call.id, now)
        self._deadlines.set(call.id, None)
        self._recorders.finished(call.id)
        self._names.forget(call.id)
