"""Offers and answers inside the dialogs of a call: of a fax, or of audio."""

from pbx.call.capture import Capture
from pbx.call.connect import Connect
from pbx.call.descriptions import exchanged
from pbx.call.effects import CallEffect
from pbx.call.fax import Fax, ReinviteEvent
from pbx.sip.events import ReinviteAnswered, ReinviteDue, ReinviteOffered


class Reoffers:
    """Audio is answered at once, whatever the other party thinks of it; `fax` asks the other party."""

    __slots__ = ("_connect", "fax")

    def __init__(self, connect: Connect, capture: Capture) -> None:
        self._connect = connect
        self.fax = Fax(connect, capture)

    def handle(self, event: ReinviteEvent, now: float) -> list[CallEffect]:
        """A party offers anew, or answers what it was offered."""
        of_fax = self.fax.handle(event, now)
        if of_fax is not None:
            return of_fax
        if isinstance(event, ReinviteOffered):
            return self._connect.reinvited(event)
        if isinstance(event, ReinviteAnswered | ReinviteDue):
            return exchanged(self._connect.legs.get(event.leg), event)
        return []  # refused, or taken back: the session is as it was
