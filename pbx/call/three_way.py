"""Three-way calls (CF-22): who has a call on hold presses keys in another, and all three talk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pbx.call.call import Call
from pbx.call.company import Present, meet
from pbx.call.effects import Audit, CallEffect
from pbx.call.events import CallEvent
from pbx.call.gathering import Gathering, Member
from pbx.call.key_relay import counts
from pbx.call.key_sequence import KeySequence
from pbx.call.leg import Leg
from pbx.call.room_orders import RoomOrders
from pbx.call.supervision import Supervision
from pbx.call.talkers import are_wide, holds, is_away, talking
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.dialplan.rules import THREE_WAY
from pbx.media.effects import JoinRoom, LeaveRoom, SetMusic
from pbx.media.events import DigitReceived, RoomRefused
from pbx.sip.events import InfoDigit, LegEnded, TransferRequested
from pbx.sip.record_header import RecordRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class _Three:
    """The host talks with `near`; `far` is in the held call, where the host's leg `parked` stays silent."""

    talk: Call
    held: Call
    host: Leg
    near: Leg
    parked: Leg
    far: Leg

    @property
    def legs(self) -> tuple[Leg, Leg, Leg]:
        """Who sits in the room."""
        return self.host, self.near, self.far

    @property
    def present(self) -> tuple[Present, ...]:
        """The same, with what records their calls."""
        talk, held = self.talk.parts.capture, self.held.parts.capture
        near = (Present(leg=leg, capture=talk) for leg in (self.host, self.near))
        return *near, Present(leg=self.far, capture=held)

    @property
    def members(self) -> tuple[Member, ...]:
        """The same, with what tells them of a recording."""
        tells = (self.talk, self.talk, self.held)
        return tuple(
            Member(leg=one.leg, capture=one.capture, telling=call.parts.features.telling)
            for one, call in zip(self.present, tells, strict=True)
        )

    def beside(self, leg: Leg) -> tuple[str, ...]:
        """The parties that talk with one of them."""
        return tuple(one.party for one in self.legs if one is not leg)

    @property
    def room(self) -> str:
        return f"three:{self.talk.id}"  # a conference has a / in its name and no colon


class ThreeWays:
    """The three-way calls of all tenants, and the watches: both lay a room over who is bridged.

    What is recorded of either call goes on, by what all three have agreed to. Orders are for legs of other
    calls than the one that asks, too.
    """

    __slots__ = ("_begun", "_calls", "_gatherings", "_supervision", "_threes", "_touched")

    def __init__(self, calls: dict[CallId, Call], supervision: Supervision) -> None:
        """`calls` are the live ones, the oldest first; somebody else keeps them."""
        self._calls, self._supervision = calls, supervision
        self._threes: dict[CallId, _Three] = {}  # by either call
        self._gatherings: dict[CallId, Gathering] = {}
        self._begun: dict[CallId, KeySequence] = {}  # of calls in which an extension has pressed a key
        self._touched: dict[CallId, Call] = {}

    def company(self, call: CallId) -> tuple[Leg, ...]:
        """Who hears each other around a call, nobody = it is none of three."""
        three = self._threes.get(call)
        return three.legs if three is not None else ()

    def take_touched(self) -> list[Call]:
        """Both calls of those in which anything has happened since this was asked last."""
        touched, self._touched = self._touched, {}
        return [one for one in touched.values() if one.id in self._calls]

    def heard(self, call: Call, event: CallEvent, now: float) -> list[CallEffect]:
        """An event of a call: a party may press the keys, or have got no seat."""
        done = self._supervision.heard(call, event, now)
        match event:
            case DigitReceived() | InfoDigit() if not call.parts.assisted.secured(event.leg):
                return [*done, *self._press(call, event, now)]
            case RoomRefused() if (three := self._threes.get(call.id)) and event.room == three.room:
                return [*done, *self._end(three, event.reason, now)]
            case _:
                return done

    def key(self, call: Call, event: CallEvent, now: float) -> list[CallEffect]:
        """The record key of one of three: all three are recorded; nothing = it is the call's own key."""
        three = self._threes.get(call.id)
        if not isinstance(event, RecordRequested) or three is None:
            return []
        leg = next((one for one in three.legs if one.id == event.leg), None)
        capture = call.parts.capture
        if leg is None or not event.on or capture.is_running:
            return []
        decided = capture.ruling.decide(one.party for one in three.legs)
        done, answer = RoomOrders(self._gatherings[call.id]).key(leg, three.members, now, on=True)
        return [*decided, *done, answer]

    def after(self, call: Call, effects: Sequence[CallEffect], now: float) -> list[CallEffect]:
        """A call has changed, and orders `effects`: end before these what is not to go on.

        Who sits hears the others and no music, whoever of them holds.
        """
        before = self._supervision.follow(call, now)
        three = self._threes.get(call.id)
        if three is not None:
            self._touched |= {one.id: one for one in (three.talk, three.held)}
        if three is not None and (reason := _broken(three)):
            before += self._end(three, reason, now)
        if call.parts.ending.is_closing:
            self._begun.pop(call.id, None)
        three = self._threes.get(call.id)
        seated = {leg.id for leg in three.legs} if three is not None else set[LegId]()
        kept = (one for one in effects if not (isinstance(one, SetMusic) and one.music and one.leg in seated))
        return [*before, *kept, *(self._told(three, now) if three is not None else ())]

    def _told(self, three: _Three, now: float) -> list[CallEffect]:
        """Whom nobody has told of what is recorded is told, as everywhere else."""
        captures = ((call.id, call.parts.capture) for call in (three.talk, three.held))
        begun = [key for key, one in captures if one.is_running or one.ruling.is_ordered]
        return [done for key in begun for done in self._gatherings[key].follow(three.members, now)]

    def leaving(self, call: Call, event: CallEvent) -> TransferRequested | None:
        """The host has hung up: the other two go on, as if he had transferred one to the other."""
        three = self._threes.get(call.id)
        if three is None or not isinstance(event, LegEnded) or not event.by_peer:
            return None
        if event.leg != three.host.id:
            return None
        return TransferRequested(leg=three.host.id, target="", is_attended=True, replaced=three.parked.id)

    def _press(self, call: Call, event: DigitReceived | InfoDigit, now: float) -> list[CallEffect]:
        two = talking(call)
        host = next((leg for leg in two or () if leg.id == event.leg), None)
        if two is None or host is None or not host.party.startswith("extension/") or not counts(event, host):
            return []
        begun = self._begun.setdefault(call.id, KeySequence((THREE_WAY,)))
        if not begun.pressed(host.id, event.digit.reveal(), now):
            return []
        three = self._found(call, host, two[1] if host is two[0] else two[0])
        return self._begin(three, now) if three is not None else []

    def _found(self, talk: Call, host: Leg, near: Leg) -> _Three | None:
        """The last call that the host has on hold; None = his keys are for somebody else."""
        if talk.id in self._threes or holds(host):
            return None
        for held in reversed(self._calls.values()):
            two = talking(held) if held is not talk and held.tenant == talk.tenant else None
            if two is None or held.id in self._threes:
                continue
            for parked, far in (two, two[::-1]):
                if parked.party == host.party and holds(parked):
                    return _Three(talk=talk, held=held, host=host, near=near, parked=parked, far=far)
        return None

    def _begin(self, three: _Three, now: float) -> list[CallEffect]:
        if any(leg.worker != three.host.worker for leg in three.legs):
            return [_fact(three, "refused", reason="media apart")]
        for leg in three.legs:
            leg.has_company, leg.company = True, three.beside(leg)
        done: list[CallEffect] = []
        for call in (three.talk, three.held):
            self._threes[call.id] = three
            self._gatherings[call.id] = Gathering(call.parts.capture)
            done += [*self._supervision.follow(call, now), *call.parts.direct.forbid()]
            done += call.parts.grants.follow(now)
        done += three.held.parts.capture.follow(three.parked.id, three.far.id)  # only he hears the three
        done += meet(three.present, now)
        done += [SetMusic(leg=leg.id, music=None) for leg in three.legs if leg.hears_music]
        rate: Literal[8000, 16000] = 16000 if are_wide(*three.legs) else 8000
        done += [JoinRoom(leg=leg.id, room=three.room, sample_rate=rate) for leg in three.legs]
        return [*done, _fact(three, "began")]

    def _end(self, three: _Three, reason: str, now: float) -> list[CallEffect]:
        """Two calls again, with music for whom somebody holds."""
        for call in (three.talk, three.held):
            del self._threes[call.id], self._gatherings[call.id]
        for leg in three.legs:
            leg.has_company, leg.company = False, ()
        music = three.talk.parts.context.music
        done: list[CallEffect] = [LeaveRoom(leg=leg.id) for leg in three.legs]
        done += [told for one in three.members for told in one.telling.leave(one.leg.id, now)]
        talk, held = three.talk.parts.capture, three.held.parts.capture
        host, near, far = three.present
        done += [*talk.parted(far.leg), *held.parted(host.leg), *held.parted(near.leg)]
        done += [*meet((host, near), now), *meet((Present(leg=three.parked, capture=held), far), now)]
        waiting = [leg for leg in three.legs if leg.hears_music and not is_away(leg)]
        done += [SetMusic(leg=leg.id, music=music) for leg in waiting]
        return [*done, _fact(three, "ended", reason=reason)]


def _broken(three: _Three) -> str:
    """Why three who talked do so no more, "" = they do."""
    pairs = ((three.talk, (three.host, three.near)), (three.held, (three.parked, three.far)))
    for call, pair in pairs:
        two = talking(call)
        if two is None or {leg.id for leg in two} != {leg.id for leg in pair}:
            return "others talk"
    return "" if holds(three.parked) else "resumed"


def _fact(three: _Three, what: Literal["began", "ended", "refused"], **details: str) -> Audit:
    every: dict[str, str | int | bool | None] = {
        "by": three.host.party,
        "with": f"{three.near.party} {three.far.party}",
        "held": three.held.id,
        **details,
    }
    fact = AuditFact(kind=f"three_way.{what}", call=three.talk.id, tenant=three.talk.tenant, details=every)
    return Audit(fact=fact)
