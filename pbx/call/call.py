"""One call: its legs, who rings, who is bridged. State is derived from the legs."""

from pbx.call.call_parts import CallParts
from pbx.call.closing import ClosingCall
from pbx.call.connected import dialled
from pbx.call.context import Wall
from pbx.call.effects import CallEffect, SaveCall
from pbx.call.ending import UNRECORDED
from pbx.call.events import (
    CallerOrder,
    CallEvent,
    CallFailed,
    EntryDelivered,
    RecordingOrdered,
    SecureEntryOrdered,
    WithdrawalOrdered,
)
from pbx.call.fax import ReinviteEvent
from pbx.call.gate_order import shut_first
from pbx.call.leg import TRANSFERRED, Leg
from pbx.call.losses import Over
from pbx.call.ordered import EnterFlow, EnterSlot, FeatureEvent, Ordered
from pbx.call.rescue import MEDIA_LOST
from pbx.call.start import CallStart
from pbx.core.errors import MisuseError, PeerFault
from pbx.core.ids import Ids
from pbx.dialplan.routes import NoRoute, ToExtension, ToFlow, ToPickup, ToSlot, ToTrunk, ToWatch
from pbx.ivr.effects import EchoTest, EndCall, PageGroup, ParkCaller, RingTarget
from pbx.ivr.events import PageEnded, ParkEnded, RingEnded
from pbx.media.effects import CloseLeg
from pbx.media.events import (
    AudioFault,
    DigitReceived,
    LegFailed,
    LegOpened,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
)
from pbx.services.lines import LinesOfCall
from pbx.sip.effects import HangUp
from pbx.sip.events import (
    AorFound,
    InfoDigit,
    LegAnswered,
    LegConfirmed,
    LegRejected,
    LegRinging,
    TransferRequested,
)
from pbx.sip.record_header import RecordRequested

RINGING_MAX_S = 180.0  # RFC 3261 §16.6 timer C: nobody rings longer


class Call(ClosingCall):
    """The machine of one call."""

    __slots__ = ("_started",)

    def __init__(self, start: CallStart, ids: Ids, wall: Wall, now: float) -> None:
        caller = Leg(
            id=start.offered.leg,
            role="caller",
            party=start.party,
            number=start.number or "",
            offered_at=wall.time(now),
            shows=dialled(start.routing.route),
            hop=start.offered.source.host,
            is_doubted=start.is_doubted,
            is_record_aware=start.offered.is_record_aware,
        )
        super().__init__(caller, CallParts(start, caller, (ids, wall), now))
        self._started = False

    @property
    def deadline(self) -> float | None:
        """The earliest of the features', the ringing's, the transfer's and the call's own."""
        return self.parts.deadline

    @property
    def lines(self) -> LinesOfCall:
        """What those who watch its extensions see."""
        shown, others = self.parts.lines.shown, (self.parts.park.lines, self.parts.record_lamp.shown)
        return {**shown, **others[0], **others[1]} if any(others) else shown

    def joined(self, met: Leg, now: float) -> list[CallEffect]:
        """A party of another call is bridged here."""
        joined = [*self.parts.joined(met, now), *self.parts.grants.follow(now)]
        return [*joined, *self.parts.direct.follow(now), SaveCall(record=self.record())]

    def leave(self, status: int, now: float) -> list[CallEffect]:
        """Another call goes on with everybody but one: this one is over."""
        self.parts.connect.caller.cause = TRANSFERRED
        return self._end("system", TRANSFERRED, now, (status, "Transferred"))

    def begin(self, now: float) -> list[CallEffect]:
        """Open the caller's port; everything else follows from LegOpened."""
        return [SaveCall(record=self.record()), self.parts.connect.open(self.caller)]

    def handle(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Something happened to a leg, its media or a pending effect."""
        return self._settled(self._flatten(self._dispatch(event, now), now), now)

    def tick(self, now: float) -> list[CallEffect]:
        """A deadline passed."""
        if now >= self.parts.ending.due:
            return self._forget() if self.parts.ending.is_closing else self._end("system", "too_long", now)
        done: list[Ordered] = [*self.parts.capture.tick(now), *self.parts.indicator.tick(now)]
        done += self.parts.assisted.tick(now)
        if self.parts.features.deadline is not None and self.parts.features.deadline <= now:
            done += self.parts.features.tick(now)
        if self.parts.connect.deadline is not None and self.parts.connect.deadline <= now:
            effects, lost = self.parts.connect.tick(now)
            done += [*effects, *self._ring_lost(lost, now)]
        done += [*self.parts.transfers.tick(now), *self.parts.park.tick(now)]
        done += [*self.parts.rescue.tick(now), *self.parts.fax.tick(now), *self._overdue(now)]
        done += [*self.parts.assisting.tick(now), *self.parts.acceptance.tick(now)]
        done += self.parts.paging.tick(now)
        return self._settled(self._flatten(done, now), now)

    def _dispatch(self, event: CallEvent, now: float) -> list[Ordered]:  # noqa: C901 - one row per event
        match event:
            case LegOpened():
                return self._opened(event, now)
            case LegConfirmed():
                return self._confirmed(event, now)
            case LegRinging() | LegAnswered() | LegRejected() | AorFound():
                return self._callee(event, now)
            case _ if isinstance(event, Over):
                return self._lost_leg(event, now)
            case _ if isinstance(event, ReinviteEvent):
                done = self.parts.reoffers.handle(event, now)
                return [*(self._end("system", MEDIA_LOST, now) if done is None else done)]
            case DigitReceived() | InfoDigit():
                return [*self.parts.pressed(event, now), *self._accepted(now)]
            case RecordRequested() | RecordingOrdered():
                parties = None if self.parts.ending.is_closing else self.parts.connect
                return [*self.parts.features.orders.take(event, parties, now)]
            case SecureEntryOrdered() | EntryDelivered():
                return [*self.parts.assisted.take(event, now)]
            case WithdrawalOrdered():
                return [*self.parts.withdrawals.ordered(event, now)]
            case _ if isinstance(event, CallerOrder):
                return [*self.parts.ordered(event, now)]
            case _ if isinstance(event, FeatureEvent):
                told: list[Ordered] = [*self.parts.assisted.take(event, now)]
                told += [*self.parts.acceptance.take(event, now), *self.parts.paging.heard(event)]
                told += [*self.parts.park.take(event, now), *self.parts.indicator.take(event, now)]
                told += self.parts.assisting.take(event)
                heard, is_over = self.parts.put_through.take(event)
                told += [*heard, *(self._unrecorded(now) if is_over else ())]
                return [*told, *self.parts.features.take(event, now)]
            case RecordingStarted() | RecordingFailed() | RecordingStopped():
                heard = self.parts.capture.handle(event)
                return [*heard, *self.parts.features.recording_changed(now), *self._judged(now)]
            case TransferRequested():
                ordered = self.parts.transfers.requested(event, now, RINGING_MAX_S)
                return [*self.parts.transfers.followed(self.parts.capture), *ordered]
            case CallFailed():
                return [*self._end("system", event.cause, now, event.reason)]
            case _:
                return []

    def _opened(self, event: LegOpened, now: float) -> list[Ordered]:
        if (restored := self.parts.rescue.restored(event, now)) is not None:
            moved = self.parts.connect.legs[event.leg]
            heard = [*self.parts.park.restored(moved), *self.parts.paging.restored(moved)]
            return [*self.parts.fax.interrupted(), *restored, *heard]
        leg = self.parts.connect.opened(event)
        if leg is None:
            return [CloseLeg(leg=event.leg)]
        if self.parts.ending.is_closing:
            return [*leg.close_port()]
        if leg is not self.caller:
            effects, is_taken = self.parts.taking.opened(leg, now)
            if is_taken:
                return self._bridged(effects, leg, now)
            return [*effects, *self._placed(leg, event.no_room, now)]
        if (fault := self.parts.connect.objection()) is not None:
            return [*self._refuse(fault.status, str(fault), now)]
        return self._routed(now)

    def _routed(self, now: float) -> list[Ordered]:
        match self.parts.start.routing.route:
            case ToFlow() | ToWatch():
                return self._answer(now)
            case ToExtension() as route:
                due = now + max(route.ring_s, self.parts.context.ring_s)
                return [*self.parts.connect.ring_extensions((route.extension,), due)]
            case ToTrunk() as route:
                effects, lost = self.parts.connect.ring_trunk(route, now + RINGING_MAX_S, now)
                return [*effects, *self._ring_lost(lost, now)]
            case NoRoute() as route:
                return [*self._refuse(route.status, route.reason, now)]
            case ToPickup() | ToSlot():
                raise MisuseError("whoever answers for another is a leg of that call")

    def _answer(self, now: float) -> list[Ordered]:
        try:
            return [*self.parts.connect.answer_caller(now)]
        except PeerFault as fault:
            return [*self._refuse(fault.status, str(fault), now)]

    def _confirmed(self, event: LegConfirmed, now: float) -> list[Ordered]:
        try:
            connected = self.parts.connect.confirmed(event)
        except PeerFault as fault:
            return [*self._end("system", f"no common media: {fault}", now)]
        route = self.parts.start.routing.route
        # The ACK of a later re-INVITE may carry SDP too; a flow starts once.
        is_late = self._started or self.parts.ending.is_closing
        if is_late or event.leg != self.caller.id or not isinstance(route, ToFlow):
            return [*connected]
        self._started = True
        return [*connected, *self._enter(route.flow, now)]

    def _enter(self, flow: str, now: float) -> list[Ordered]:
        return self.parts.features.start(self.parts.context.flows[flow], self.parts.start.claimed, now)

    def _callee(self, event: LegRinging | LegAnswered | LegRejected | AorFound, now: float) -> list[Ordered]:
        if self.parts.ending.is_closing and isinstance(event, AorFound):
            return []
        if not isinstance(event, LegRinging) and (paged := self.parts.paging.take(event, now)) is not None:
            return [*paged]
        if isinstance(event, LegAnswered):
            return self._callee_answered(event, now)
        if isinstance(event, LegRinging):
            return [*self.parts.connect.ringing(event), *self.parts.transfers.ringing(event.status)]
        if isinstance(event, AorFound):
            label = self.parts.grants.label(self.parts.connect.caller)
            effects, lost = self.parts.connect.found(event, label, now)
        else:
            effects, lost = self.parts.connect.rejected(event, now)
        return [*effects, *self._ring_lost(lost, now)]

    def _callee_answered(self, event: LegAnswered, now: float) -> list[Ordered]:
        if self.parts.ending.is_closing:
            return [HangUp(leg=event.leg)]
        if (asked := self.parts.acceptance.answered(event, now)) is not None:
            return [*asked]
        if (held := self.parts.put_through.answered(event, now)) is not None:
            return [*held, *self._judged(now)]
        try:
            effects, winner = self.parts.connect.answered(event, now)
        except PeerFault as fault:
            return [*self._refuse(fault.status, str(fault), now)]
        if winner is None:
            return [*effects]
        return self._bridged(effects, winner, now)

    def _accepted(self, now: float) -> list[Ordered]:
        """Who was called outside and takes the call has answered now."""
        return [one for event in self.parts.acceptance.taken() for one in self._callee(event, now)]

    def _placed(self, callee: Leg, no_room: str, now: float) -> list[Ordered]:
        """A callee's port is open: call it, unless its call could not be recorded and has to be."""
        in_vain = self.parts.put_through.forbids(callee, no_room)
        return [*in_vain, *self._turned_away(now)] if in_vain else [*self.parts.connect.place(callee)]

    def _judged(self, now: float) -> list[Ordered]:
        """Who has answered is put through, or let go, once it is known whether the call is recorded."""
        verdict = self.parts.put_through.verdict()
        if verdict is None or self.parts.ending.is_closing:
            return []
        if verdict == "refused":
            return self._turned_away(now)
        done = [one for held in self.parts.put_through.release() for one in self._callee(held, now)]
        if verdict == "announced":
            done += self.parts.put_through.announced()
            self.parts.indicator.unrecorded()
        return done

    def _turned_away(self, now: float) -> list[Ordered]:
        """Nobody is put through: whoever sent the caller there has him back, or it ends."""
        gone = self.parts.put_through.let_go()
        returned = self.parts.taken_back(UNRECORDED[0], now)
        if returned is not None:
            return [*gone, *self.parts.capture.ruling.decide(self.parts.talkers), *returned]
        told, is_heard = self.parts.put_through.refuse(now)
        done = [*gone, *self.parts.features.stop(now), *told]
        return [*done, *(() if is_heard else self._unrecorded(now))]

    def _overdue(self, now: float) -> list[Ordered]:
        failed = [*self.parts.put_through.overdue(now), *self._judged(now)]
        return [*failed, *(self._unrecorded(now) if self.parts.is_unrecorded(now) else ())]

    def _bridged(self, effects: list[CallEffect], leg: Leg, now: float) -> list[Ordered]:
        done = [
            *self.parts.stop_waiting(leg, now),
            *effects,
            *self.parts.park.met(leg),
            *self.parts.transfers.answered(now),
            *self.parts.joined(leg, now),
        ]
        return [*shut_first(done), SaveCall(record=self.record())]

    def _ring_lost(self, lost: "RingEnded | int | None", now: float) -> list[Ordered]:
        if lost is None or self.parts.ending.is_closing:
            return []
        returned = self.parts.taken_back(lost, now)
        if returned is not None or (returned := self.parts.queueing.lost(now)) is not None:
            return returned
        if isinstance(lost, RingEnded):
            return self.parts.features.ring_ended(lost, now)
        if self.parts.goes_by_plan(now):
            return self._routed(now)
        return [*self._refuse(lost, self.parts.connect.why, now, by=self.parts.connect.ended_by(lost))]

    def _flatten(self, ordered: list[Ordered], now: float) -> list[CallEffect]:
        effects: list[CallEffect] = []
        for item in ordered:
            match item:
                case RingTarget():
                    due = now + min(item.ring_s, RINGING_MAX_S)
                    rung, lost = self.parts.connect.ring_targets(item, due, now)
                    effects += [*rung, *self._flatten(self._ring_lost(lost, now), now)]
                case EchoTest():
                    effects += self.parts.rescue.echo(self.caller.id)
                case EnterFlow():
                    effects += self._flatten(self._enter(item.flow, now), now)
                case EnterSlot():
                    effects += self.parts.park.begin(item, now)
                case ParkCaller():
                    effects += self._flatten(self.parts.park.hold(item, now), now)
                case PageGroup():
                    effects += self._flatten(self.parts.paging.begin(item, now), now)
                case ParkEnded() | PageEnded():
                    effects += self._flatten(self.parts.features.ring_ended(item, now), now)
                case EndCall():
                    self.parts.ending.meant(item.cause)
                    effects += self._end("system", item.cause, now)
                case _:
                    effects.append(item)
        return self.parts.rescue.held_back(effects)

    def _lost_leg(self, event: Over, now: float) -> list[Ordered]:
        refused = self.parts.taking.failed(event.leg) if isinstance(event, LegFailed) else []
        loss = self.parts.losses.of(event, now)
        done: list[Ordered] = [*refused, *loss.effects, *self._ring_lost(loss.lost, now)]
        done += self.parts.grants.heard(event, now) if isinstance(event, AudioFault) else []
        if self.parts.losses.is_record_due(event, now):
            done.append(SaveCall(record=self.record()))
        if loss.status:
            done += self._refuse(loss.status, loss.cause, now)
        elif loss.cause:
            self.parts.ending.told(*loss.causes)
            done += self._end(loss.by, loss.cause, now)
        return done
