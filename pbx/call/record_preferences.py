"""Record preferences: parties that ask in their descriptions not to be recorded (RFC 7866 §7.1.3)."""

from collections.abc import Callable

from pbx.call.call import Call
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId
from pbx.media.effects import SetGate
from pbx.sip.events import LegEnded, LegRejected
from pbx.sip.record_attributes import preference

REFUSALS = frozenset({"off", "pause"})


class RecordPreferences:
    """The gate of who does not want it stays shut, whatever consent has opened it; `in` = it is open.

    A tenant that has to record notes the wish and goes on (`recordpref: note`).
    """

    __slots__ = ("_call_of", "_early", "_refused", "_said", "_wanted")

    def __init__(self, call_of: Callable[[LegId], Call | None]) -> None:
        self._call_of = call_of
        self._said: dict[LegId, str] = {}
        self._early: dict[LegId, str] = {}  # of legs that are in no call yet
        self._refused: set[LegId] = set()
        self._wanted: set[LegId] = set()

    def __contains__(self, leg: object) -> bool:
        """Whether the gate of a leg is open."""
        return leg in self._wanted and leg not in self._refused

    def heard(self, event: CallEvent) -> list[CallEffect]:
        """Take what a party says in its description; the same again is no news."""
        leg = getattr(event, "leg", None)
        if leg is None:
            return []
        if isinstance(event, LegEnded | LegRejected):
            self._forget(leg)
            return []
        said = preference(getattr(event, "answer", None) or getattr(event, "offer", None))
        said = said or self._early.get(leg)
        if said is None or said == self._said.get(leg):
            return []
        call = self._call_of(leg)
        if call is None:  # its number is still being verified
            self._early[leg] = said
            return []
        self._early.pop(leg, None)
        self._said[leg] = said
        return self._take(leg, said, call)

    def applied(self, effects: list[CallEffect]) -> list[CallEffect]:
        """Return the orders with the gates of those shut who do not want to be kept."""
        return [self._gate(one) if isinstance(one, SetGate) else one for one in effects]

    def _gate(self, order: SetGate) -> SetGate:
        (self._wanted.add if order.open else self._wanted.discard)(order.leg)
        is_shut = order.leg in self._refused and not self._leaves_message(order.leg)
        return SetGate(leg=order.leg, open=order.open and not is_shut)

    def _leaves_message(self, leg: LegId) -> bool:
        """Whoever speaks a message into a box wants it to be there."""
        call = self._call_of(leg)
        return call is not None and call.parts.capture.is_message

    def _take(self, leg: LegId, said: str, call: Call) -> list[CallEffect]:
        is_honoured = call.parts.context.recordpref == "honour"
        was_refused = leg in self._refused
        if said in REFUSALS and is_honoured:
            self._refused.add(leg)
        else:
            self._refused.discard(leg)
        party = call.parts.connect.legs[leg].party if leg in call.parts.connect.legs else ""
        details = {"party": party, "preference": said, "honoured": "true" if is_honoured else "false"}
        fact = AuditFact(kind="consent.preference", call=call.id, tenant=call.tenant, details={**details})
        is_gate = leg in self._wanted and (leg in self._refused) != was_refused
        gate = [SetGate(leg=leg, open=was_refused)] if is_gate else []
        return [Audit(fact=fact), *gate]

    def _forget(self, leg: LegId) -> None:
        self._said.pop(leg, None)
        self._early.pop(leg, None)
        self._refused.discard(leg)
        self._wanted.discard(leg)
