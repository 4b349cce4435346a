"""The machines of one call, each built on those before it; who joins two calls, or watches one, sees them."""

from pbx.call.announcement import Announcement
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.context import CallContext, Wall
from pbx.call.direct import DirectMedia
from pbx.call.ending import Ending
from pbx.call.fax import Fax
from pbx.call.features import Features
from pbx.call.indicator import Indicator
from pbx.call.key_orders import KeyOrders
from pbx.call.key_relay import KeyRelay
from pbx.call.leg import Leg
from pbx.call.line_view import LineView
from pbx.call.losses import Losses
from pbx.call.park import Park
from pbx.call.reoffers import Reoffers
from pbx.call.rescue import Rescue
from pbx.call.start import CallStart
from pbx.call.taking import Taking
from pbx.call.transfers import Transfers
from pbx.call.withdrawals import Withdrawals
from pbx.core.ids import Ids


class CallParts:
    """What a call began with, and its machines."""

    __slots__ = (
        "capture",
        "connect",
        "direct",
        "ending",
        "fax",
        "features",
        "indicator",
        "key_relay",
        "lines",
        "losses",
        "park",
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
        self.features = Features((start.call, caller), start.context, self.capture, start.conferences)
        self.connect = Connect(caller, start, ids, wall)
        self.transfers = Transfers(self.connect, start)
        announcement = Announcement(start.call, self.features.tokens)
        self.park = Park(self.connect, self.transfers, self.capture, announcement)
        self.taking = Taking(self.connect)
        features, telling = self.features, self.features.telling
        self.indicator = Indicator(self.connect, self.capture, telling, features.tokens)
        self.withdrawals = Withdrawals(
            self.connect, self.capture, telling, self.indicator, is_secret=features.is_secret
        )
        orders = KeyOrders(start.context.codes, features.orders, self.withdrawals)
        self.key_relay = KeyRelay(self.connect, orders)
        self.fax = Fax(self.connect, self.capture)
        self.lines = LineView(self.connect, start)
        self.rescue = Rescue(self.connect, self.capture, self.features, music=start.context.music)
        self.direct = DirectMedia(self.connect, self.capture, (telling, self.indicator))
        self.reoffers = Reoffers(self.connect, self.rescue, self.fax, self.direct)
        self.losses = Losses(self.connect, self.transfers, self.rescue)
        self.ending = Ending(now)

    @property
    def context(self) -> CallContext:
        """Its tenant's."""
        return self.start.context

    @property
    def deadline(self) -> float | None:
        """The earliest of theirs."""
        waiting = (
            self.features,
            self.connect,
            self.transfers,
            self.park,
            self.rescue,
            self.fax,
            self.capture,
            self.direct,
            self.indicator,
        )
        return self.ending.earliest(part.deadline for part in waiting)
