"""Park: a party that waits in a slot until somebody dials it, or its time is up (RFC 5359 §2.15)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pbx.call.announcement import Announcement
from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.effects import Audit, CallEffect
from pbx.call.hold import HEARS, released
from pbx.call.leg import Leg
from pbx.call.manner import Manner
from pbx.call.ordered import EnterSlot, FeatureEvent, Ordered
from pbx.call.recording_facts import note
from pbx.call.start import CallStart
from pbx.call.transfer import RECALL
from pbx.call.transfers import Transfers
from pbx.core.audit import AuditFact
from pbx.dialplan.numbers import spoken
from pbx.ivr.effects import EndCall, PageGroup, ParkCaller
from pbx.ivr.events import ParkEnded
from pbx.media.dialogue import Say
from pbx.media.effects import Play, SetMusic, StopPlay
from pbx.services.lines import LinesOfCall
from pbx.services.parking import ParkingLot
from pbx.sip.alert import Alert
from pbx.sip.effects import TellIdentity
from pbx.sip.notify.line import LineDialog

MAX_ROUNDS = 10  # of a slot and of telephones that nobody answers: a quarter of an hour of both, then it ends
ABANDONED = "park_abandoned"
TELL_S = 30.0  # for telephones that say where somebody is parked
FLOW = "flow"  # in the place of a parker


class Stage(StrEnum):
    """`waiting` = music, `returning` = the parker is rung, `otherwise` = whom the lot names."""

    WAITING = "waiting"
    RETURNING = "returning"
    OTHERWISE = "otherwise"


@dataclass(slots=True)
class _Stay:
    slot: str
    by: str  # the parker, "" = a flow
    due: float | None  # when the parker is rung; None = somebody is
    stage: Stage = Stage.WAITING
    n_rounds: int = 0


class Park:
    """At most one stay at a time; the party that waits is not dropped while it may still be answered."""

    __slots__ = ("_announcement", "_capture", "_connect", "_start", "_stay", "_transfers")

    def __init__(
        self, connect: Connect, transfers: Transfers, capture: Capture, announcement: Announcement
    ) -> None:
        self._connect, self._transfers, self._capture = connect, transfers, capture
        self._announcement = announcement
        self._start: CallStart = connect.start
        self._stay: _Stay | None = None

    @property
    def deadline(self) -> float | None:
        """When an announcement takes too long, or the parker is rung."""
        dues = (self._announcement.deadline, self._stay.due if self._stay is not None else None)
        return min((due for due in dues if due is not None), default=None)

    @property
    def lines(self) -> LinesOfCall:
        """What those who watch the slot see: who stands in it, unless he withholds that."""
        if self._stay is None:
            return {}
        waits, offered = self._connect.caller, self._start.offered
        user = "" if waits.id == offered.leg and offered.private else waits.number
        dialog = LineDialog(id=waits.id, state="confirmed", direction="recipient", remote_user=user)
        return {self._stay.slot: (dialog,)}

    def begin(self, order: EnterSlot, now: float) -> list[CallEffect]:
        """Whoever waits stands in a slot from now on; the parker's transfer succeeds when he knows which."""
        stay = self._stay = _Stay(order.slot, order.by.party, now + self._lot.timeout_s)
        noted = self._noted("call.parked", slot=stay.slot, party=stay.by)
        done = [*self._play(), self._fact("began", by=stay.by, slot=stay.slot), *noted]
        told = self._tell(order.by, stay.slot, now) if order.is_chosen else []
        if self._announcement.is_running:
            return [*done, *told]
        return [*done, *told, *self._transfers.answered(now)]

    def hold(self, order: ParkCaller, now: float) -> list[Ordered]:
        """A flow parks its caller, who comes back to it; which slot it is, lamps show, and telephones say."""
        call, tenant = self._connect.belongs_to
        slot = self._start.lots.claim(call, tenant, (order.slot,) if order.slot else self._lot.slots)
        if slot is None:
            return [ParkEnded(outcome="full")]
        stay = self._stay = _Stay(slot, "", now + (order.wait_s or self._lot.timeout_s))
        noted = self._noted("call.parked", slot=stay.slot, party=FLOW)
        done: list[Ordered] = [*self._play(), self._fact("began", by=FLOW, slot=stay.slot), *noted]
        if order.tell:
            said = Say(text=spoken(self._lot.announce, slot), language=self._start.context.language)
            done.append(PageGroup(target=order.tell, most_s=TELL_S, said=said))
        return done

    def take(self, event: FeatureEvent, now: float) -> list[CallEffect]:
        """What the announcement waits for."""
        effects, is_over = self._announcement.take(event)
        return [*effects, *(self._transfers.answered(now) if is_over else [])]

    def restored(self, leg: Leg) -> list[CallEffect]:
        """A leg has another media worker, which plays nothing yet."""
        return self._play() if self._stay is not None and leg is self._connect.caller else []

    def tick(self, now: float) -> list[Ordered]:
        """The parker has heard enough, or nobody has dialled the slot in time."""
        done: list[Ordered] = []
        if self._announcement.deadline is not None and self._announcement.deadline <= now:
            done += [*self._announcement.stop(), *self._transfers.answered(now)]
        stay = self._stay
        if stay is not None and stay.due is not None and stay.due <= now:
            done += self._return(stay, now)
        return done

    def lost(self, now: float) -> list[Ordered] | None:
        """Nobody answered; None when that was not for this party."""
        stay = self._stay
        if stay is None or stay.stage is Stage.WAITING:
            return None
        if stay.stage is Stage.RETURNING and self._lot.otherwise:
            stay.stage = Stage.OTHERWISE
            return [*self._ring(self._otherwise(), f"Parked by {self._name(stay.by)}", now)]
        stay.stage, stay.due = Stage.WAITING, now + self._lot.timeout_s
        return [] if self._connect.caller.hears_music else [StopPlay(leg=self._connect.caller.id)]

    def met(self, leg: Leg) -> list[CallEffect]:
        """Somebody was bridged with the party that waited."""
        stay = self._stay
        if stay is None:
            return []
        noted = self._noted("call.retrieved", slot=stay.slot, party=leg.party)
        quiet = released(self._connect.caller)
        return [*quiet, *self._announcement.stop(), *noted, *self._leave(stay, leg.party)]

    def stop(self) -> list[CallEffect]:
        """The call ends: the slot is free."""
        return self._leave(self._stay, "") if self._stay is not None else []

    @property
    def _lot(self) -> ParkingLot:
        lot = self._start.context.parking
        assert lot is not None, "the dial plan has slots"
        return lot

    def _leave(self, stay: _Stay, by: str) -> list[CallEffect]:
        self._stay = None
        self._start.lots.free(self._start.call)
        return [self._fact("ended", by=by, slot=stay.slot, stage=stay.stage)]

    def _play(self) -> list[CallEffect]:
        waits, music = self._connect.caller, self._lot.music
        if music is None:
            return []
        waits.hears_music = True
        return [SetMusic(leg=waits.id, music=music)]

    def _tell(self, parker: Leg, slot: str, now: float) -> list[CallEffect]:
        """Tell him who did not choose the slot, by ear if he hears us, and on his display."""
        shown = TellIdentity(
            leg=parker.id, uri=f"sip:{slot}@{self._connect.domain}", display=f"Parked at {slot}"
        )
        parker.shows = slot
        if parker.audio is None or parker.audio.direction not in HEARS:
            return [shown]
        said = Say(text=spoken(self._lot.announce, slot), language=self._start.context.language)
        return [shown, *self._announcement.begin(parker.id, said, now)]

    def _return(self, stay: _Stay, now: float) -> list[Ordered]:
        if not stay.by:
            quiet = released(self._connect.caller)
            return [*quiet, *self._leave(stay, ""), ParkEnded(outcome="back")]
        stay.n_rounds += 1
        if stay.n_rounds > MAX_ROUNDS:
            return [EndCall(cause=ABANDONED)]
        stay.stage, stay.due = Stage.RETURNING, None
        parker = stay.by.partition("/")[2]
        return [*self._ring((parker,), f"Parked at {stay.slot}", now)]

    def _ring(self, extensions: tuple[str, ...], display: str, now: float) -> list[CallEffect]:
        manner = Manner(alert=Alert(info=RECALL), display=display)
        due = now + self._start.context.ring_s
        rung = self._connect.ring_extensions(extensions, due, manner)
        is_heard = self._connect.caller.hears_music  # then it goes on: a tone over its fading end would stay
        return [one for one in rung if not (is_heard and isinstance(one, Play))]

    def _otherwise(self) -> tuple[str, ...]:
        kind, _, name = self._lot.otherwise.partition("/")
        return self._start.context.groups.get(name, ()) if kind == "group" else (name,)

    def _name(self, party: str) -> str:
        number = party.partition("/")[2]
        return self._start.context.names.get(number, number)

    def _noted(self, kind: str, **details: str) -> list[CallEffect]:
        return note(self._capture.recording, kind, **details) if self._capture.is_running else []

    def _fact(self, what: Literal["began", "ended"], **details: str) -> Audit:
        call, tenant = self._connect.belongs_to
        return Audit(fact=AuditFact(kind=f"park.{what}", call=call, tenant=tenant, details={**details}))
