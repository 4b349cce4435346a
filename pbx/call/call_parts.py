"""The machines of one call, each built on those before it; who joins two calls, or watches one, sees them."""

from dataclasses import replace

from pbx.call.acceptance import Acceptance
from pbx.call.announcement import Announcement
from pbx.call.assisted_entry import AssistedEntry
from pbx.call.assisting import Assisting
from pbx.call.callees import Lost
from pbx.call.capture import Capture
from pbx.call.cdr import call_record
from pbx.call.circumstances import of_offer
from pbx.call.connect import Connect
from pbx.call.connected import tell_both
from pbx.call.context import CallContext, Wall
from pbx.call.direct import DirectMedia
from pbx.call.effects import CallEffect
from pbx.call.ending import Ending
from pbx.call.events import CallerOrder, PersonAsked
from pbx.call.fax import Fax
from pbx.call.features import Features
from pbx.call.grace import Grace, is_turned_down
from pbx.call.grants import Grants
from pbx.call.indicator import Indicator
from pbx.call.key_orders import KeyOrders
from pbx.call.key_relay import KeyRelay
from pbx.call.leg import Leg
from pbx.call.line_view import LineView
from pbx.call.losses import Losses
from pbx.call.opt_outs import OptOuts
from pbx.call.ordered import Ordered
from pbx.call.paging import Paging
from pbx.call.park import Park
from pbx.call.put_through import PutThrough
from pbx.call.queueing import Queueing
from pbx.call.record import CallRecord
from pbx.call.record_lamp import RecordLamp
from pbx.call.reoffers import Reoffers
from pbx.call.rescue import Rescue
from pbx.call.start import CallStart
from pbx.call.taking import Taking
from pbx.call.transfers import Transfers
from pbx.call.withdrawals import Withdrawals
from pbx.core.ids import Ids
from pbx.dialplan.routes import ToExtension
from pbx.media.events import DigitReceived
from pbx.services.queue_effects import QueueEmptied, RingAgents
from pbx.sip.events import InfoDigit


class CallParts:
    """What a call began with, and its machines."""

    __slots__ = (
        "_waiting",
        "acceptance",
        "assisted",
        "assisting",
        "capture",
        "connect",
        "direct",
        "ending",
        "fax",
        "features",
        "grace",
        "grants",
        "indicator",
        "key_relay",
        "lines",
        "losses",
        "paging",
        "park",
        "put_through",
        "queueing",
        "record_lamp",
        "reoffers",
        "rescue",
        "start",
        "taking",
        "transfers",
        "withdrawals",
    )

    def __init__(self, start: CallStart, caller: Leg, by: tuple[Ids, Wall], now: float) -> None:
        ids, wall = by
        self.start = start
        self.capture = Capture(
            start.call, start.context, ids, wall, facts=start.facts, refusals=start.refusals
        )
        whose, boards = (start.call, caller), (start.conferences, start.queues)
        self.features = Features(whose, start.context, self.capture, boards, trail=start.trail)
        self.connect = Connect(caller, start, ids, wall)
        self.transfers = Transfers(self.connect, start)
        tokens = self.features.tokens
        self.park = Park(self.connect, self.transfers, self.capture, Announcement(start.call, tokens))
        self.queueing = self.features.queue.rings = Queueing(self.connect, self.capture)
        self.put_through = PutThrough(self.connect, self.capture, Announcement(start.call, tokens))
        self.acceptance, self.paging = Acceptance(self.connect, tokens), Paging(self.connect, tokens)
        self.grace = Grace(self.capture)
        self.taking = Taking(self.connect)
        features, telling = self.features, self.features.telling
        self.indicator = Indicator(self.connect, self.capture, telling, features.tokens)
        self.assisted = AssistedEntry(self.connect, self.capture, features, self.indicator)
        self.withdrawals = Withdrawals(
            self.connect, self.capture, telling, self.indicator, is_secret=features.is_secret
        )
        opt_outs = OptOuts(self.connect, self.indicator, is_secret=features.is_secret)
        orders = KeyOrders(start.context.codes, features.orders, (self.withdrawals, opt_outs), self.assisted)
        self.key_relay = KeyRelay(self.connect, orders)
        self.fax = Fax(self.connect, self.capture)
        self.lines, self.record_lamp = LineView(self.connect, start), RecordLamp(self.connect, self.capture)
        secrets = (self.features, self.assisted)
        self.rescue = Rescue(self.connect, self.capture, secrets, music=start.context.music)
        self.direct = DirectMedia(self.connect, self.capture, (telling, self.indicator, self.assisted))
        self.reoffers = Reoffers(self.connect, self.rescue, self.fax, self.direct, telling)
        self.losses = Losses(self.connect, self.transfers, self.rescue)
        self.grants = Grants(self.connect, self.features, ids)
        self.features.verifying.start(start.claimed)
        self.assisting = Assisting(self.connect, self.features.verifying)
        self.ending = Ending(now)
        self._waiting = (
            self.features,
            self.assisted,
            self.connect,
            self.transfers,
            self.park,
            self.rescue,
            self.fax,
            self.capture,
            self.direct,
            self.indicator,
            self.put_through,
            self.acceptance,
            self.paging,
            self.grace,
            self.grants,
            self.assisting,
        )

    @property
    def context(self) -> CallContext:
        """Its tenant's."""
        return self.start.context

    def goes_by_plan(self, now: float) -> bool:
        """Whether the telephone that help was to reach is lost: the call goes on as its number says, once."""
        route, offered = self.start.routing.route, self.start.offered
        if not isinstance(route, ToExtension) or not route.for_help:
            return False
        known = of_offer(offered, self.context, self.connect.time(now))
        routing = self.start.plan.match(offered.called, offered.origin, known)
        trace = (*self.start.routing.trace, "nobody has answered there", *routing.trace[1:])
        self.start = replace(self.start, routing=replace(routing, trace=trace))
        return True

    @property
    def talkers(self) -> tuple[str, ...]:
        """The parties that are bridged, or the one that waits."""
        both = (self.connect.caller, self.connect.winner)
        return tuple(leg.party for leg in both if leg is not None)

    @property
    def record(self) -> CallRecord:
        """The call record as of now."""
        return call_record(
            self.start,
            self.connect.legs.values(),
            capture=self.capture,
            verified=self.features.verification,
            ending=self.ending,
            onward=(*self.start.trail.words(self.ending.began), *self.transfers.trace),
        )

    def ordered(self, event: CallerOrder, now: float) -> list[Ordered]:
        """Somebody outside of the call has to do with who its caller is, or with the queue he waits in."""
        if isinstance(event, RingAgents):
            return [*self.queueing.ring(event, now)]
        if isinstance(event, QueueEmptied):
            return self.features.queue_emptied(now)
        if isinstance(event, PersonAsked):
            return [*self.assisting.ask(event, now)]
        return [*self.grants.revoke(event.actor, event.reason, now)]

    def joined(self, leg: Leg, now: float) -> list[CallEffect]:
        """`leg` was bridged with whoever waited for it."""
        other = self.connect.other(leg)
        if other is None:
            return []
        labels = {one.id: self.grants.label(one) for one in (leg, other)}
        told = tell_both(leg, other, self.context, labels)
        return [*self.fax.joined(leg, other), *self.features.telling.joined(leg, other, now), *told]

    def pressed(self, event: DigitReceived | InfoDigit, now: float) -> list[Ordered]:
        """A key of a party, if keys of its kind count: a secret is for nobody but who has asked for it."""
        if not self.key_relay.counts(event):
            return []
        if (secret := self.assisted.typed(event, now)) is not None:
            return [*secret]
        accepted = self.acceptance.take(event, now)
        return [*self.key_relay.take(event, now), *accepted, *self.features.take(event, now)]

    def stop_waiting(self, leg: Leg, now: float) -> list[CallEffect]:
        """Somebody has answered: nothing talks with the caller any more, or asks who was called."""
        met = self.queueing.met(leg, now)
        return [*met, *self.features.stop(now), *self.acceptance.stop(), *self.paging.stop()]

    def taken_back(self, lost: Lost, now: float) -> list[Ordered] | None:
        """Nobody answers: whoever sent the caller there has him back; None = nobody has sent him."""
        returned = self.transfers.lost(lost, now)
        return self.park.lost(now) if returned is None else returned

    def follow_grace(self, now: float) -> None:
        """Something may have changed for those who talk, the caller in a conference among them."""
        caller, other = self.connect.caller, self.connect.winner
        is_apart = caller.has_company and not caller.is_kept_in_room
        two = (caller, other) if other is not None and not self.features.telling.is_busy else ()
        is_over = is_turned_down(self.capture, (leg.id for leg in two))
        if is_over and self.grace.deadline is None:
            for leg in two:
                self.indicator.say(leg, "turned_down")
            self.indicator.explained(*two)
        self.grace.follow(now, talks=other is not None or is_apart, is_turned_down=is_over)

    def kept_in_room(self, leg: Leg, now: float, *, is_kept: bool, is_paused: bool = False) -> bool:
        """Note whether a conference keeps, or will keep on, what a leg says; True = that is news."""
        is_news = (leg.is_kept_in_room, leg.is_room_paused) != (is_kept, is_paused)
        leg.is_kept_in_room, leg.is_room_paused = is_kept, is_paused
        if is_news:
            self.follow_grace(now)
        return is_news

    def is_unrecorded(self, now: float) -> bool:
        """Whether the time is up of a call that has to be recorded and is not."""
        return self.put_through.is_unheard(now) or self.grace.is_over(now)

    @property
    def deadline(self) -> float | None:
        """The earliest of theirs."""
        if self.ending.is_closing:
            return self.ending.earliest(())
        return self.ending.earliest([part.deadline for part in self._waiting])
