"""CalledBack: a call that we make, to somebody who has asked for it at the number on file."""

from dataclasses import replace

from pbx.call.context import Wall
from pbx.call.effects import CallEffect
from pbx.call.events import CallBackPlanned
from pbx.call.made_call import NO_ANSWER, MadeCall
from pbx.call.outgoing import trunk_call
from pbx.call.start import CallStart
from pbx.core.ids import Ids
from pbx.dialplan.routes import ToTrunk
from pbx.ivr.steps import FlowPlan
from pbx.sip.events import DeviceOrigin
from pbx.verify.call_back import draw_key
from pbx.verify.facts import CallBackOutcome

# What the status of a callee says of him; any other is no word of his (RFC 3261 §21.4, §21.6).
_SAID: dict[str, CallBackOutcome] = {
    NO_ANSWER: "no_answer",
    "408": "no_answer",
    "480": "no_answer",
    "486": "busy",
    "600": "busy",
    "603": "declined",
}


class CalledBack(MadeCall):
    """The machine of one call-back."""

    __slots__ = ("_planned", "_route")

    def __init__(
        self, start: CallStart, planned: CallBackPlanned, route: ToTrunk, by: tuple[Ids, Wall], now: float
    ) -> None:
        """`start` says by which trunk, `route` to whom."""
        policy, (ids, wall) = start.context.call_back, by
        super().__init__(start, by, now, ring_s=policy.ring_s if policy is not None else start.context.ring_s)
        trunk = start.context.trunks[start.party.removeprefix("trunk/")]
        self._planned, self._route = planned, route
        self.caller.shows = route.caller_id or trunk.caller_id
        self.parts.features.verifying.back.is_one(planned, draw_key(ids))
        # What vouches for the number that we show is that the call is ours.
        ours = DeviceOrigin(tenant=start.context.tenant, extension="")
        signing = replace(start, offered=replace(start.offered, origin=ours))
        order = trunk_call(self.caller.id, trunk, route, signing, at=wall.time(now))
        self.parts.connect.call(self.caller, order)

    @property
    def flow(self) -> FlowPlan:
        """That in which he asked, from the step on that asked him."""
        asked = self._planned.asked
        return replace(self.parts.context.flows[asked.flow], start=asked.step)

    def begin(self, now: float) -> list[CallEffect]:
        """Open the port; what the call costs counts from here."""
        start = self.parts.start
        start.tolls.placed(self.caller.id, start.context.tenant, self._route, now)
        return super().begin(now)

    def _end(self, by: str, cause: str, now: float, reason: tuple[int, str] = (0, "")) -> list[CallEffect]:
        """However it ends, that is what came of the call-back, unless it is known already."""
        if self.parts.ending.is_closing:
            return []
        outcome: CallBackOutcome = "hung_up" if by == "caller" else "failed"
        if self.caller.answered_at is None:
            outcome = _SAID.get(cause, "failed")
        told = self.parts.features.verifying.back.ended(outcome)
        return [*told, *super()._end(by, cause, now, reason)]
