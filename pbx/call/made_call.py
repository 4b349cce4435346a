"""MadeCall: a call that we make; once whoever we call answers he is its caller.

His leg is the first of the call, as if he had called: flows, consent, verification and transfers are what
they are for every caller, and he has no other rights.
"""

from pbx.call.call import Call
from pbx.call.context import Wall
from pbx.call.descriptions import connect_leg, try_agreed
from pbx.call.effects import CallEffect
from pbx.call.leg import LegState
from pbx.call.ordered import Ordered
from pbx.call.start import CallStart
from pbx.core.errors import MisuseError
from pbx.core.ids import Ids
from pbx.ivr.steps import FlowPlan
from pbx.media.events import LegOpened
from pbx.sip.effects import HangUp
from pbx.sip.events import AorFound, LegAnswered, LegRejected, LegRinging

NO_ANSWER, NO_MEDIA = "no_answer", "no common media"


class MadeCall(Call):
    """The machine of one such call. A redirection is not followed: it leads away from whom we call."""

    __slots__ = ("_due",)

    def __init__(self, start: CallStart, by: tuple[Ids, Wall], now: float, *, ring_s: float) -> None:
        """`start` says whom we call, and by which way; his INVITE is given to `parts.connect.call`."""
        ids, wall = by
        super().__init__(start, ids, wall, now)
        self._due = now + ring_s

    @property
    def flow(self) -> FlowPlan:
        """What he hears when he answers."""
        raise MisuseError("a call that we make has something to say")

    @property
    def deadline(self) -> float | None:
        """That of the call, and until he has answered when he rings for too long."""
        due = super().deadline
        if not self._is_waiting:
            return due
        return self._due if due is None else min(due, self._due)

    @property
    def _is_waiting(self) -> bool:
        is_up = self.caller.state in (LegState.ANSWERED, LegState.ENDED)
        return not is_up and not self.parts.ending.is_closing

    def tick(self, now: float) -> list[CallEffect]:
        """Nobody has answered, or a deadline of the call passed."""
        if self._is_waiting and now >= self._due:
            return self._settled(self._end("system", NO_ANSWER, now), now)
        return super().tick(now)

    def _opened(self, event: LegOpened, now: float) -> list[Ordered]:
        leg = self.caller
        if event.leg != leg.id or leg.state is not LegState.OPENING or leg.is_lost:
            return super()._opened(event, now)
        self.parts.connect.opened(event)
        return [*self.parts.connect.place(leg)]

    def _callee(self, event: LegRinging | LegAnswered | LegRejected | AorFound, now: float) -> list[Ordered]:
        if isinstance(event, AorFound) or event.leg != self.caller.id:
            return super()._callee(event, now)
        match event:
            case LegAnswered():
                return self._answered(event, now)
            case LegRejected():
                return self._rejected(event, now)
            case LegRinging():
                if self.caller.state is LegState.CALLING:
                    self.caller.state = LegState.RINGING
                return []

    def _answered(self, event: LegAnswered, now: float) -> list[Ordered]:
        if self.parts.ending.is_closing:
            return [HangUp(leg=event.leg)]
        leg = self.caller
        leg.state, leg.answered_at = LegState.ANSWERED, self.parts.connect.time(now)
        leg.audio, leg.is_record_aware = None, event.is_record_aware
        described = try_agreed(leg, event)
        if leg.audio is None:
            return [*described, *self._end("system", NO_MEDIA, now)]
        connected = [*described, connect_leg(leg.id, leg.audio)]
        return [*connected, *self.parts.features.start(self.flow, self.parts.start.claimed, now)]

    def _rejected(self, event: LegRejected, now: float) -> list[Ordered]:
        leg, status = self.caller, str(event.status)
        leg.state, leg.cause = LegState.ENDED, status
        leg.ended_at = self.parts.connect.time(now)
        return [*leg.close_port(), *self._end("caller", status, now)]

    def _refuse(self, status: int, reason: str, now: float, by: str = "system") -> list[CallEffect]:
        """There is nobody to be sent a refusal."""
        return self._end(by, str(status), now)

    def _unrecorded(self, now: float) -> list[CallEffect]:
        if self.caller.state is LegState.ANSWERED:
            return super()._unrecorded(now)
        return self._refuse(503, "", now)

    def _end(self, by: str, cause: str, now: float, reason: tuple[int, str] = (0, "")) -> list[CallEffect]:
        if self.parts.ending.is_closing:
            return []
        if self.caller.state is LegState.OPENING:
            self.caller.state = LegState.ENDED  # no INVITE has left
        return super()._end(by, cause, now, reason)
