"""The transfers of one call: who may, one at a time, where to, and what the record says of each."""

from dataclasses import replace

from pbx.call.callees import Lost
from pbx.call.capture import Capture
from pbx.call.circumstances import of_rights
from pbx.call.connect import Connect
from pbx.call.effects import Audit, CallEffect
from pbx.call.leg import Leg, LegState
from pbx.call.ordered import Ordered
from pbx.call.start import CallStart
from pbx.call.transfer import Stage, Transfer
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId
from pbx.dialplan.plan import describe
from pbx.dialplan.routes import NoRoute, Routing, ToFlow, ToSlot
from pbx.sip.effects import AcceptTransfer, RefuseTransfer
from pbx.sip.events import DeviceOrigin, Origin, TransferRequested, TrunkOrigin

MAX_TRANSFERS = 20  # of one call: its legs stay in the record, and a loop of two phones has to end
UNAVAILABLE = 480
FORBIDDEN, GONE, BUSY, PENDING = 403, 481, 486, 491


class Transfers:
    """At most one transfer at a time; every one is settled by a fact `transfer.settled`."""

    __slots__ = ("_connect", "_current", "_first", "_is_closed", "_n", "_start", "_target", "_told", "trace")

    def __init__(self, connect: Connect, start: CallStart) -> None:
        self._connect, self._start = connect, start
        self._first = connect.caller
        self._current: Transfer | None = None
        self._n = 0
        self._is_closed = False
        self._target = ""
        self._told = True
        self.trace: list[str] = []  # for the call record: who transferred, where to, with which outcome

    @property
    def current(self) -> Transfer | None:
        """The transfer that is not over."""
        running = self._current
        return running if running is not None and running.stage is not Stage.OVER else None

    @property
    def deadline(self) -> float | None:
        """The running transfer's."""
        return self.current.deadline if self.current else None

    def is_leaving(self, leg: Leg) -> bool:
        """Whether the call goes on without this leg."""
        return self.current is not None and leg is self.current.leaves

    def requested(self, event: TransferRequested, now: float, ring_max_s: float) -> list[Ordered]:
        """A party sent REFER."""
        leaves = self._connect.legs[event.leg]
        stays = self._connect.other(leaves)
        refusal = self._refusal(leaves, stays)
        if refusal is not None or stays is None:
            return [refusal or RefuseTransfer(leg=event.leg, status=PENDING)]
        before = self._current.part_now() if self._current else []
        rights = self._rights(leaves)
        known = of_rights(rights, self._start.context, self._connect.time(now))
        routing = self._start.plan.match(event.target, rights, known)
        if isinstance(routing.route, ToFlow) and stays is not self._first:
            reason = "only the caller can be sent to a flow"
            return [*before, RefuseTransfer(leg=event.leg, status=FORBIDDEN, reason=reason)]
        routing = self._claimed(routing)
        transfer = self._begin(leaves, stays, describe(routing.route))
        accepted = [*before, AcceptTransfer(leg=event.leg)]
        return [*accepted, *transfer.ring(routing, now + ring_max_s, now), *self._settled()]

    def refusal(self, leg: LegId) -> RefuseTransfer | None:
        """Why this party may not transfer, None = it may."""
        leaves = self._connect.legs[leg]
        return self._refusal(leaves, self._connect.other(leaves))

    def attended(self, leg: LegId, target: Leg, ringing: int | None, now: float) -> list[CallEffect]:
        """A party that may transfer has called `target` itself.

        `ringing` None = they talk, else the target rings and this is its provisional status, 0 = not yet.
        """
        leaves = self._connect.legs[leg]
        stays = self._connect.other(leaves)
        if stays is None:
            return [RefuseTransfer(leg=leg, status=FORBIDDEN)]
        before = self._current.part_now() if self._current else []
        transfer = self._begin(leaves, stays, target.party)
        met = transfer.meet(target, now) if ringing is None else transfer.take_over(ringing)
        return [*before, *met, *self._settled()]

    def followed(self, capture: Capture) -> list[CallEffect]:
        """What is recorded goes on with the party that stays."""
        running = self.current
        return capture.follow(running.leaves.id, running.stays.id) if running is not None else []

    def ringing(self, status: int) -> list[CallEffect]:
        """A callee rings."""
        return self.current.rings(status) if self.current else []

    def answered(self, now: float) -> list[CallEffect]:
        """A callee was bridged."""
        return [*self.current.answered(now), *self._settled()] if self.current else []

    def lost(self, lost: Lost, now: float) -> list[Ordered] | None:
        """Nobody answered; None when that was no transfer's target."""
        transfer = self.current
        if transfer is None or transfer.stage is Stage.LEAVING:
            return None
        status = lost if isinstance(lost, int) else UNAVAILABLE
        return [*transfer.lost(status, now), *self._settled()]

    def left(self, leg: Leg) -> None:
        """A leg ended; if it was the transferor's, the call goes on without him."""
        if self.current is not None and leg is self.current.leaves:
            self.current.left()

    def stop(self) -> list[CallEffect]:
        """The call ends."""
        self._is_closed = True
        return [*self.current.stop(), *self._settled()] if self.current else []

    def tick(self, now: float) -> list[CallEffect]:
        return self.current.tick(now) if self.current else []

    def _refusal(self, leaves: Leg, stays: Leg | None) -> RefuseTransfer | None:
        """Why not: the first reason that applies."""
        if self._is_closed:
            return RefuseTransfer(leg=leaves.id, status=GONE)
        kind, _, name = leaves.party.partition("/")
        if kind != "extension" and name not in self._start.context.transferring_trunks:
            return RefuseTransfer(leg=leaves.id, status=FORBIDDEN, reason="this trunk may not transfer")
        if leaves.is_help or (stays is not None and stays.is_help):
            return RefuseTransfer(
                leg=leaves.id, status=FORBIDDEN, reason="an emergency call is not transferred"
            )
        if self._n >= MAX_TRANSFERS:
            return RefuseTransfer(leg=leaves.id, status=FORBIDDEN, reason="too many transfers")
        if self.current is not None and self.current.stage is not Stage.LEAVING:
            return RefuseTransfer(leg=leaves.id, status=PENDING)
        if stays is None or stays.state is not LegState.ANSWERED:
            return RefuseTransfer(leg=leaves.id, status=FORBIDDEN, reason="nobody to transfer")
        return None

    def _rights(self, leaves: Leg) -> Origin:
        """The transferor's: nobody reaches by a transfer what he could not dial (S-10)."""
        kind, _, name = leaves.party.partition("/")
        tenant = self._start.context.tenant
        if kind == "extension":
            return DeviceOrigin(tenant=tenant, extension=name)
        return TrunkOrigin(trunk=name, tenant=tenant)

    def _claimed(self, routing: Routing) -> Routing:
        """With a slot for whoever is to be parked, or busy: somebody stands in it, or in all of them."""
        route, lot = routing.route, self._start.context.parking
        if not isinstance(route, ToSlot) or lot is None:
            return routing
        wanted = (route.slot,) if route.slot else lot.slots
        slot = self._start.lots.claim(self._start.call, self._start.context.tenant, wanted)
        if slot is None:
            return replace(routing, route=NoRoute(status=BUSY, reason="Parking slot in use"))
        return replace(routing, route=ToSlot(slot=slot, is_chosen=not route.slot))

    def _begin(self, leaves: Leg, stays: Leg, target: str) -> Transfer:
        self._n += 1
        self._told = False
        self._target = target
        self._current = Transfer(self._connect, leaves, stays, self._start.context.ring_s)
        return self._current

    def _settled(self) -> list[CallEffect]:
        """The fact of record, once the outcome is known."""
        transfer = self._current
        if transfer is None or self._told or not transfer.is_settled:
            return []
        self._told = True
        by, status = transfer.leaves.party, transfer.status
        self.trace.append(f"{by} transferred to {self._target}: {status}")
        details: dict[str, str | int | bool | None] = {"by": by, "to": self._target, "status": status}
        fact = AuditFact(
            kind="transfer.settled", call=self._start.call, tenant=self._start.context.tenant, details=details
        )
        return [Audit(fact=fact)]
