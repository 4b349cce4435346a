"""CalledBack: a call that we make, to somebody who has asked for it; once he answers he is its caller.

His leg is the first of the call, as if he had called: flows, consent, verification and transfers are what
they are for every caller, and he has no other rights.
"""

from dataclasses import replace

from pbx.call.call import Call
from pbx.call.context import Wall
from pbx.call.descriptions import connect_leg, try_agreed
from pbx.call.effects import CallEffect
from pbx.call.events import CallBackPlanned
from pbx.call.leg import LegState
from pbx.call.ordered import Ordered
from pbx.call.outgoing import trunk_call
from pbx.call.start import CallStart
from pbx.core.ids import Ids
from pbx.dialplan.routes import ToTrunk
from pbx.media.events import LegOpened
from pbx.sip.effects import HangUp
from pbx.sip.events import AorFound, DeviceOrigin, LegAnswered, LegRejected, LegRinging
from pbx.verify.call_back import draw_key
from pbx.verify.facts import CallBackOutcome

NO_ANSWER, NO_MEDIA = "no_answer", "no common media"
# What the status of a callee says of him; any other is no word of his (RFC 3261 §21.4, §21.6).
_SAID: dict[str, CallBackOutcome] = {
    NO_ANSWER: "no_answer",
    "408": "no_answer",
    "480": "no_answer",
    "486": "busy",
    "600": "busy",
    "603": "declined",
}


class CalledBack(Call):
    """The machine of one call-back. A redirection is not followed: it leads away from what is on file."""

    __slots__ = ("_due", "_planned", "_route")

    def __init__(
        self, start: CallStart, planned: CallBackPlanned, route: ToTrunk, by: tuple[Ids, Wall], now: float
    ) -> None:
        """`start` says by which trunk, `route` to whom."""
        ids, wall = by
        super().__init__(start, ids, wall, now)
        trunk = start.context.trunks[start.party.removeprefix("trunk/")]
        self._planned, self._route = planned, route
        policy = start.context.call_back
        self._due = now + (policy.ring_s if policy is not None else start.context.ring_s)
        self.caller.shows = route.caller_id or trunk.caller_id
        self.parts.features.verifying.back.is_one(planned, draw_key(ids))
        # What vouches for the number that we show is that the call is ours.
        ours = DeviceOrigin(tenant=start.context.tenant, extension="")
        signing = replace(start, offered=replace(start.offered, origin=ours))
        order = trunk_call(self.caller.id, trunk, route, signing, at=wall.time(now))
        self.parts.connect.call(self.caller, order)

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

    def begin(self, now: float) -> list[CallEffect]:
        """Open the port; what the call costs counts from here."""
        start = self.parts.start
        start.tolls.placed(self.caller.id, start.context.tenant, self._route, now)
        return super().begin(now)

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
        asked = self._planned.asked
        plan = replace(self.parts.context.flows[asked.flow], start=asked.step)
        connected = [*described, connect_leg(leg.id, leg.audio)]
        return [*connected, *self.parts.features.start(plan, self.parts.start.claimed, now)]

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
        """However it ends, that is what came of the call-back, unless it is known already."""
        if self.parts.ending.is_closing:
            return []
        outcome: CallBackOutcome = "hung_up" if by == "caller" else "failed"
        if self.caller.answered_at is None:
            outcome = _SAID.get(cause, "failed")
        told = self.parts.features.verifying.back.ended(outcome)
        if self.caller.state is LegState.OPENING:
            self.caller.state = LegState.ENDED  # no INVITE has left
        return [*told, *super()._end(by, cause, now, reason)]
