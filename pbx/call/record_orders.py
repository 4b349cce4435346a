"""RecordOrders: who may pause a recording and go on with it while the call is up."""

from pbx.call.capture import Capture
from pbx.call.effects import CallEffect
from pbx.call.events import RecordingOrdered


class RecordOrders:
    """Orders that come in another way than by the record key of a telephone."""

    __slots__ = ("_capture",)

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    def ordered(self, order: RecordingOrdered, now: float) -> list[CallEffect]:
        """Whoever has the control socket; what is as it was wished already changes nothing."""
        act = self._capture.unpause if order.on else self._capture.pause
        return act(order.actor, order.reason, now)
