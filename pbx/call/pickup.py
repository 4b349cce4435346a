"""Pickup: the call that rings somewhere else, for a telephone that dials a code (RFC 5359 §2.16)."""

from collections.abc import Iterable, Iterator

from pbx.call.call import Call
from pbx.call.effects import CallEffect
from pbx.call.leg import Leg, LegState
from pbx.call.taking import may_take
from pbx.core.ids import LegId
from pbx.dialplan.routes import ToPickup
from pbx.sip.effects import Reject
from pbx.sip.events import CallOffered, DeviceOrigin

_RINGS = (LegState.CALLING, LegState.RINGING)
NOTHING_RINGS = (480, "Nothing rings there")
NOT_ALLOWED = (403, "Not in a group with this extension")


def find(calls: Iterable[Call], event: CallOffered, route: ToPickup) -> LegId | list[CallEffect]:
    """Return the leg whose place is taken, or how the call is refused.

    `calls` are the live ones, the oldest first: who has waited longest is answered first.
    """
    origin = event.origin
    assert isinstance(origin, DeviceOrigin), "no trunk dials a code"
    rings = [(call, leg) for call in calls for leg in _ringing(call, origin, route)]
    for call, leg in rings:
        if may_take(origin, leg, call.parts.context):
            return leg.id
    status, reason = NOT_ALLOWED if rings and route.extension else NOTHING_RINGS
    return [Reject(leg=event.leg, status=status, reason=reason)]


def _ringing(call: Call, origin: DeviceOrigin, route: ToPickup) -> Iterator[Leg]:
    """Yield the telephones that ring; nobody picks up his own call."""
    connect = call.parts.connect
    is_over = call.parts.ending.is_closing or connect.deadline is None
    if call.tenant != origin.tenant or is_over or connect.caller.party == f"extension/{origin.extension}":
        return
    for leg in connect.legs.values():
        is_wanted = not route.extension or leg.party == f"extension/{route.extension}"
        if is_wanted and leg.state in _RINGS and leg is not connect.caller:
            yield leg
