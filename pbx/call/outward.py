"""Outward: the attempts of one call to reach the telephone network, trunk after trunk."""

from datetime import datetime

from pbx.call.context import TrunkRoute
from pbx.call.early_policy import EarlyPolicy
from pbx.call.help_call import for_help
from pbx.call.help_sought import HelpSought
from pbx.call.outgoing import caller_number, trunk_call
from pbx.call.start import CallStart
from pbx.core.ids import LegId
from pbx.dialplan.routes import ToTrunk
from pbx.services.hunting import Hunting
from pbx.sip.effects import PlaceCall


class Outward:
    """The trunks that are left, and the leg that is being tried."""

    __slots__ = ("_early", "_hunting", "_left", "_route", "_start", "is_to_accept", "leg")

    def __init__(
        self,
        routes: tuple[TrunkRoute, ...],
        route: ToTrunk,
        start: CallStart,
        *,
        is_to_accept: bool = False,
    ) -> None:
        """`routes` in the order to try them; `is_to_accept` = who answers is asked whether he takes it."""
        self.is_to_accept = is_to_accept
        self._left = list(routes)
        self._hunting = Hunting(tuple(one.policy for one in routes), is_urgent=route.emergency)
        self._route, self._start = route, start
        self._early = EarlyPolicy()
        self.leg: LegId | None = None

    @property
    def route(self) -> ToTrunk:
        """Where to, and on whose account."""
        return self._route

    @property
    def number(self) -> str:
        """The number that is called."""
        return self._route.number

    @property
    def deadline(self) -> float | None:
        """When the trunk being tried has to show progress."""
        return self._hunting.deadline

    @property
    def early(self) -> EarlyPolicy:
        """How the provisional responses of the trunk being tried are understood."""
        return self._early

    def begin(self, now: float) -> TrunkRoute | None:
        """Return the next trunk to try, None when there is none."""
        self.leg = None
        return self._left.pop(0) if self._hunting.begin(now) else None

    def ringing(self, leg: LegId) -> None:
        """The phone rings."""
        if leg == self.leg:
            self._hunting.ringing()

    def goes_on(self, leg: LegId, status: int) -> bool:
        """Whether the final `status` of the leg being tried leads to another trunk."""
        return leg == self.leg and self._hunting.goes_on(status)

    def overdue(self, now: float) -> LegId | None:
        """Return the leg whose trunk has shown no progress in its time."""
        return self.leg if self._hunting.is_overdue(now) else None

    def help_by(self, trunk: TrunkRoute) -> HelpSought | None:
        """What help learns by a trunk; None = it is not called."""
        route = self._route
        if not route.emergency:
            return None
        shown = caller_number(trunk, route, self._start)
        return HelpSought(number=route.number, shown=shown, location=route.location)

    def order(self, trunk: TrunkRoute, leg: LegId, at: datetime) -> PlaceCall:
        """Return the call to place on `leg` at `at`, which is the one being tried from now on."""
        self.leg, self._early = leg, trunk.early
        order = trunk_call(leg, trunk, self._route, self._start, at=at)
        return for_help(order, trunk, self._route, self._start, at)
