"""Record indications: parties that are told in SDP what is recorded of them now (RFC 7866 §7.1.2).

What is true follows from the call after each of its steps, and is compared with what a party has been told.
One exchange with a party at a time: what changes meanwhile is told in the next one, as it is by then.
"""

from collections.abc import Callable, Container, Iterable, Mapping

from pbx.call.call import Call
from pbx.call.capture import Capture
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent
from pbx.call.leg import Leg, LegState
from pbx.core.audit import AuditFact
from pbx.core.deadlines import DeadlineHeap
from pbx.core.ids import CallId, LegId
from pbx.media.effects import SetGate
from pbx.sip.effects import AcceptReinvite, Answer, AnswerOffer, Reinvite
from pbx.sip.events import (
    LegConfirmed,
    LegEnded,
    LegRejected,
    ReinviteAnswered,
    ReinviteDue,
    ReinviteRefused,
)
from pbx.sip.record_attributes import RecordState

PENDING = 491
AGAIN_S = 0.2  # after an exchange that was in the way, doubled each time
MAX_TRIES = 8  # in a row: 25 s in all, by when whatever was in the way is over, or never will be

_SAYS = (AcceptReinvite, AnswerOffer)  # descriptions of ours that end an exchange
_BEGINS = (Reinvite, Answer)  # and those whose end we have to hear of
_NOTED = (*_SAYS, *_BEGINS, SetGate)


class RecordIndications:
    """Follows the legs whose telephones are record-aware; all others hear announcements and beeps."""

    __slots__ = (
        "_asked",
        "_busy",
        "_call_of",
        "_calls",
        "_deadlines",
        "_gates",
        "_given_up",
        "_in_room",
        "_known",
        "_touched",
        "_tries",
    )

    def __init__(
        self,
        calls: Mapping[CallId, Call],
        call_of: Callable[[LegId], Call | None],
        gates: Container[LegId],
        *,
        in_room: Callable[[LegId], Capture | None] = lambda leg: None,
    ) -> None:
        """`calls` are the live ones, `gates` the legs whose voice may be kept; somebody else keeps them.

        `in_room` = what records a leg in a conference that is recorded as one.
        """
        self._in_room = in_room
        self._calls, self._call_of, self._gates = calls, call_of, gates
        self._known: dict[LegId, RecordState] = {}  # what a party was told and has taken
        self._asked: dict[LegId, RecordState] = {}  # what our own offer tells it, until it is answered
        self._busy: set[LegId] = set()  # an exchange of ours is on its way
        self._tries: dict[LegId, int] = {}
        self._given_up: dict[LegId, RecordState] = {}  # what it did not want to be told
        self._touched: set[CallId] = set()
        self._deadlines: DeadlineHeap[LegId] = DeadlineHeap()

    @property
    def deadline(self) -> float | None:
        """When a party is told that could not be told before."""
        return self._deadlines.deadline

    def changed(self, call: Call) -> None:
        """Something happened in a call, which may record parties of others in a room with its own."""
        legs = call.parts.connect.legs
        if any(leg.is_record_aware for leg in legs.values()):
            self._touched.add(call.id)
        for leg in call.parts.capture.opened_gates - legs.keys():
            other = self._call_of(leg)
            if other is not None:
                self._touched.add(other.id)

    def heard(self, event: CallEvent, now: float) -> list[CallEffect]:
        """Take what came of an exchange, after the call has."""
        match event:
            case LegEnded() | LegRejected():
                self._forget(event.leg)
            case LegConfirmed() if event.leg not in self._asked:  # the ACK of our first answer
                self._free(event.leg)
            case ReinviteDue():
                self._free(event.leg)
            case ReinviteAnswered():
                return self._answered(event.leg)
            case ReinviteRefused() if event.leg in self._busy and event.retry_s is None:
                return self._refused(event, now)
        return []

    def settle(self, effects: Iterable[CallEffect], now: float) -> list[CallEffect]:
        """Tell who does not know how it is by now; `effects` = all that is ordered in this step."""
        for effect in effects:
            if isinstance(effect, _NOTED):
                self._note(effect)
        for leg in self._deadlines.pop_due(now):
            self._touch(leg)
        touched, self._touched = self._touched, set()
        found = (self._calls[key] for key in sorted(touched) if key in self._calls)
        return [
            order
            for call in found
            for leg in call.parts.connect.legs.values()
            if leg.is_record_aware
            for order in self._follow(call, leg)
        ]

    def _note(self, effect: AcceptReinvite | AnswerOffer | Reinvite | Answer | SetGate) -> None:
        """Descriptions say how it is, whoever has them sent; gates may be of legs of other calls."""
        call = self._call_of(effect.leg)
        leg = call.parts.connect.legs.get(effect.leg) if call is not None else None
        if call is None or leg is None or not leg.is_record_aware:
            return
        self._touched.add(call.id)
        if isinstance(effect, _BEGINS):
            self._busy.add(leg.id)
        elif isinstance(effect, _SAYS):
            self._took(leg)
        if isinstance(effect, Answer):
            self._took(leg)

    def _took(self, leg: Leg) -> RecordState | None:
        """A description of ours has reached a party, or will: return what is new to it."""
        said = leg.negotiation.indicated if leg.negotiation is not None else None
        if said is None or said == self._known.get(leg.id):
            return None
        self._known[leg.id] = said
        return said

    def _follow(self, call: Call, leg: Leg) -> list[CallEffect]:
        if leg.negotiation is None or leg.state is not LegState.ANSWERED:
            return []
        state = self._state(call, leg)
        leg.negotiation.indicate(state)
        if state == self._known.get(leg.id, "off"):
            self._deadlines.set(leg.id, None)
            return []
        if self._given_up.get(leg.id) == state or not self._may_tell(call, leg):
            return []
        self._given_up.pop(leg.id, None)
        self._busy.add(leg.id)
        self._asked[leg.id] = state
        return [Reinvite(leg=leg.id, offer=leg.negotiation.again())]

    def _may_tell(self, call: Call, leg: Leg) -> bool:
        """Nothing else is going on with a party, and it has audio."""
        is_asked = leg.id in self._busy or leg.id in self._deadlines
        is_moving = leg.is_lost or leg.is_port_closing or leg.tell_due is not None
        is_fax = leg.image is not None or call.parts.fax.deadline is not None
        return not is_asked and not is_moving and not is_fax and not call.parts.ending.is_closing

    def _state(self, call: Call, leg: Leg) -> RecordState:
        """What is recorded of a party, by its own call or by that of somebody who is in a room with it."""
        own = call.parts.capture
        if own.is_message and own.keeps(leg.id):
            return "on"
        if leg.id not in self._gates or leg.image is not None:
            return "off"
        keeping = [own] if own.keeps(leg.id) else self._others(call, leg.id)
        if not keeping:
            return "off"
        is_silent = call.parts.features.is_secret(leg.id) or all(one.paused is not None for one in keeping)
        return "paused" if is_silent else "on"

    def _others(self, call: Call, leg: LegId) -> list[Capture]:
        room = self._in_room(leg)
        others = (one for one in self._calls.values() if one is not call and one.tenant == call.tenant)
        keeping = [one.parts.capture for one in others if one.parts.capture.keeps(leg)]
        return keeping if room is None else [*keeping, room]

    def _answered(self, leg: LegId) -> list[CallEffect]:
        self._free(leg)
        self._asked.pop(leg, None)
        self._tries.pop(leg, None)
        call = self._call_of(leg)
        party = call.parts.connect.legs.get(leg) if call is not None else None
        if call is None or party is None or not party.is_record_aware:
            return []
        said = self._took(party)
        return [] if said is None else [_fact(call, party, "indicated", said)]

    def _refused(self, event: ReinviteRefused, now: float) -> list[CallEffect]:
        """Try again what was in somebody's way; what a party does not take is not told a second time."""
        leg = event.leg
        self._free(leg)
        state = self._asked.pop(leg, None)
        if state is None:
            return []
        n_tries = self._tries[leg] = self._tries.get(leg, 0) + 1
        if event.status == PENDING and n_tries <= MAX_TRIES:
            self._deadlines.set(leg, now + AGAIN_S * 2 ** (n_tries - 1))
            return []
        self._tries.pop(leg)
        self._given_up[leg] = state
        call = self._call_of(leg)
        party = call.parts.connect.legs.get(leg) if call is not None else None
        if call is None or party is None:
            return []
        return [_fact(call, party, "not_indicated", state, status=str(event.status))]

    def _free(self, leg: LegId) -> None:
        self._busy.discard(leg)
        self._touch(leg)

    def _touch(self, leg: LegId) -> None:
        call = self._call_of(leg)
        if call is not None:
            self.changed(call)

    def _forget(self, leg: LegId) -> None:
        self._busy.discard(leg)
        self._deadlines.set(leg, None)
        for kept in (self._known, self._asked, self._given_up, self._tries):
            kept.pop(leg, None)


def _fact(call: Call, leg: Leg, what: str, state: RecordState, **more: str) -> Audit:
    details = {"party": leg.party, "state": state, **more}
    fact = AuditFact(kind=f"consent.{what}", call=call.id, tenant=call.tenant, details={**details})
    return Audit(fact=fact)
