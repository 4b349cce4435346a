"""One transfer: who leaves, who stays, and what both hear until it is settled (RFC 5589)."""

from enum import StrEnum

from pbx.call.connect import Connect
from pbx.call.effects import CallEffect
from pbx.call.leg import TRANSFERRED, Leg, LegState
from pbx.call.manner import Manner
from pbx.call.ordered import EnterFlow, EnterSlot, Ordered
from pbx.dialplan.routes import NoRoute, Routing, ToExtension, ToFlow, ToPickup, ToSlot, ToTrunk, ToWatch
from pbx.ivr.effects import EndCall
from pbx.media.effects import StopPlay
from pbx.sip.alert import Alert
from pbx.sip.effects import HangUp, ReportTransfer

LEAVE_S = 1.0  # for the transferor's own BYE after the good news (RFC 5589 §6.1); then comes ours
COMPLETED = 200  # RFC 3326: no phone logs a call that ended so as missed
TERMINATED = 487
FORBIDDEN = 403
RETURNED = "Returned call"  # what the transferor's display says when his transfer comes back
RECALL = "recall"  # the ring of its own


class Stage(StrEnum):
    """`ringing` = the target is called, `leaving` = it answered and the transferor may say goodbye,
    `returning` = the transferor had left, the target did not answer, and so he is called back."""

    RINGING = "ringing"
    LEAVING = "leaving"
    RETURNING = "returning"
    OVER = "over"


class Transfer:
    """The machine of one transfer; whoever stays is dropped only when nobody is left to talk with him."""

    __slots__ = ("_connect", "_due", "_ring_s", "_told", "leaves", "stage", "status", "stays")

    def __init__(self, connect: Connect, leaves: Leg, stays: Leg, ring_s: float) -> None:
        """`ring_s` is how long a target, and on return the transferor, rings."""
        self._connect, self._ring_s = connect, ring_s
        self.leaves, self.stays = leaves, stays
        self.stage = Stage.RINGING
        self.status = 0  # the outcome, 0 = not known yet
        self._told = 0
        self._due: float | None = None

    @property
    def deadline(self) -> float | None:
        """When the transferor's time to leave is over; ringing has its own deadline."""
        return self._due

    @property
    def is_settled(self) -> bool:
        """Whether the outcome of the transfer is known."""
        return self.status != 0

    def ring(self, routing: Routing, trunk_due: float, now: float) -> list[Ordered]:
        """Take the transferee off the transferor and ring the target."""
        connect, route = self._connect, routing.route
        parted: list[Ordered] = [*connect.part(self.stays)]
        match route:
            case ToExtension():
                manner = Manner(referred_by=self._referred_by())
                return [
                    *parted,
                    *connect.ring_extensions((route.extension,), now + self._ring_s, manner),
                ]
            case ToTrunk():
                effects, lost = connect.ring_trunk(route, trunk_due, now)
                begun = [*parted, *connect.ringback(), *effects]
                return [*begun, *self.lost(lost, now)] if isinstance(lost, int) else begun
            case ToFlow():
                return [*parted, EnterFlow(flow=route.flow), *self._succeed(now)]
            case ToSlot():
                return [*parted, EnterSlot(slot=route.slot, by=self.leaves, is_chosen=route.is_chosen)]
            case NoRoute():
                return [*parted, *self.lost(route.status, now)]
            case ToWatch() | ToPickup():
                return [*parted, *self.lost(FORBIDDEN, now)]  # who wants that asks for it himself

    def take_over(self, ringing: int) -> list[CallEffect]:
        """Go on with a target that the transferor has called himself; `ringing` = its 180, if any."""
        parted = self._connect.part(self.stays)
        return [*parted, *self._connect.ringback(), *(self.rings(ringing) if ringing else [])]

    def meet(self, target: Leg, now: float) -> list[CallEffect]:
        """The target has talked with the transferor already."""
        return [*self._connect.join(self.stays, target), *self._succeed(now)]

    def rings(self, status: int) -> list[CallEffect]:
        """A telephone of the target rings: the transferor hears of it, once."""
        if self.stage is not Stage.RINGING or self._told:
            return []
        self._told = status
        return [ReportTransfer(leg=self.leaves.id, status=status)]

    def answered(self, now: float) -> list[CallEffect]:
        """The target, or on return the transferor, is bridged with whoever stayed."""
        if self.stage is Stage.RINGING:
            return self._succeed(now)
        if self.stage is Stage.RETURNING:
            self._over()
        return []

    def lost(self, status: int, now: float) -> list[Ordered]:
        """The target does not answer: back to the transferor, who may have to be called for that."""
        if self.stage is Stage.RETURNING:
            self._over()
            return [EndCall(cause=str(status))]
        self.status = status
        quiet: list[Ordered] = [
            StopPlay(leg=self.stays.id),
            ReportTransfer(leg=self.leaves.id, status=status),
        ]
        if self.leaves.state is LegState.ANSWERED:
            self._over()
            return [*quiet, *self._connect.join(self.stays, self.leaves)]
        extension = self._extension()
        if not extension:
            self._over()
            return [*quiet, EndCall(cause=str(status))]
        self.stage = Stage.RETURNING
        manner = Manner(alert=Alert(info=RECALL), display=RETURNED)
        return [*quiet, *self._connect.ring_extensions((extension,), now + self._ring_s, manner)]

    def left(self) -> None:
        """The transferor's leg ended: the target rings on, and nobody has to be told goodbye."""
        if self.stage is Stage.LEAVING:
            self._over()

    def stop(self) -> list[CallEffect]:
        """The call ends meanwhile: the transferor hears that nothing came of it."""
        if self.is_settled:
            return []
        self.status = TERMINATED
        self._over()
        return [ReportTransfer(leg=self.leaves.id, status=TERMINATED)]

    def tick(self, now: float) -> list[CallEffect]:
        """The transferor did not leave by himself."""
        if self._due is None or now < self._due:
            return []
        return self.part_now()

    def part_now(self) -> list[CallEffect]:
        """Say goodbye to a transferor whose transfer has succeeded."""
        if self.stage is not Stage.LEAVING:
            return []
        self._over()
        return [HangUp(leg=self.leaves.id, cause=COMPLETED, text="Transferred")]

    def _succeed(self, now: float) -> list[CallEffect]:
        self.status = COMPLETED
        self.stage = Stage.LEAVING
        if self.leaves.state is LegState.ENDED:
            self._over()
        else:
            self._due = now + LEAVE_S
        self.leaves.cause = TRANSFERRED
        return [ReportTransfer(leg=self.leaves.id, status=COMPLETED)]

    def _over(self) -> None:
        self.stage, self._due = Stage.OVER, None

    def _extension(self) -> str:
        kind, _, name = self.leaves.party.partition("/")
        return name if kind == "extension" else ""

    def _referred_by(self) -> str:
        """The transferor as we know him, never as he calls himself."""
        extension = self._extension()
        return f"sip:{extension}@{self._connect.domain}" if extension else ""
