"""Closing: how a call ends, whatever ends it."""

from pbx.call.call_parts import CallParts
from pbx.call.effects import CallEffect, CallFinished, SaveCall
from pbx.call.ending import UNRECORDED, end_legs, refuse_caller, refuse_unrecorded
from pbx.call.guests import NOT_RECORDED
from pbx.call.leg import Leg, LegState
from pbx.call.record import CallRecord


class ClosingCall:
    """What of a call is needed to end it, and its record."""

    __slots__ = ("caller", "id", "parts")

    def __init__(self, caller: Leg, parts: CallParts) -> None:
        self.id = parts.start.call
        self.caller, self.parts = caller, parts

    @property
    def tenant(self) -> str:
        """Whose call it is."""
        return self.parts.context.tenant

    @property
    def is_urgent(self) -> bool:
        """Whether an emergency number was dialled."""
        return self.parts.connect.start.facts.is_emergency

    @property
    def recording(self) -> str:
        """The running or last recording, "" = none."""
        return self.parts.capture.recording or ""

    def record(self) -> CallRecord:
        """The call record as of now."""
        return self.parts.record

    def _refuse(self, status: int, reason: str, now: float, by: str = "system") -> list[CallEffect]:
        if self.caller.state in (LegState.ANSWERED, LegState.ENDED):
            return self._end(by, str(status), now)
        return [refuse_caller(self.parts.connect, status, reason), *self._end(by, str(status), now)]

    def _unrecorded(self, now: float) -> list[CallEffect]:
        """The call has to be recorded and is not: it ends."""
        refused = refuse_unrecorded(self.parts.connect)
        return [*refused, *self._end("system", NOT_RECORDED, now, UNRECORDED)]

    def _end(self, by: str, cause: str, now: float, reason: tuple[int, str] = (0, "")) -> list[CallEffect]:
        if self.parts.ending.is_closing:
            return []
        self.parts.ending.begin(by, cause, now, self.parts.connect.time(now))
        caller = self.parts.connect.legs[self.caller.id]
        caller.ended_at = caller.ended_at or self.parts.ending.at
        features = [*self.parts.features.stop(now), *self.parts.capture.stop("recorded")]
        return [
            *features,
            *self.parts.grants.stop(now),
            *self.parts.assisting.stop(),
            *self.parts.transfers.stop(),
            *self.parts.park.stop(),
            *self.parts.taking.stop(),
            *self.parts.put_through.stop(),
            *self.parts.acceptance.stop(),
            *self.parts.paging.stop(),
            *end_legs(self.parts.connect, self.parts.ending, reason),
        ]

    def _forget(self) -> list[CallEffect]:
        self.parts.ending.finish(self.parts.connect.legs.values())
        return [SaveCall(record=self.record()), CallFinished(call=self.id)]

    def _settled(self, effects: list[CallEffect], now: float) -> list[CallEffect]:
        """What follows, whatever it was: audio takes the way that it may, or the call is over."""
        if not self.parts.ending.is_closing:
            self.parts.follow_grace(now)
            effects = [*effects, *self.parts.assisted.follow(now)]
            told = self.parts.indicator.follow(now)
            return [*effects, *told, *self.parts.grants.follow(now), *self.parts.direct.follow(now)]
        is_over = not self.parts.ending.is_finished and all(
            leg.is_over for leg in self.parts.connect.legs.values()
        )
        return [*effects, *(self._forget() if is_over else ())]
