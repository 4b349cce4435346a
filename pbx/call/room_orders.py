"""Room orders: the record key of somebody who sits in a room with others, for the recording of them all."""

from collections.abc import Sequence

from pbx.call.effects import CallEffect
from pbx.call.gathering import LEAST, Gathering, Member
from pbx.call.leg import Leg
from pbx.call.ordering import ALONE, FORBIDDEN, KEY, NOT_YET, OK, STRANGER
from pbx.sip.effects import AnswerRecord


class RoomOrders:
    """As in a call of two: on = record, or go on; off = pause, or end the segment."""

    __slots__ = ("_gathering",)

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering

    def key(
        self, leg: Leg, members: Sequence[Member], now: float, *, on: bool
    ) -> tuple[list[CallEffect], AnswerRecord]:
        """Return what is done, and the answer to the key; the rules were decided for those who are there."""
        if not leg.party.startswith("extension/"):
            return [], AnswerRecord(leg=leg.id, status=FORBIDDEN, reason=STRANGER)
        effects, refusal = self._on(leg, members, now) if on else self._off(leg, members, now)
        refused = [self._gathering.capture.facts.refused(leg.party, refusal)] if refusal else []
        status = FORBIDDEN if refusal else OK
        return [*effects, *refused], AnswerRecord(leg=leg.id, status=status, reason=refusal)

    def _on(self, leg: Leg, members: Sequence[Member], now: float) -> tuple[list[CallEffect], str]:
        capture, ruling = self._gathering.capture, self._gathering.capture.ruling
        if capture.is_running:
            return capture.unpause(leg.party, KEY, now), ""
        if not ruling.may_order:
            return [], ruling.decision.reason
        if len(members) < LEAST:
            return [], ALONE
        ruling.is_ordered, capture.reason = True, ""
        self._gathering.again()
        begun = self._gathering.follow(members, now)
        if not capture.is_running and not self._gathering.waits(members):
            ruling.is_ordered = False
            return begun, capture.why or ruling.decision.reason
        return [capture.facts.ordered(leg.party, KEY, on=True), *begun], ""

    def _off(self, leg: Leg, members: Sequence[Member], now: float) -> tuple[list[CallEffect], str]:
        """Take back the order, where there is one to be taken back, else pause what runs or is about to."""
        capture, ruling = self._gathering.capture, self._gathering.capture.ruling
        is_begun = capture.is_running and bool(capture.opened_gates)
        if ruling.is_ordered and not (is_begun and ruling.decision.mode == "on_demand"):
            ruling.is_ordered = False
            ended = [capture.facts.ordered(leg.party, KEY, on=False), *capture.stop("recorded")]
            return [*ended, *self._gathering.follow(members, now)], ""
        if not capture.is_running and self._gathering.waits(members):
            return [], NOT_YET
        return capture.pause(leg.party, KEY, now), ""
