"""Transfers: blind, attended, and semi-attended while the target still rings."""

from pbx.core.ids import LegId
from pbx.sip.effects import HangUp, Refer
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    SipEvent,
    TransferReported,
)
from tests.simulation.caller import Caller
from tests.simulation.holder import Holder
from tests.simulation.phone import Phone
from tests.simulation.world import DOMAIN

GOOD = ("1001", "1003", "901632960999", "01632960100")
TARGETS = (*GOOD, *GOOD, "1002", "7777")  # 1002 is nobody's, 7777 no number


class Transferor:
    """The habit of telephones with a transfer key; `awaited` are the REFERs whose outcome is not told yet."""

    def __init__(self, phone: Phone, caller: Caller, holder: Holder) -> None:
        self._phone, self._caller, self._holder = phone, caller, holder
        self._consultations: dict[LegId, tuple[LegId, str, bool]] = {}
        self.awaited: set[LegId] = set()
        self.n_transferred = self.n_failed = 0

    def hear(self, event: SipEvent) -> None:
        """Begin a transfer in some calls, go on with it, and hear what came of it."""
        match event:
            case LegAnswered() | LegConfirmed() if event.leg not in self._consultations:
                self._begin(event.leg)
            case LegAnswered() | LegRinging() if event.leg in self._consultations:
                self._consulted(event)
            case LegRejected() | LegEnded():
                self._gone(event.leg)
            case TransferReported() if event.status >= 200:
                self._settled(event)
            case _:
                pass

    def _begin(self, leg: LegId) -> None:
        phone, random = self._phone, self._phone.random
        if not phone.chance(0.35):
            return
        if phone.chance(0.5):
            phone.later(random.uniform(0.0, 3.0), lambda: self._holder.hold(leg))
        number = random.choice(TARGETS)
        begin = self._blind if phone.chance(0.5) else self._consult
        phone.later(random.uniform(0.5, 6.0), lambda: begin(leg, number))

    def _blind(self, leg: LegId, number: str) -> None:
        if self._phone.is_talking(leg):
            self._refer(leg, number, None)

    def _consult(self, leg: LegId, number: str) -> None:
        if self._phone.is_talking(leg):
            waits = self._phone.chance(0.6)  # for the answer; else the transfer is semi-attended
            self._consultations[self._caller.call(number)] = (leg, number, waits)

    def _consulted(self, event: LegAnswered | LegRinging) -> None:
        first, number, waits = self._consultations[event.leg]
        if waits and isinstance(event, LegRinging):
            return
        after_s = self._phone.random.uniform(0.0, 3.0)
        self._phone.later(after_s, lambda: self._refer(first, number, event.leg))

    def _refer(self, leg: LegId, number: str, replaced: LegId | None) -> None:
        if not self._phone.is_talking(leg):
            return
        self.awaited.add(leg)
        self._phone.order(Refer(leg=leg, target=f"sip:{number}@{DOMAIN}", replaced=replaced))
        if self._phone.chance(0.15):
            self._phone.order(HangUp(leg=leg))  # leaves before he knows

    def _gone(self, leg: LegId) -> None:
        """Whoever left hears no more; a lost consultation brings him back to the first call."""
        self.awaited.discard(leg)
        first = self._consultations.pop(leg, None)
        if first is not None and self._phone.is_talking(first[0]):
            self._holder.resume(first[0])

    def _settled(self, event: TransferReported) -> None:
        self.awaited.discard(event.leg)
        if event.status == 200:
            self.n_transferred += 1
            if self._phone.chance(0.5):
                self._phone.order(HangUp(leg=event.leg))
            return
        self.n_failed += 1
        if self._phone.is_talking(event.leg):
            self._holder.resume(event.leg)
