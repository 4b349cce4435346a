"""Stand-ins: a device that takes the place of another in its call, or answers for it (RFC 3891)."""

from collections.abc import Mapping

from pbx.call.call import Call
from pbx.call.effects import CallEffect
from pbx.call.owners import Directory
from pbx.call.pickup import find
from pbx.call.taking import may_take
from pbx.core.ids import CallId, LegId
from pbx.dialplan.routes import ToPickup, ToSlot
from pbx.services.parking import Lots
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, DeviceOrigin

Taken = tuple[Call | None, list[CallEffect]]  # the call that it is in now; None = it was refused


class StandIns:
    """Finds the call that an INVITE joins."""

    __slots__ = ("_calls", "_lots", "_names")

    def __init__(self, calls: Mapping[CallId, Call], names: Directory, lots: Lots) -> None:
        self._calls, self._names, self._lots = calls, names, lots

    def take_place(self, event: CallOffered, place: LegId, now: float) -> Taken:
        """A device wants to stand in for another; to know its dialog (RFC 3891) is not enough (S-09)."""
        owner, origin = self._names.legs.of(place), event.origin
        call = self._calls.get(owner) if owner else None
        if call is None or call.parts.ending.is_closing:
            return None, [Reject(leg=event.leg, status=481)]
        leg = call.parts.connect.legs[place]
        if not isinstance(origin, DeviceOrigin) or not may_take(origin, leg, call.parts.context):
            return None, [Reject(leg=event.leg, status=403)]
        self._names.legs.claim(event.leg, call.id)
        return call, call.parts.taking.begin(event, place, now)

    def answer(self, event: CallOffered, route: ToPickup | ToSlot, now: float) -> Taken:
        """A telephone answers what rings at another, or who is parked."""
        if isinstance(route, ToPickup):
            place = find(self._calls.values(), event, route)
            return (None, place) if isinstance(place, list) else self.take_place(event, place, now)
        parked = self._lots.at(event.origin.tenant, route.slot)
        call = self._calls.get(parked) if parked is not None else None
        if call is None:
            return None, [Reject(leg=event.leg, status=480, reason="Nobody is parked there")]
        self._names.legs.claim(event.leg, call.id)
        return call, call.parts.taking.begin(event, None, now)
