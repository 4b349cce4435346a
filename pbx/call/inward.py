"""Inward: the telephones of the extensions that a call rings."""

from dataclasses import replace

from pbx.call.manner import ORDINARY, Manner
from pbx.call.outgoing import device_call
from pbx.call.start import CallStart
from pbx.core.ids import LegId
from pbx.services.breadth import Breadth
from pbx.services.forking import Forking
from pbx.sip.effects import PlaceCall
from pbx.sip.events import Contact

Wanted = tuple[str, Contact]  # extension, and one contact of it


class Inward:
    """Which contact each leg rings, and which are still to be tried."""

    __slots__ = ("_breadth", "_forks", "_label", "_legs", "_manner", "_start")

    def __init__(self, start: CallStart, label: str, manner: Manner = ORDINARY) -> None:
        """`label` is what was found out about the caller, "" = nothing: telephones show it as his name."""
        self._start, self._label, self._manner = start, label, manner
        self._forks: dict[str, Forking] = {}
        self._legs: dict[LegId, Wanted] = {}
        self._breadth = Breadth(start.offered.hops.breadth)

    @property
    def deadline(self) -> float | None:
        """When contacts of lower q join the ringing."""
        dues = (fork.deadline for fork in self._forks.values())
        return min((due for due in dues if due is not None), default=None)

    def found(self, extension: str, contacts: tuple[Contact, ...], now: float, due: float) -> list[Wanted]:
        """Return what rings first of an extension; `due` is when ringing ends."""
        fork = self._forks[extension] = Forking(contacts, now, due)
        return self._breadth.admit([(extension, contact) for contact in fork.begin(now)])

    def order(self, wanted: Wanted, leg: LegId) -> PlaceCall:
        """Return the INVITE of a leg, without its offer."""
        self._legs[leg] = wanted
        extension, contact = wanted
        share, manner = self._breadth.share, self._manner
        order = device_call(leg, extension, contact, self._start, label=self._label, breadth=share)
        display = manner.display or order.from_display
        return replace(order, from_display=display, alert=manner.alert, referred_by=manner.referred_by)

    def refused(self, leg: LegId, status: int, now: float) -> list[Wanted]:
        """Return what is tried in the place of a leg that is over."""
        wanted = self._legs.pop(leg, None)
        if wanted is None:
            return []
        self._breadth.give_back()
        extension, contact = wanted
        return self._breadth.admit(
            [(extension, one) for one in self._forks[extension].refused(contact, status, now)]
        )

    def tick(self, now: float) -> list[Wanted]:
        """Return what joins the ringing now."""
        return self._breadth.admit(
            [(extension, one) for extension, fork in self._forks.items() for one in fork.tick(now)]
        )
