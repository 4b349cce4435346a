"""Offers and answers inside the dialogs of a call: of a fax, of a new port, or of audio."""

from pbx.call.connect import Connect
from pbx.call.descriptions import exchanged
from pbx.call.effects import CallEffect
from pbx.call.fax import Fax, ReinviteEvent
from pbx.call.rescue import Rescue
from pbx.sip.events import ReinviteAnswered, ReinviteDue, ReinviteOffered, ReinviteRefused


class Reoffers:
    """Audio is answered at once, whatever the other party thinks of it; only a fax asks the other party."""

    __slots__ = ("_connect", "_fax", "_rescue")

    def __init__(self, connect: Connect, rescue: Rescue, fax: Fax) -> None:
        self._connect, self._rescue, self._fax = connect, rescue, fax

    def handle(self, event: ReinviteEvent, now: float) -> list[CallEffect] | None:
        """A party offers anew, or answers what it was offered; None = it never hears of its new port."""
        of_fax = self._fax.handle(event, now)
        if of_fax is not None:
            return of_fax
        match event:
            case ReinviteOffered():
                return self._connect.reinvited(event)
            case ReinviteAnswered() | ReinviteDue():
                self._rescue.told(event)
                return exchanged(self._connect.legs.get(event.leg), event)
            case ReinviteRefused():
                return None if self._rescue.refused(event, now) else []
        return []  # taken back: the session is as it was
