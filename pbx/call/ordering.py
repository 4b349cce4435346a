"""Ordering: a telephone by its key, or a flow by its steps, asks for a recording, its end or a pause."""

from pbx.call.capture import Capture
from pbx.call.context import CallContext
from pbx.call.effects import CallEffect
from pbx.call.events import RecordingOrdered
from pbx.call.leg import Leg
from pbx.call.parties import Parties
from pbx.call.record_orders import RecordOrders
from pbx.call.switching import Switching
from pbx.call.telling import Telling
from pbx.core.ids import CallId, LegId
from pbx.ivr.effects import OrderRecording, OrderSwitch, SilenceRecording
from pbx.sip.effects import AnswerRecord
from pbx.sip.record_header import RecordRequested

OK, FORBIDDEN, GONE = 200, 403, 481
STRANGER, ALONE = "only extensions may order a recording", "nobody talks"
UNTOLD = "the caller was not told of the recording, or refused it"
NOT_YET = "nothing is recorded yet"
KEY, CODE = "record key", "key"


def gone(event: RecordRequested) -> AnswerRecord:
    """Answer a key of whom no call has any more."""
    return AnswerRecord(leg=event.leg, status=GONE)


class Ordering:
    """Orders count where the rules say `on_demand` or `segment`; a pause is possible under every rule."""

    __slots__ = ("_capture", "_outside", "_switching", "_telling")

    def __init__(
        self, capture: Capture, telling: Telling, whose: tuple[tuple[CallId, Leg], CallContext]
    ) -> None:
        """`whose` = the call with its caller, and what it knows of its tenant."""
        self._capture, self._telling, self._switching = capture, telling, Switching(*whose)
        self._outside = RecordOrders(capture)

    def take(
        self, event: RecordRequested | RecordingOrdered, parties: Parties | None, now: float
    ) -> list[CallEffect]:
        """An order of a party, or of somebody outside of the call; `parties` None = the call is ending."""
        if isinstance(event, RecordRequested):
            return self.key(event, parties, now)
        return self._outside.ordered(event, now)

    def key(self, event: RecordRequested, parties: Parties | None, now: float) -> list[CallEffect]:
        """The record key of a telephone: on = record, or go on; off = pause, or end the segment."""
        leg = parties.legs.get(event.leg) if parties is not None else None
        if parties is None or leg is None:
            return [gone(event)]
        if not leg.party.startswith("extension/"):
            return [AnswerRecord(leg=leg.id, status=FORBIDDEN, reason=STRANGER)]
        effects, refusal = self._on(leg, parties.other(leg), now) if event.on else self._off(leg, now)
        status = FORBIDDEN if refusal else OK
        refused = [self._capture.facts.refused(leg.party, refusal)] if refusal else []
        return [*effects, *refused, AnswerRecord(leg=leg.id, status=status, reason=refusal)]

    def code(self, party: str, now: float, *, on: bool) -> list[CallEffect]:
        """A code that a party pressed: pause, or go on; no order is given by it, nor taken back."""
        if on:
            return self._capture.unpause(party, CODE, now)
        effects, refusal = self._pause(party, CODE, now)
        return [*effects, *([self._capture.facts.refused(party, refusal)] if refusal else [])]

    def step(
        self, leg: LegId, order: OrderRecording | SilenceRecording | OrderSwitch, now: float
    ) -> list[CallEffect]:
        """A step of the flow that has the caller on `leg`."""
        capture, ruling = self._capture, self._capture.ruling
        if isinstance(order, OrderSwitch):
            return [self._switching.order(order, capture.time(now))]
        if isinstance(order, SilenceRecording):
            return (capture.pause if order.on else capture.unpause)("flow", order.reason, now)
        decided = ruling.decide()
        if not ruling.may_order:
            is_met = order.on and ruling.is_wanted
            return [*decided, *([] if is_met else [capture.facts.refused("flow", ruling.decision.reason)])]
        was_ordered, ruling.is_ordered = ruling.is_ordered, order.on
        fact = capture.facts.ordered("flow", order.reason, on=order.on)
        if not order.on:
            return [*decided, *([fact, *capture.stop("recorded")] if was_ordered else [])]
        begun = capture.begin_alone(leg, now)
        if begun is None:
            ruling.is_ordered = False
            return [*decided, capture.facts.refused("flow", UNTOLD)]
        return [*decided, fact, *begun]

    def _on(self, leg: Leg, other: Leg | None, now: float) -> tuple[list[CallEffect], str]:
        capture, ruling = self._capture, self._capture.ruling
        if capture.is_running:
            return capture.unpause(leg.party, KEY, now), ""
        decided = ruling.decide()
        if not ruling.may_order:
            return decided, capture.why or ruling.decision.reason
        if other is None:
            return decided, ALONE
        ruling.is_ordered = True
        begun = self._telling.begin(leg, other, now)
        if not capture.is_running and not self._telling.is_busy:
            ruling.is_ordered = False
            return [*decided, *begun], capture.why or ruling.decision.reason
        return [*decided, capture.facts.ordered(leg.party, KEY, on=True), *begun], ""

    def _off(self, leg: Leg, now: float) -> tuple[list[CallEffect], str]:
        """Take back the order, where there is one to be taken back, else pause what runs or is about to."""
        capture, ruling = self._capture, self._capture.ruling
        is_begun = capture.is_running and (self._telling.is_joining or not self._telling.is_busy)
        if ruling.is_ordered and not (is_begun and ruling.decision.mode == "on_demand"):
            ruling.is_ordered = False
            fact = capture.facts.ordered(leg.party, KEY, on=False)
            ended = [] if capture.is_message else capture.stop("recorded")
            return [fact, *self._telling.stop(now), *ended], ""
        return self._pause(leg.party, KEY, now)

    def _pause(self, party: str, reason: str, now: float) -> tuple[list[CallEffect], str]:
        if not self._capture.is_running and self._telling.is_busy:
            return [], NOT_YET
        return self._capture.pause(party, reason, now), ""
