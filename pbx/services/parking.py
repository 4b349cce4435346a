"""Parking: the lot of a tenant, and which call stands in which of its slots (RFC 5359 §2.15)."""

from collections.abc import Iterable
from dataclasses import dataclass

from pbx.core.ids import CallId
from pbx.media.effects import Music


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingLot:
    """`slots` are dialled; `otherwise` = `extension/1001` or `group/x`, rung after a parker who is away."""

    slots: tuple[str, ...]
    timeout_s: float = 60.0
    music: Music | None = None
    otherwise: str = ""
    announce: str = "{slot}"  # what a parker hears who chose no slot


class Lots:
    """The slots of all tenants that are taken; a call stands in one at most."""

    __slots__ = ("_calls", "_slots")

    def __init__(self) -> None:
        self._slots: dict[tuple[str, str], CallId] = {}  # by tenant and slot
        self._calls: dict[CallId, tuple[str, str]] = {}

    def claim(self, call: CallId, tenant: str, slots: Iterable[str]) -> str | None:
        """Take the first of `slots` that is free; None = none is, or the call stands somewhere already."""
        slot = next((one for one in slots if (tenant, one) not in self._slots), None)
        if slot is None or call in self._calls:
            return None
        self._slots[tenant, slot], self._calls[call] = call, (tenant, slot)
        return slot

    def at(self, tenant: str, slot: str) -> CallId | None:
        """The call that stands there."""
        return self._slots.get((tenant, slot))

    def slot(self, call: CallId) -> str:
        """Where a call stands, "" = nowhere."""
        return self._calls.get(call, ("", ""))[1]

    def free(self, call: CallId) -> None:
        """It has left, if it stood anywhere."""
        place = self._calls.pop(call, None)
        if place is not None:
            del self._slots[place]
